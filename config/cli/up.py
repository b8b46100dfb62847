"""`takatuf up`: everything, in one command; Ctrl-C stops it all."""

import contextlib
import errno
import fcntl
import os
import signal
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

import click

from config import environment
from config.cli import django_ready
from config.cli.progress import console, stage, steps
from config.trouble import Trouble
from takatuf.kernel.text import Text


@click.command(
    name="up", help="Start everything: database, web, worker; prints the address and the demo accounts."
)
def app() -> None:
    host = os.environ.get("TAKATUF_BIND", "127.0.0.1")
    port = environment.whole("TAKATUF_PORT", default=8000, least=1, most=65535)
    listen()
    try:
        with only_one(environment.home()):
            check_port(host, port)
            django_ready()
            with running_database():
                prepare()
                serve(host, port)
    except KeyboardInterrupt:
        pass
    console.print("stopped · تم الإيقاف")


ENDINGS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def listen() -> None:
    """Stop cleanly at Ctrl-C and at being told to end; of these a `nohup` is the only one not to be heard."""
    for name in ENDINGS:
        if name != signal.SIGHUP or signal.getsignal(name) != signal.SIG_IGN:
            signal.signal(name, _interrupt)


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    # Once is enough: an impatient second Ctrl-C must not leave a database running behind.
    for name in ENDINGS:
        signal.signal(name, signal.SIG_IGN)
    raise KeyboardInterrupt


@contextlib.contextmanager
def only_one(home: Path) -> Iterator[None]:
    """One instance for each state folder. The lock goes with its process, so it is never stale."""
    with (home / "up.lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            process = lock.read().strip()
            raise Trouble(
                en=f"Takatuf already runs from {home} (process {process}): stop it first, "
                "or set TAKATUF_HOME to another folder.",
                ar=f"تكاتف تعمل بالفعل من {home} (العملية {process}): أوقفها أولًا، "
                "أو عيّن TAKATUF_HOME على مجلد آخر.",
            ) from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield


def check_port(host: str, port: int) -> None:
    """Before any work: whether the web may have its port. Raises Trouble with the next free one."""
    if (error := _refusal(host, port)) is None:
        return
    if error == errno.EADDRINUSE:
        free = next((other for other in range(port + 1, port + 200) if _refusal(host, other) is None), 0)
        raise Trouble(
            en=f"Port {port} is in use: stop what uses it, or start with TAKATUF_PORT={free}.",
            ar=f"المنفذ {port} مستخدم: أوقف ما يستخدمه، أو شغّل بالإعداد TAKATUF_PORT={free}.",
        )
    raise Trouble(
        en=f"{host}:{port} cannot be used ({os.strerror(error)}): choose another TAKATUF_BIND or TAKATUF_PORT.",
        ar=f"تعذّر استخدام {host}:{port} ({os.strerror(error)}): اختر TAKATUF_BIND أو TAKATUF_PORT آخر.",
    )


def _refusal(host: str, port: int) -> int | None:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            return error.errno or errno.EINVAL
    return None


@contextlib.contextmanager
def running_database() -> Iterator[None]:
    """A database server for the time; the embedded one is stopped at the end, also one that a killed run left."""
    from config import database

    try:
        with stage("database server · خادم قاعدة البيانات"):
            database.ensure_running()
        yield
    finally:
        if database.is_embedded():
            database.cluster().stop()


def prepare() -> None:
    """All that must be true before the first page: each step is skipped when it is done."""
    from config import assets, database, instance, messages

    if not database.is_current():
        with steps("tables · الجداول") as show:
            database.migrate(show)
    else:
        instance.grant()
    with stage("country pack · حزمة البلد"):
        instance.load_pack()
    with stage("texts and styles · النصوص والتنسيقات"):
        messages.compile_if_stale()
        assets.collect_if_stale()
    # Before the nation grows, so that its reports are signed by the people who will show them.
    with steps("demo accounts · الحسابات التجريبية") as show:
        instance.open_demo_accounts(show)
    if instance.is_empty():
        with steps("synthetic nation · البلد الافتراضي") as show:
            instance.grow(show)
    with stage("figures · الأرقام"):
        instance.first_figures()


def serve(host: str, port: int) -> None:
    """Web and worker, until told to stop or until one of them ends by itself."""
    from django.conf import settings

    from config.processes import Children

    children = Children(logs=Path(settings.TAKATUF_HOME) / "logs")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    try:
        with stage("web and worker · الويب والمهام"):
            children.start("web", *web(host, port), folder=settings.BASE_DIR)
            children.start("worker", *worker(), folder=settings.BASE_DIR)
            children.wait_for_health(f"http://{_reachable(host)}:{port}/healthz")
        show_doors(f"http://{_shown(host)}:{port}/")
        while True:
            children.check()
            time.sleep(0.5)
    finally:
        console.print("\nstopping · جارٍ الإيقاف …")
        children.stop()


def web(host: str, port: int) -> tuple[str, ...]:
    address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    memory = ("--worker-tmp-dir", "/dev/shm") if os.access("/dev/shm", os.W_OK) else ()  # noqa: S108
    pool = ("--workers", "2", "--worker-class", "gthread", "--threads", "8", "--preload")
    return ("gunicorn", "config.wsgi", "--bind", address, *pool, "--graceful-timeout", "10", *memory)


def worker() -> tuple[str, ...]:
    return ("django", "procrastinate", "worker", "--concurrency", "2", "--delete-jobs", "successful")


def _reachable(host: str) -> str:
    return {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)  # noqa: S104


def _shown(host: str) -> str:
    return "localhost" if host in {"127.0.0.1", "0.0.0.0", "::", "::1"} else host  # noqa: S104


def show_doors(address: str) -> None:
    """In demo mode the accounts, and aloud what is off; the address last, where the eye is."""
    from django.conf import settings
    from rich.panel import Panel
    from rich.table import Table

    from config import instance

    accounts = instance.demo_accounts()
    if accounts:
        table = Table("user · المستخدم", "role · الدور", "unit · الوحدة")
        for account in accounts:
            table.add_row(account.username, _both(account.role), _both(account.unit))
        console.print(table)
    if not settings.TAKATUF_SECOND_FACTOR:
        console.print(Panel(_both(SECOND_FACTOR_OFF), style="bold white on red", expand=False))
    lines = [f"[bold]{address}[/]"]
    if accounts:
        lines.append(
            f"password of every demo account · كلمة مرور كل الحسابات التجريبية: [bold]{accounts[0].password}[/]"
        )
    elif not settings.DEMO:
        lines.append(_both(NOT_A_DEMO))
    console.print(Panel("\n".join(lines), title="Takatuf · تكاتف", expand=False))
    console.print("Ctrl-C stops everything · للإيقاف Ctrl-C")


SECOND_FACTOR_OFF = Text(
    en="DEMO: the second factor is OFF. Synthetic people only; never put real data here.",
    ar="تجريبي: عامل التحقق الثاني معطّل. للأشخاص الافتراضيين فقط؛ لا تُدخل بيانات حقيقية.",
)
NOT_A_DEMO = Text(
    en="Not a demo: no demo accounts, no synthetic people. The first account: `takatuf account administrator --help`. "
    "To look around in an empty database: TAKATUF_DEMO=yes.",
    ar="ليست نسخة تجريبية: لا حسابات تجريبية ولا أشخاص افتراضيين. "
    "لفتح أول حساب: `takatuf account administrator --help`. "
    "للتجربة على قاعدة بيانات فارغة: TAKATUF_DEMO=yes.",
)


def _both(text: Text) -> str:
    return f"{text.en}\n{text.ar}"
