"""The static files that pages need, collected and compressed into TAKATUF_HOME/static; again only when they changed."""

import hashlib
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command

# npm brings more than pages use: sources, maps, other builds.
NOT_SERVED = (
    "*.map", "*.d.ts", "*.esm*", "*.common*", "*.simple*", "*.scss", "*.md", "*.mjs", "*.cjs", "*.unicode.css",
    "README*", "LICENSE*", "package.json", "CHANGELOG*", "editors", "skills", "scripts", "extension",
    "bootstrap-grid*", "bootstrap-reboot*", "bootstrap-utilities*",
)  # fmt: skip


def fingerprint() -> str:
    """Name, size and time of every file that would be collected."""
    digest = hashlib.sha256("\n".join(NOT_SERVED).encode())
    for finder in get_finders():
        for name, storage in finder.list(list(NOT_SERVED)):
            state = Path(storage.path(name)).stat()
            digest.update(f"{name} {state.st_size} {state.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def collect_if_stale() -> bool:
    """Collect if anything changed since the last time. True if it was collected."""
    stamp = Path(settings.STATIC_ROOT) / ".collected"
    wanted = fingerprint()
    if stamp.exists() and stamp.read_text() == wanted:
        return False
    call_command(
        "collectstatic", interactive=False, verbosity=0, clear=True, ignore_patterns=list(NOT_SERVED)
    )
    stamp.write_text(wanted)
    return True
