"""Child processes of `takatuf up`: started together, watched, stopped together, none outliving the parent."""

import ctypes
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path

from config.trouble import Trouble

PR_SET_PDEATHSIG = 1  # prctl(2): the signal a child gets when its parent dies, however it dies
STOP_SECONDS = 20
HEALTH_SECONDS = 60


def die_with_parent() -> None:
    """In the child, before its program starts: a killed `takatuf up` leaves no server behind on the port."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


@dataclass(slots=True)
class Children:
    """What runs, by name; each writes to <logs>/<name>.log."""

    logs: Path
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def start(self, name: str, *command: str, folder: Path) -> None:
        """Start `python -m …` in a session of its own: a Ctrl-C at the console reaches only the parent."""
        self.logs.mkdir(parents=True, exist_ok=True, mode=0o700)
        with self.log(name).open("ab") as log:
            self.running[name] = subprocess.Popen(
                [sys.executable, "-m", *command],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=folder,
                start_new_session=True,
                preexec_fn=die_with_parent,  # noqa: PLW1509 - nothing but prctl between fork and exec
                env=os.environ | {"PYTHONUNBUFFERED": "1"},
            )

    def log(self, name: str) -> Path:
        return self.logs / f"{name}.log"

    def check(self) -> None:
        """Raises Trouble if one has ended by itself."""
        for name, child in self.running.items():
            if child.poll() is not None:
                last = self.log(name).read_text(errors="replace").strip().splitlines()[-1:]
                raise Trouble(
                    en=f"The {name} process ended by itself ({''.join(last)}). Its log: {self.log(name)}",
                    ar=f"توقفت العملية {name} من تلقاء نفسها ({''.join(last)}). سجلها: {self.log(name)}",
                )

    def wait_for_health(self, address: str) -> None:
        """Until the page of health answers. Raises Trouble when it does not, or when a process ends."""
        deadline = time.monotonic() + HEALTH_SECONDS
        while time.monotonic() < deadline:
            self.check()
            try:
                with urllib.request.urlopen(address, timeout=5) as answer:  # noqa: S310 - our own address
                    if answer.status == 200:
                        return
            except (urllib.error.URLError, OSError):
                time.sleep(0.1)
        raise Trouble(
            en=f"The web server does not answer at {address}. Its log: {self.log('web')}",
            ar=f"خادم الويب لا يستجيب على {address}. سجله: {self.log('web')}",
        )

    def stop(self) -> None:
        """Ask all to end, wait, and end what does not."""
        for child in self.running.values():
            if child.poll() is None:
                child.terminate()
        deadline = time.monotonic() + STOP_SECONDS
        for child in self.running.values():
            try:
                child.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()
        self.running.clear()
