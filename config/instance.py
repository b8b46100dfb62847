"""What an instance must have before its first page: its country, and in demo mode people to try it with."""

import secrets
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db import transaction

from config import environment
from config.database import Progress
from config.trouble import Trouble
from takatuf.access import selectors as access_selectors
from takatuf.access import services as access
from takatuf.access.rules import Power
from takatuf.journal import selectors as journal
from takatuf.kernel import clock
from takatuf.kernel.actor import Actor, system
from takatuf.kernel.context import acting
from takatuf.kernel.keyring import keyring
from takatuf.kernel.reference import Account, PackError, pack
from takatuf.kernel.text import Text
from takatuf.nation import selectors as nation_selectors
from takatuf.nation import services as nation
from takatuf.nation import truth
from takatuf.nation.country import country_of
from takatuf.nation.settings import Settings
from takatuf.people.tokens import personal_number_token

SEED = 7
PEOPLE, FEWEST = 16_000, 50
LETTERS = "abcdefghjkmnpqrstuvwxyz"  # none that is taken for another


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoAccount:
    """A line of the table that `takatuf up` prints."""

    username: str
    password: str
    name: Text
    role: Text
    unit: Text


def grant() -> None:
    """Give the database roles what this version's models declare: also when no migration is new."""
    from config import roles

    roles.grant()


def load_pack() -> int:
    """Bring the pack's agencies and units into the tables. Raises Trouble naming file, line and field."""
    actor = system("access.load_pack")
    try:
        pack()
    except PackError as error:
        first, more = error.problems[0], len(error.problems) - 1
        raise Trouble(
            en=f"The country pack {settings.TAKATUF_PACK} cannot be loaded: {first} (and {more} more): "
            "`takatuf pack check` lists all.",
            ar=f"تعذّر تحميل حزمة البلد {settings.TAKATUF_PACK}: {first} (و{more} غيرها): "
            "الأمر `takatuf pack check` يعرضها كلها.",
        ) from error
    with acting(actor):
        return access.load_pack(actor=actor)


def open_demo_accounts(progress: Progress = lambda _what, _done, _total: None) -> int:
    """Make the pack's demo accounts that are missing, in demo mode only; returns how many were made."""
    if not settings.DEMO:
        return 0
    actor = system("demo accounts", powers=frozenset({Power.ACCESS_MANAGE.value}))
    with acting(actor):
        taken = access_selectors.taken_usernames(actor, wanted=[one.username for one in pack().demo])
        missing = [account for account in pack().demo if account.username not in taken]
        # Hashed once for all: a good hash takes its time, and they share the password anyway.
        hashed = make_password(demo_password()) if missing else ""
        for done, account in enumerate(missing, start=1):
            _open(actor, account, hashed)
            progress(account.username, done, len(missing))
    return len(missing)


@transaction.atomic
def _open(actor: Actor, account: Account, hashed: str) -> None:
    now, number = clock.now(), account.personal_number
    user = access.create_user(
        actor=actor,
        username=account.username,
        name_ar=account.ar,
        name_en=account.en,
        password=hashed,
        hashed=True,
        now=now,
        personal_token=personal_number_token(number, country=pack(), keyring=keyring()) if number else None,
        language=pack().languages[0],
        is_demo=True,
    )
    access.give_role(actor=actor, user_id=user.pk, unit_code=account.unit, role=account.role, now=now)


def demo_accounts() -> list[DemoAccount]:
    """The pack's demo accounts as they may be signed in to; empty outside demo mode."""
    if not settings.DEMO:
        return []
    country, password = pack(), demo_password()
    return [
        DemoAccount(
            username=account.username,
            password=password,
            name=Text(ar=account.ar, en=account.en),
            role=country.label("roles", account.role),
            unit=country.label("units", account.unit),
        )
        for account in country.demo
    ]


def demo_password() -> str:
    """One password for all demo accounts of this instance: made by chance, kept in its keys folder.

    The same on every instance would be an open door on the first one that is reachable from elsewhere.
    """
    return environment.secret("demo_password", Path(settings.TAKATUF_HOME), make=_easy_password)


def _easy_password() -> str:
    """Four words of four letters, to be read from a screen and typed: 72 bits."""
    return "-".join("".join(secrets.choice(LETTERS) for _ in range(4)) for _ in range(4))


def small() -> Settings:
    """One year in which ever more is filed, as in a register's first one: every unit has something to do today.

    TAKATUF_DEMO_PEOPLE says how many persons live; 0 leaves the demo without a nation.
    """
    return Settings(people=demo_people(), years=1, incidents_a_year=0.18, rising=3.0)


def demo_people() -> int:
    people = environment.whole("TAKATUF_DEMO_PEOPLE", default=PEOPLE, least=0, most=1_000_000)
    return max(people, FEWEST) if people else 0


def is_empty() -> bool:
    """Whether a demo still lacks its small nation: nothing was ever reported, or growing it was cut off."""
    if not settings.DEMO or not demo_people() or not can_grow():
        return False
    actor = system("nation.grow")
    if nation_selectors.is_grown(actor, seed=SEED):
        return False
    return not _reported(actor) or _cut_off()


def _reported(actor: Actor) -> bool:
    with acting(actor), transaction.atomic():
        return bool(journal.search(actor=actor, did="cases.report_received", limit=1).entries)


def _cut_off() -> bool:
    try:
        return nation.known_until(_nation_folder(), SEED, small()) is not None
    except nation.AlreadyGrown:
        return False


def can_grow() -> bool:
    """A pack made for one agency's files may lack what a nation needs, such as numbers that are nobody's."""
    try:
        country = country_of(pack())
    except ValueError:
        return False
    return bool(country.areas and country.offices)


def _nation_folder() -> Path:
    return Path(settings.TAKATUF_HOME) / "nation"


def grow(progress: Progress = lambda _what, _done, _total: None) -> nation.Grown:
    """A small nation up to this moment, so that every page of the demo has something to show."""
    folder, chosen, actor, now = _nation_folder(), small(), system("nation.grow"), clock.now()
    tomorrow = now.astimezone(ZoneInfo(pack().timezone)).date() + timedelta(days=1)
    if not _reported(actor):
        truth.forget(folder, SEED)  # what is left of a database that is gone
    return nation.grow(
        actor=actor,
        settings=chosen,
        seed=SEED,
        until=nation.known_until(folder, SEED, chosen) or tomorrow,
        folder=folder,
        now=now,
        progress=progress,
    )


def first_figures() -> bool:
    """In a demo, the first snapshot of the nameless facts, so that figures are shown. True if one was taken."""
    from takatuf.statistics import selectors as figures
    from takatuf.statistics import services as statistics
    from takatuf.statistics.rules import StatisticsRefused

    actor = system("statistics.snapshot", powers=frozenset({Power.STATISTICS_READ.value}))
    with acting(actor):
        if not settings.DEMO or not _reported(actor):
            return False
        try:
            figures.one(actor)
        except StatisticsRefused:
            statistics.take_snapshot(actor=actor, now=clock.now())
            return True
    return False
