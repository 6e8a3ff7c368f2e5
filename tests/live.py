"""A desk in processes of its own, on the test's database: a web process and a worker.

For what only real processes show: sockets, the relay between worker and web process, a browser.
"""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from email import message_from_bytes, policy
from pathlib import Path
from urllib.parse import quote

import pytest
from django.db import connection

ENGINES = {"postgresql": "postgres", "mysql": "mysql"}
START_SECONDS = 60


def database_url():
    database = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{database['NAME']}"
    login = quote(database["USER"]) + (f":{quote(p)}" if (p := database["PASSWORD"]) else "")
    host, port = database["HOST"] or "127.0.0.1", f":{p}" if (p := database["PORT"]) else ""
    return f"{ENGINES[connection.vendor]}://{login}@{host}{port}/{database['NAME']}"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class LiveDesk:
    """``url`` of the site, ``mails()`` that left it, ``log(name)`` of each process."""

    def __init__(self, folder):
        self.folder = Path(folder)
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.mail_folder = self.folder / "mails"
        self.mail_folder.mkdir()
        self.processes = {}

    def environment(self):
        return os.environ | {
            # pytest-django sets it; below an override `settings.SETTINGS_MODULE` is empty.
            "DJANGO_SETTINGS_MODULE": os.environ["DJANGO_SETTINGS_MODULE"],
            "DATABASE_URL": database_url(),
            "Q_BROKER": os.environ.get("Q_BROKER", "orm"),
            "Q_NAME": f"live-{self.port}",
            "ESCALATED_FILES": str(self.folder / "files"),
            "ESCALATED_MAILS": str(self.mail_folder),
            "ESCALATED_URL": self.url,
            "PYTHONWARNINGS": "ignore",
        }

    def start(self, name, *arguments):
        log = (self.folder / f"{name}.log").open("wb")
        self.processes[name] = subprocess.Popen(
            [sys.executable, "-m", "django", *arguments],
            env=self.environment(),
            cwd=Path(__file__).resolve().parent.parent,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def start_web(self):
        self.start("web", "runserver", "--noreload", "--insecure", f"127.0.0.1:{self.port}")
        self.wait_for(self.answers, f"the web process does not answer:\n{self.log('web')}")

    def start_worker(self):
        self.start("worker", "qcluster")

    def answers(self):
        try:
            with urllib.request.urlopen(f"{self.url}/admin/login/", timeout=5):
                return True
        except urllib.error.HTTPError:
            return True
        except OSError:
            return False

    def wait_for(self, condition, otherwise, seconds=START_SECONDS):
        """Asks until ``condition()`` is true and gives what it answered."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            if answer := condition():
                return answer
            if any(process.poll() is not None for process in self.processes.values()):
                break
            time.sleep(0.1)
        pytest.fail(f"{otherwise}\n{self.log('web')[-3000:]}\n{self.log('worker')[-3000:]}")

    def mails(self):
        """The letters that left, oldest first."""
        files = sorted(self.mail_folder.iterdir(), key=lambda path: path.stat().st_mtime_ns)
        return [message_from_bytes(path.read_bytes(), policy=policy.default) for path in files]

    def log(self, name):
        path = self.folder / f"{name}.log"
        return path.read_text(errors="replace") if path.exists() else ""

    def stop(self):
        for process in self.processes.values():
            process.terminate()
        for process in self.processes.values():
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(10)
            try:
                os.killpg(process.pid, signal.SIGKILL)
            except ProcessLookupError:
                continue


@pytest.fixture
def live_desk(transactional_db, tmp_path):
    """A running web process and worker. Mark such a test ``real_worker``."""
    desk = LiveDesk(tmp_path)
    try:
        desk.start_web()
        desk.start_worker()
        yield desk
    finally:
        desk.stop()
