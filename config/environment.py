"""Typed readers of the environment. A wrong value is a sentence at start (`Trouble`), not a surprise later."""

import contextlib
import os
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from config.trouble import Trouble, disk_full, is_full

TRUE, FALSE = {"1", "true", "yes", "on"}, {"0", "false", "no", "off"}


def flag(name: str, *, default: bool) -> bool:
    value = os.environ.get(name, "").strip().lower()
    if not value:
        return default
    if value not in TRUE | FALSE:
        raise Trouble(
            en=f"{name} must be yes or no, not {value!r}.",
            ar=f"يجب أن تكون قيمة {name} إما yes أو no، لا {value!r}.",
        )
    return value in TRUE


def whole(name: str, *, default: int, least: int, most: int) -> int:
    value = os.environ.get(name, "").strip() or str(default)
    if not value.isascii() or not value.isdigit() or not least <= int(value) <= most:
        raise Trouble(
            en=f"{name} must be a number from {least} to {most}, not {value!r}.",
            ar=f"يجب أن تكون قيمة {name} رقمًا من {least} إلى {most}، لا {value!r}.",
        )
    return int(value)


def words(name: str, *, default: str) -> list[str]:
    return os.environ.get(name, default).replace(",", " ").split()


def home() -> Path:
    """The folder of all state (database, keys, snapshots); others may pass through, not look in."""
    path = Path(os.environ.get("TAKATUF_HOME", "var")).resolve()
    try:
        path.mkdir(parents=True, exist_ok=True, mode=0o711)
    except OSError as error:
        if is_full(error):
            raise disk_full(path) from error
        raise Trouble(
            en=f"The folder of all state, {path}, cannot be made ({error.strerror}): "
            "set TAKATUF_HOME to a folder you may write in.",
            ar=f"تعذّر إنشاء مجلد الحالة {path} ({error.strerror}): "
            "عيّن TAKATUF_HOME على مجلد تستطيع الكتابة فيه.",
        ) from error
    return path


def long_secret() -> str:
    return secrets.token_urlsafe(48)


def secret(name: str, folder: Path, *, make: Callable[[], str] = long_secret) -> str:
    """A secret from TAKATUF_<NAME>, else from a file of mode 0600 in the keys folder, made on first use."""
    from_environment = os.environ.get(f"TAKATUF_{name.upper()}")
    if from_environment:
        return from_environment
    path = folder / "keys" / name
    try:
        path.parent.mkdir(exist_ok=True, mode=0o700)
        return _read_or_make(path, make)
    except OSError as error:
        if is_full(error):
            raise disk_full(folder) from error
        raise Trouble(
            en=f"The secret {path} cannot be read or made ({error.strerror}): run as the user who owns "
            f"{folder}, or set TAKATUF_HOME to a folder of your own.",
            ar=f"تعذّرت قراءة المفتاح السري {path} أو إنشاؤه ({error.strerror}): شغّل باسم المستخدم المالك للمجلد "
            f"{folder}، أو عيّن TAKATUF_HOME على مجلد لك.",
        ) from error


def _read_or_make(path: Path, make: Callable[[], str]) -> str:
    if not path.exists():
        # Written beside and linked into place: nobody ever reads half a secret, and the first maker wins.
        draft = path.with_name(f".{path.name}.{os.getpid()}")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(make())
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)
        draft.unlink()
    return path.read_text().strip()


def database_url() -> str:
    return os.environ.get("DATABASE_URL", "")


def role_prefix() -> str:
    prefix = os.environ.get("TAKATUF_ROLE_PREFIX", "takatuf")
    if not prefix.isidentifier() or not prefix.isascii() or prefix != prefix.lower():
        raise Trouble(
            en=f"TAKATUF_ROLE_PREFIX must be lower-case letters and _, not {prefix!r}.",
            ar=f"يجب أن يتكون TAKATUF_ROLE_PREFIX من حروف لاتينية صغيرة و_ فقط، لا {prefix!r}.",
        )
    return prefix


def administrator(folder: Path) -> dict[str, Any]:
    """Who makes the database and its roles and nothing else: DATABASE_URL, or the embedded `postgres`."""
    return from_url(database_url()) if database_url() else embedded(folder)


def databases(folder: Path) -> dict[str, dict[str, Any]]:
    """Three doors to one database: `owner` migrates, `default` serves, `statistics` counts.

    Each logs in as a role of its own, none of them a superuser: `<prefix>_owner` owns the tables and is
    itself held by FORCE ROW LEVEL SECURITY; `<prefix>_app` and `<prefix>_stats` own nothing.
    The roles are made by the administrator (`config.roles`), who never serves a request.
    """
    place = administrator(folder)
    prefix = role_prefix()
    common = {
        "ENGINE": "takatuf.kernel.db",
        "NAME": place["NAME"],
        "HOST": place["HOST"],
        "PORT": place["PORT"],
        "PASSWORD": secret("database_role_password", folder),
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": place["OPTIONS"],
    }
    owner = common | {"USER": f"{prefix}_owner", "CONN_MAX_AGE": 0}
    app = common | {
        "USER": f"{prefix}_app",
        "CONN_MAX_AGE": 60,
        "ATOMIC_REQUESTS": True,
        "TEST": {"MIRROR": "owner"},
    }
    statistics = common | {"USER": f"{prefix}_stats", "CONN_MAX_AGE": 60, "TEST": {"MIRROR": "owner"}}
    return {"default": app, "owner": owner, "statistics": statistics}


def from_url(url: str) -> dict[str, Any]:
    parts = urlsplit(url)
    if parts.scheme not in {"postgres", "postgresql"} or not parts.path.strip("/"):
        raise Trouble(
            en="DATABASE_URL must look like postgresql://user:password@host:port/name.",
            ar="يجب أن تكون صيغة DATABASE_URL مثل postgresql://user:password@host:port/name.",
        )
    options = dict(parse_qsl(parts.query))
    return {
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": options.pop("host", "") or unquote(parts.hostname or ""),
        "PORT": str(parts.port or ""),
        "OPTIONS": options,
    }


def embedded(folder: Path) -> dict[str, Any]:
    """The embedded server's place: the socket folder that `takatuf db start` wrote down."""
    from config.postgres import Cluster

    address = folder / "postgres.address"
    host = address.read_text().strip() if address.exists() else str(Cluster(folder / "pg").socket_folder)
    return {"NAME": "takatuf", "USER": "postgres", "PASSWORD": "", "HOST": host, "PORT": "", "OPTIONS": {}}


def front_end_assets(base: Path) -> list[Any]:
    """What npm brought, served by us under /static/vendor/."""
    modules = base / "node_modules"
    wanted = {
        "bootstrap": modules / "bootstrap" / "dist",
        "htmx": modules / "htmx.org" / "dist",
        "echarts": modules / "echarts" / "dist",
        "echarts-i18n": modules / "echarts" / "i18n",
        "plex-arabic": modules / "@fontsource" / "ibm-plex-sans-arabic",
    }
    return [(f"vendor/{name}", str(path)) for name, path in wanted.items() if path.exists()]


def logging(debug: bool) -> dict[str, Any]:
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "handlers": {"console": {"class": "logging.StreamHandler"}},
        "root": {"handlers": ["console"], "level": "INFO" if debug else "WARNING"},
    }
