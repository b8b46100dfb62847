"""What Django asks of the kernel before it works with a database."""

from collections.abc import Sequence
from typing import Any

from django.core import checks
from django.db import connections

from takatuf.kernel import keyring


def right_keys(*, databases: Sequence[str] | None, **_more: Any) -> list[checks.CheckMessage]:
    """The key file is the one this database was written with. Reads only; silent where there is no table yet."""
    wanted = [alias for alias in databases or () if alias in {"default", "owner"}]
    for alias in wanted:
        with connections[alias].cursor() as cursor:
            cursor.execute("SELECT to_regclass('kernel_keycheck') IS NOT NULL")
            if not cursor.fetchone()[0]:
                continue
            cursor.execute("SELECT key_id, fingerprint FROM kernel_keycheck")
            known = dict(cursor.fetchall())
        try:
            if known:
                keyring.prove(keyring.Keyring.load(keyring.key_file()), known)
        except keyring.KeyFileError as error:
            return [checks.Critical(str(error), id="kernel.E001")]
    return []
