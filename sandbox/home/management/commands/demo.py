import os
import signal
import subprocess
import sys
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand

from sandbox.content.desk import PASSWORD
from sandbox.content.people import ADMIN, AGENTS, CUSTOMERS, EDITOR, MANAGER

MANAGE = Path(__file__).resolve().parents[3] / "manage.py"


class Command(BaseCommand):
    help = "Migrate, fill and start the demonstration: a web process and a worker, until Ctrl C."

    def add_arguments(self, parser):
        parser.add_argument("--port", type=int, default=8000)
        parser.add_argument("--prepare-only", action="store_true", help="Fill, and start nothing.")

    def handle(self, *args, port, prepare_only, **options):
        call_command("migrate", verbosity=0)
        call_command("fill", stdout=self.stdout)
        if prepare_only:
            return
        self.print_logins(port)
        self.run(port)

    def print_logins(self, port):
        url = f"http://127.0.0.1:{port}"
        agents = ", ".join(login for login, *_rest in AGENTS)
        customers = ", ".join(login for login, _name in CUSTOMERS)
        lines = [
            "",
            f"  The site      {url}/",
            f"  The desk      {url}/admin/support/inbox/",
            f"  Agents        {agents}",
            f"  Manager       {MANAGER[0]}",
            f"  Editor        {EDITOR[0]}",
            f"  Administrator {ADMIN[0]}",
            f"  Customers     {customers}   (they log in at {url}/login/)",
            f"  Password      {PASSWORD}   for all of them",
            f"  Mail          lies in {settings.EMAIL_FILE_PATH}",
            "",
            "  Ctrl C ends it.",
            "",
        ]
        self.stdout.write("\n".join(lines))
        self.stdout.flush()

    def run(self, port):
        environment = os.environ | {"SANDBOX_URL": f"http://127.0.0.1:{port}"}
        commands = [
            ["runserver", "--noreload", f"127.0.0.1:{port}"],
            ["qcluster"],
        ]
        processes = [
            subprocess.Popen([sys.executable, MANAGE, *command], env=environment)  # noqa: S603
            for command in commands
        ]
        # Ctrl C reaches the children, too: they end by themselves, and so do we when they have.
        signal.signal(signal.SIGTERM, lambda *_: self.stop(processes))
        try:
            processes[0].wait()
        except KeyboardInterrupt:
            pass
        finally:
            self.stop(processes)

    def stop(self, processes):
        for process in processes:
            if process.poll() is None:
                process.send_signal(signal.SIGINT)
        for process in processes:
            try:
                process.wait(10)
            except (subprocess.TimeoutExpired, KeyboardInterrupt):
                process.kill()
