"""Typed readers of the environment. A wrong value is a sentence at start, not a surprise later."""

import os
import secrets
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

TRUE, FALSE = {"1", "true", "yes", "on"}, {"0", "false", "no", "off"}


def flag(name: str, *, default: bool) -> bool:
    value = os.environ.get(name, "").strip().lower()
    if not value:
        return default
    if value not in TRUE | FALSE:
        raise ImproperlyConfigured(f"{name} must be yes or no, not {value!r}.")
    return value in TRUE


def words(name: str, *, default: str) -> list[str]:
    return os.environ.get(name, default).replace(",", " ").split()


def home() -> Path:
    """The folder of all state (database, keys, snapshots), made private to its owner."""
    path = Path(os.environ.get("TAKATUF_HOME", "var")).resolve()
    path.mkdir(parents=True, exist_ok=True, mode=0o711)
    return path


def secret(name: str, folder: Path) -> str:
    """A secret from TAKATUF_<NAME>, else from a file of mode 0600 in the keys folder, made on first use."""
    from_environment = os.environ.get(f"TAKATUF_{name.upper()}")
    if from_environment:
        return from_environment
    keys = folder / "keys"
    keys.mkdir(exist_ok=True, mode=0o700)
    path = keys / name
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text().strip()
    with os.fdopen(descriptor, "w") as file:
        value = secrets.token_urlsafe(48)
        file.write(value)
    return value


def database_url() -> str:
    return os.environ.get("DATABASE_URL", "")


def databases(folder: Path) -> dict[str, dict[str, Any]]:
    """Three doors to one database: `owner` migrates, `default` serves, `statistics` counts.

    DATABASE_URL names the owner; the other two log in as roles that own nothing. Without it the
    embedded server's socket in TAKATUF_HOME is used (`takatuf db start` writes its address).
    """
    place = from_url(database_url()) if database_url() else embedded(folder)
    prefix = os.environ.get("TAKATUF_ROLE_PREFIX", "takatuf")
    common = {
        "ENGINE": "takatuf.kernel.db",
        "NAME": place["NAME"],
        "HOST": place["HOST"],
        "PORT": place["PORT"],
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": place["OPTIONS"],
    }
    password = secret("database_role_password", folder)
    owner = common | {"USER": place["USER"], "PASSWORD": place["PASSWORD"], "CONN_MAX_AGE": 0}
    app = common | {"USER": f"{prefix}_app", "PASSWORD": password, "ATOMIC_REQUESTS": True, "TEST": {"MIRROR": "owner"}}
    statistics = common | {"USER": f"{prefix}_stats", "PASSWORD": password, "TEST": {"MIRROR": "owner"}}
    return {"default": app, "owner": owner, "statistics": statistics}


def from_url(url: str) -> dict[str, Any]:
    parts = urlsplit(url)
    if parts.scheme not in {"postgres", "postgresql"} or not parts.path.strip("/"):
        raise ImproperlyConfigured("DATABASE_URL must look like postgresql://user:password@host:port/name.")
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
    address = folder / "postgres.address"
    host = address.read_text().strip() if address.exists() else str(folder / "pg")
    return {"NAME": "takatuf", "USER": "postgres", "PASSWORD": "", "HOST": host, "PORT": "", "OPTIONS": {}}


def front_end_assets(base: Path) -> list[Any]:
    """What npm brought, served by us under /static/vendor/."""
    modules = base / "node_modules"
    wanted = {
        "bootstrap": modules / "bootstrap" / "dist",
        "htmx": modules / "htmx.org" / "dist",
        "echarts": modules / "echarts" / "dist",
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
