"""`takatuf up` as a person at a console meets it: one start, Ctrl-C, and whatever may stand in the way."""

import contextlib
import os
import queue
import resource
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from config.cli import ENVIRONMENT, OK

HOUSE = Path(__file__).resolve().parent.parent
READY = "Ctrl-C stops everything"
SECOND_START, BUSY = 10.0, 3  # seconds on a machine that does nothing else; that of the tests is a busy one


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    """A state folder that the database's own user may reach, unlike those of pytest."""
    folder = Path(tempfile.mkdtemp(prefix="takatuf-up-"))
    yield folder
    takatuf("db", "stop", home=folder)
    shutil.rmtree(folder)


@pytest.fixture
def elsewhere() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="takatuf-elsewhere-"))
    yield folder
    takatuf("db", "stop", home=folder)
    shutil.rmtree(folder)


def environment(home: Path, port: int = 0, **more: str) -> dict[str, str]:
    known = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("TAKATUF", "DJANGO", "PYTEST")) and name != "DATABASE_URL"
    }
    few = {"TAKATUF_HOME": str(home), "TAKATUF_DEMO_PEOPLE": "300", "COLUMNS": "200"}
    return known | few | ({"TAKATUF_PORT": str(port)} if port else {}) | more


def program() -> str:
    return str(Path(sys.executable).with_name("takatuf"))


def takatuf(
    *arguments: str, home: Path, port: int = 0, before: Callable[[], None] | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [program(), *arguments],
        env=environment(home, port),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        preexec_fn=before,
    )


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Up:
    """A running `takatuf up`, with what it has said so far."""

    def __init__(self, home: Path, port: int) -> None:
        self.home, self.port, self.said = home, port, ""
        self.process = subprocess.Popen(
            [program(), "up"],
            env=environment(home, port),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.lines: queue.Queue[str] = queue.Queue()
        self.listener = threading.Thread(target=self._listen, daemon=True)
        self.listener.start()

    def _listen(self) -> None:
        assert self.process.stderr is not None
        with self.process.stderr as said:
            for line in said:
                self.lines.put(line)

    def wait_until_ready(self, seconds: float = 150) -> float:
        """Returns the seconds it took."""
        begun = time.monotonic()
        while READY not in self.said:
            left = begun + seconds - time.monotonic()
            assert left > 0, f"not ready after {seconds} s: {self.said}"
            with contextlib.suppress(queue.Empty):
                self.said += self.lines.get(timeout=min(left, 0.5))
            assert self.process.poll() is None or not self.lines.empty(), self.said
        return time.monotonic() - begun

    def end(self, how: int) -> int:
        self.process.send_signal(how)
        code = self.process.wait(60)
        self.listener.join(10)
        while not self.lines.empty():
            self.said += self.lines.get()
        return code

    def family(self) -> set[int]:
        """The processes under this one, and the database server it started."""
        found = descendants(self.process.pid)
        return found | {int((self.home / "pg" / "postmaster.pid").read_text().split()[0])}


def descendants(pid: int) -> set[int]:
    parents: dict[int, int] = {}
    for status in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            fields = status.read_text().rpartition(")")[2].split()
            parents[int(status.parent.name)] = int(fields[1])
    found, last = {pid}, 0
    while len(found) != last:
        last = len(found)
        found |= {child for child, parent in parents.items() if parent in found}
    return found - {pid}


def alive(pid: int) -> bool:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


def all_gone(pids: set[int], seconds: float = 20) -> bool:
    deadline = time.monotonic() + seconds
    while any(map(alive, pids)) and time.monotonic() < deadline:
        time.sleep(0.1)
    return not any(map(alive, pids))


def answer(port: int, path: str) -> int:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=20) as page:
        return int(page.status)


def in_both_languages(said: str) -> bool:
    lines = [line for line in said.strip().splitlines() if line.strip()]
    arabic = [line for line in lines if any("\u0600" <= letter <= "\u06ff" for letter in line)]
    return bool(arabic) and len(arabic) < len(lines) and "Traceback" not in said


def test_it_starts_shows_the_accounts_stops_cleanly_and_starts_again_at_once(home: Path) -> None:
    port = free_port()
    first = Up(home, port)
    try:
        first.wait_until_ready()
        assert answer(port, "/healthz") == 200
        assert answer(port, "/accounts/login/") == 200
        password = (home / "keys" / "demo_password").read_text()
        assert f"http://localhost:{port}/" in first.said
        for wanted in (
            "officer.capital",
            "guardian",
            "analyst",
            password,
            "second factor is OFF",
            "عامل التحقق",
        ):
            assert wanted in first.said
        family = first.family()
        assert len(family) >= 4  # web and its workers, jobs, database
    finally:
        code = first.end(signal.SIGINT)
    assert code == OK
    assert "stopped · تم الإيقاف" in first.said
    assert all_gone(family)

    second = Up(home, port)
    try:
        assert second.wait_until_ready() < SECOND_START * BUSY
        assert password in second.said
        family = second.family()
    finally:
        assert second.end(signal.SIGTERM) == OK
    assert all_gone(family)


def test_killed_it_leaves_nothing_on_the_port_and_the_next_start_is_not_held_up(home: Path) -> None:
    port = free_port()
    first = Up(home, port)
    first.wait_until_ready()
    children = descendants(first.process.pid)
    server = first.family() - children
    first.end(signal.SIGKILL)
    assert all_gone(children)
    # The database outlives it, and is then killed too: its lock file is left behind and names a process that is gone.
    for pid in server:
        os.kill(pid, signal.SIGKILL)
    assert all_gone(server)
    assert (home / "pg" / "postmaster.pid").exists()

    again = Up(home, port)
    try:
        again.wait_until_ready()
        assert answer(port, "/healthz") == 200
    finally:
        assert again.end(signal.SIGINT) == OK


def test_two_cannot_use_one_state_folder(home: Path) -> None:
    first = Up(home, free_port())
    try:
        first.wait_until_ready()
        second = takatuf("up", home=home, port=free_port())
        assert second.returncode == ENVIRONMENT
        assert str(first.process.pid) in second.stderr
        assert "TAKATUF_HOME" in second.stderr
        assert in_both_languages(second.stderr)
    finally:
        first.end(signal.SIGINT)


def test_a_used_port_is_a_sentence_that_names_a_free_one(elsewhere: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = takatuf("up", home=elsewhere, port=port)
    assert done.returncode == ENVIRONMENT
    assert f"Port {port} is in use" in done.stderr
    assert "TAKATUF_PORT=" in done.stderr
    assert in_both_languages(done.stderr)
    assert not (elsewhere / "pg").exists()


def test_a_full_disk_is_a_sentence(elsewhere: Path) -> None:
    mount = ["mount", "-t", "tmpfs", "-o", "size=40m", "tmpfs", str(elsewhere)]
    if os.geteuid() != 0 or subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("a small disk can be made by root only")
    try:
        done = takatuf("up", home=elsewhere, port=free_port())
    finally:
        subprocess.run(["umount", str(elsewhere)], check=True)
    assert done.returncode == ENVIRONMENT
    assert "is full" in done.stderr
    assert "ممتلئ" in done.stderr
    assert in_both_languages(done.stderr)


def test_a_limit_of_file_size_is_a_sentence(elsewhere: Path) -> None:
    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))

    done = takatuf("up", home=elsewhere, port=free_port(), before=limit)
    assert done.returncode == ENVIRONMENT
    assert "ulimit -f" in done.stderr
    assert in_both_languages(done.stderr)
    assert not (elsewhere / "pg").exists()


@pytest.mark.parametrize("version", ["", "v18.20.0"])
def test_a_missing_or_old_node_is_a_sentence_before_anything_is_made(tmp_path: Path, version: str) -> None:
    shutil.copytree(HOUSE / "tools", tmp_path / "tools", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("package.json", "package-lock.json", "pyproject.toml", "requirements.lock"):
        shutil.copy(HOUSE / name, tmp_path)
    path = tmp_path / "bin"
    path.mkdir()
    for tool in ("sh", "dirname", "cat", "cksum", "id"):
        (path / tool).symlink_to(str(shutil.which(tool)))
    if version:
        for tool in ("node", "npm"):
            (path / tool).write_text(
                f'#!/bin/sh\ncase "$1" in --version) echo {version} ;; *) exit 1 ;; esac\n'
            )
            (path / tool).chmod(0o755)
    done = subprocess.run(
        [str(path / "sh"), "tools/setup.sh"],
        cwd=tmp_path,
        env={"PATH": str(path)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == ENVIRONMENT
    assert "Node.js 20" in done.stderr
    assert version in done.stderr
    assert in_both_languages(done.stderr)
    assert not (tmp_path / ".venv").exists()
