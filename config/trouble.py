"""What stands in the way before anything runs: a sentence for the console, in both languages."""

import contextlib
import errno
import shutil
from pathlib import Path

from takatuf.kernel.text import Text

FULL = {errno.ENOSPC, errno.EDQUOT}


class Trouble(Exception):
    """The environment (database, disk, port, tools) does not allow it. The sentence says what to do next."""

    def __init__(self, *, ar: str, en: str) -> None:
        super().__init__(en)
        self.text = Text(ar=ar, en=en)


def is_full(error: OSError) -> bool:
    """Whether a write failed because the disk or a quota is used up."""
    return error.errno in FULL


def disk_full(place: Path) -> Trouble:
    free = 0
    with contextlib.suppress(OSError):
        free = shutil.disk_usage(place if place.exists() else place.parent).free // (1024 * 1024)
    return Trouble(
        en=f"The disk of {place} is full ({free} MB free): make room, or set TAKATUF_HOME to another disk.",
        ar=f"القرص الذي يحوي {place} ممتلئ (المتاح {free} ميغابايت): أفسح مكانًا، "
        "أو عيّن TAKATUF_HOME على قرص آخر.",
    )
