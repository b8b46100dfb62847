"""What may be seen of the figures: snapshots, and tables counted over one. By power, and never a person."""

from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from takatuf.access.rules import Power, check_power
from takatuf.kernel.actor import Actor
from takatuf.kernel.reference import Pack, pack

from . import country, snapshot, tables
from .cube import engine
from .cube.definition import TOTAL, Asked, Counts, Table
from .cube.sql import compile_table
from .grid import Grid, Head, heads, lay_out
from .rules import (
    Name,
    Period,
    Question,
    Reason,
    StatisticsRefused,
    months_known,
    question,
    usual_period,
)
from .snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class Answer:
    """A table as asked: its definition, its counts, and how it is laid out."""

    name: Name
    snapshot: Snapshot
    question: Question
    table: Table
    counts: Counts
    grid: Grid

    def heads(self, dimension: str) -> tuple[Head, ...]:
        """Members of a dimension as they are shown, what is not known, and the total."""
        found = next(one for one in self.table.dimensions if one.code == dimension)
        return heads(self.table, self.counts, found)

    def alone(self, **codes: str) -> int:
        """The count of some members, over everything else; without any: of all."""
        return self.counts.at(*(codes.get(dimension.code, TOTAL) for dimension in self.table.dimensions))

    @property
    def is_to_date(self) -> bool:
        """Whether the last month was not over when the snapshot was taken."""
        return self.question.period.last.last >= self.snapshot.taken_on


def home() -> Path:
    return Path(settings.TAKATUF_HOME) / "snapshots"


def snapshots(actor: Actor) -> list[str]:
    """The names of all snapshots, the newest first."""
    _check(actor)
    return snapshot.names(home())


def one(actor: Actor, *, name: str = "") -> Snapshot:
    """A snapshot by its name, else the newest. Raises StatisticsRefused."""
    _check(actor)
    there = snapshot.names(home())
    if not there:
        raise StatisticsRefused(Reason.NO_SNAPSHOT)
    if name and name not in there:
        raise StatisticsRefused(Reason.UNKNOWN_SNAPSHOT)
    found = snapshot.load(home() / (name or there[0]))
    if found.pack != pack().code:
        raise StatisticsRefused(Reason.OTHER_COUNTRY, snapshot=found.name, pack=found.pack)
    return found


def known_period(actor: Actor, *, of: Snapshot) -> Period:
    """The months the snapshot speaks of."""
    _check(actor)
    return months_known(first=of.first_received, last=of.last_received, taken_on=of.taken_on)


def agencies(actor: Actor, *, of: Snapshot) -> list[str]:
    """Codes of the agencies that may be asked for: those of the country, and any other that occurs."""
    _check(actor)
    listed = [agency.code for agency in pack().agencies]
    return listed + sorted(of.codes["agency"] - set(listed))


def asked(
    actor: Actor, *, of: Snapshot, first: str = "", last: str = "", scope: str = "", agency: str = ""
) -> Question:
    """A question in the words of a URL or a console. Raises StatisticsRefused naming what is not of the list."""
    known = known_period(actor, of=of)
    return question(
        known=known,
        usual=usual_period(known=known, last=of.last_received),
        agencies=frozenset(agencies(actor, of=of)),
        first=first,
        last=last,
        scope=scope,
        agency=agency,
    )


def answer(actor: Actor, *, name: Name, of: Snapshot, to: Question) -> Answer:
    """Count a table of the closed list over a snapshot. Raises StatisticsRefused(damaged)."""
    _check(actor)
    snapshot.check_whole(of)
    definition = tables.table(name, _source(pack(), of, to.period))
    counts = engine.count(definition, _reports(to), reports=of.reports_file, persons=of.persons_file)
    return Answer(name, of, to, definition, counts, lay_out(definition, counts))


def statement(actor: Actor, *, name: Name, of: Snapshot, to: Question) -> str:
    """The SQL a table is counted by, for whoever wants to read it."""
    _check(actor)
    return compile_table(tables.table(name, _source(pack(), of, to.period)), _reports(to)).sql


def _source(land: Pack, of: Snapshot, period: Period) -> tables.Source:
    return tables.Source(country=land, definitions=country.definitions(land), codes=of.codes, period=period)


def _reports(to: Question) -> Asked:
    return Asked(
        first=to.period.first.first,
        last=to.period.last.last,
        scopes=frozenset({to.scope.value}) if to.scope else None,
        agency=to.agency,
    )


def _check(actor: Actor) -> None:
    """The system counts for its own jobs; people by their power."""
    if actor.scope != "system":
        check_power(actor, Power.STATISTICS_READ)
