"""The demonstration as ``make demo`` starts it, in processes of its own, and what leaves it."""

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from email import message_from_bytes, policy
from pathlib import Path

from tests.live import free_port

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 300


class Demo:
    """``url`` of the site; ``mails()`` that left it; ``deliver()`` as a mail provider does."""

    secret = "demo-secret"

    def __init__(self, folder):
        self.folder = Path(folder)
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.environment = os.environ | {
            "DJANGO_SETTINGS_MODULE": "sandbox.settings",
            "SANDBOX_VAR": str(self.folder),
            "PYTHONWARNINGS": "ignore",
        }
        for name in ("DATABASE_URL", "REDIS_URL", "Q_BROKER"):
            self.environment.pop(name, None)

    def start(self):
        self.log_file = (self.folder / "demo.log").open("wb")
        self.process = subprocess.Popen(
            [sys.executable, "sandbox/manage.py", "demo", "--port", str(self.port)],
            cwd=ROOT,
            env=self.environment,
            stdout=self.log_file,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        self.wait_for(self.answers, "the demonstration does not answer", START_SECONDS)

    def stop(self):
        """As Ctrl C does; what does not end by itself is killed, and that is a failure."""
        os.killpg(self.process.pid, signal.SIGINT)
        try:
            self.process.wait(60)
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.log_file.close()

    def manage(self, *arguments):
        done = subprocess.run(
            [sys.executable, "sandbox/manage.py", *arguments],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout.strip()

    def log(self):
        return (self.folder / "demo.log").read_text(errors="replace")

    def answers(self):
        try:
            with urllib.request.urlopen(self.url, timeout=5):
                return True
        except OSError:
            return False

    def wait_for(self, condition, otherwise, seconds=60):
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            if answer := condition():
                return answer
            if self.process.poll() is not None:
                break
            time.sleep(0.2)
        raise AssertionError(f"{otherwise}\n{self.log()[-4000:]}")

    def deliver(self, payload):
        """POST a letter to the webhook; the answer's JSON."""
        request = urllib.request.Request(
            f"{self.url}/support/webhook/email/inbound?adapter=postmark",
            data=json.dumps(payload).encode(),
            headers={
                "Content-Type": "application/json",
                "X-Escalated-Inbound-Secret": self.secret,
            },
        )
        with urllib.request.urlopen(request, timeout=30) as response:
            return json.load(response)

    def mails(self, to):
        """The letters that left for an address, oldest first."""
        return [mail for mail in self._all_mails() if to in str(mail["To"])]

    def mail(self, to, number, seconds=90):
        """The letter of a number (from 1) to an address, once it has left."""
        return self.wait_for(
            lambda: len(self.mails(to)) >= number and self.mails(to)[number - 1],
            f"no mail number {number} to {to}",
            seconds,
        )

    def _all_mails(self):
        files = sorted((self.folder / "mail").glob("*.log"))
        letters = []
        for file in files:
            # Django's file backend divides the letters of one connection by a line of dashes.
            parts = re.split(rb"\n-{79}\n", file.read_bytes())
            letters += [(file.stat().st_mtime_ns, part) for part in parts if part.strip()]
        return [
            message_from_bytes(raw, policy=policy.default)
            for _at, raw in sorted(letters, key=lambda pair: pair[0])
        ]
