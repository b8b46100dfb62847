"""`takatuf reference …`: the rules in force with their basis, deadlines with their proof, holidays."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console
from rich.table import Table

from config.cli import REFUSED, django_ready, fail
from takatuf.kernel.text import Text

if TYPE_CHECKING:
    from takatuf.kernel.actor import Actor
    from takatuf.kernel.reference import Rule

DAY = click.DateTime(["%Y-%m-%d"])
MOMENT = click.DateTime(["%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d"])
lines_option = click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
json_option = click.option("--json", "as_json", is_flag=True, help="One JSON object for programs.")


@click.group(name="reference", help="Rules with their legal basis, deadlines with their proof, holidays.")
def app() -> None:
    django_ready()


@app.command()
@click.option("--on", "on", type=DAY, help="The versions in force on that day. Default: today.")
@click.option("--all", "everything", is_flag=True, help="Every version, also what is over or not yet.")
@click.option("--unverified", is_flag=True, help="Only those that nobody has checked against a source.")
@lines_option
def rules(on: datetime | None, everything: bool, unverified: bool, as_json: bool) -> None:
    """The rules of this instance: value, legal basis, whether it was verified, when it holds. Needs no database."""
    from takatuf.kernel.reference import pack

    day = on.date() if on else _today()
    found = [
        rule
        for rule in pack().all_rules
        if (everything or _holds(rule, day)) and not (unverified and rule.verified)
    ]
    if as_json:
        for rule in found:
            click.echo(json.dumps(told(rule), ensure_ascii=False))
        return
    table = Table("rule", "value", "legal basis", "verified", "from", "to")
    for rule in found:
        table.add_row(
            rule.id,
            f"{rule.value} {rule.unit}",
            f"{rule.legal_basis.en}\n{rule.legal_basis.ar}",
            "yes" if rule.verified else "no",
            rule.valid_from.isoformat(),
            rule.valid_to.isoformat() if rule.valid_to else "",
        )
    Console().print(table)


def _today() -> date:
    from zoneinfo import ZoneInfo

    from takatuf.kernel import clock
    from takatuf.kernel.reference import pack

    return clock.now().astimezone(ZoneInfo(pack().timezone)).date()


def _holds(rule: "Rule", day: date) -> bool:
    return rule.valid_from <= day and (rule.valid_to is None or day <= rule.valid_to)


def told(rule: "Rule") -> dict[str, Any]:
    return {
        "id": rule.id,
        "name": {"ar": rule.ar, "en": rule.en},
        "kind": rule.kind,
        "value": rule.value,
        "unit": rule.unit,
        "start_day": rule.start_day,
        "calendar_basis": rule.calendar_basis,
        "legal_basis": {"ar": rule.legal_basis.ar, "en": rule.legal_basis.en},
        "verified": rule.verified,
        "source": rule.source,
        "valid_from": rule.valid_from.isoformat(),
        "valid_to": rule.valid_to.isoformat() if rule.valid_to else None,
    }


@app.command()
@click.argument("rule_id", metavar="RULE")
@click.option("--start", type=MOMENT, required=True, help="The local moment from which it runs.")
@json_option
def deadline(rule_id: str, start: datetime, as_json: bool) -> None:
    """When RULE is due for a start, with every step of the reckoning in both languages."""
    from zoneinfo import ZoneInfo

    from django.db import transaction

    from takatuf.kernel.reference import UNITS_OF_TIME, NoRule, pack
    from takatuf.kernel.selectors import legal_calendar

    try:
        rule = pack().rule(rule_id, on=start.date())
    except NoRule:
        fail(
            Text(en=f"There is no rule {rule_id} on that day.", ar=f"لا توجد قاعدة {rule_id} في ذلك اليوم."),
            REFUSED,
        )
    if rule.unit not in UNITS_OF_TIME:
        fail(Text(en=f"{rule_id} is no period of time.", ar=f"القاعدة {rule_id} ليست مدة."), REFUSED)
    with transaction.atomic():
        due = legal_calendar().deadline(
            start=start.replace(tzinfo=ZoneInfo(pack().timezone)),
            value=rule.value,
            unit=rule.unit,
            start_day=rule.start_day,
            calendar_basis=rule.calendar_basis,
        )
    if as_json:
        proof = {"ar": due.proof.ar, "en": due.proof.en}
        said = {"due": due.due.isoformat(), "day": due.day.isoformat(), "proof": proof, "rule": told(rule)}
        click.echo(json.dumps(said, ensure_ascii=False))
        return
    basis = Text(f"السند: {rule.legal_basis.ar}", f"Basis: {rule.legal_basis.en}")
    doubt = Text("", "") if rule.verified else Text("لم يُتحقق منها بعد.", "Not yet verified.")
    for language in ("en", "ar"):
        lines = (rule.name, basis, doubt, due.proof)
        click.echo("\n".join(line.in_(language) for line in lines if line.in_(language)) + "\n")


# Holidays ------------------------------------------------------------------------------------------------------------


@app.group()
def holidays() -> None:
    """Holidays of a year, and what circulars announce of them."""


@holidays.command(name="list")
@click.option("--year", type=click.IntRange(1990, 2070), help="Which year. Default: this one.")
@lines_option
def list_(year: int | None, as_json: bool) -> None:
    """The holidays of a year: the pack's, moved by what was announced. Moon-sighted ones are estimates till then."""
    from django.db import transaction

    from takatuf.kernel.selectors import legal_calendar

    with transaction.atomic():
        calendar = legal_calendar()
    found = [one for day, one in calendar.holidays.items() if day.year == (year or _today().year)]
    if as_json:
        for one in found:
            said = {
                "day": one.day.isoformat(),
                "name": {"ar": one.name.ar, "en": one.name.en},
                "estimated": one.estimated,
                "source": one.source,
            }
            click.echo(json.dumps(said, ensure_ascii=False))
        return
    table = Table("day", "holiday", "العطلة", "", "source")
    for one in found:
        state = "estimated · تقديري" if one.estimated else ""
        table.add_row(calendar.text(one.day).en, one.name.en, one.name.ar, state, one.source)
    Console().print(table)


@holidays.command()
@click.argument("day", type=DAY)
@click.option("--name-ar", required=True, help="Its name in Arabic.")
@click.option("--name-en", required=True, help="Its name in English.")
@click.option("--basis", required=True, help="The circular: number and date.")
@click.option(
    "--of", "of", default="", help="Code of the pack's holiday that the circular sets; give each of its days."
)
@click.option("--cancel", is_flag=True, help="The day is an ordinary working day after all.")
@json_option
def announce(
    *, day: datetime, name_ar: str, name_en: str, basis: str, of: str, cancel: bool, as_json: bool
) -> None:
    """Announce DAY as a holiday, or cancel one, as a circular says. Written into the journal."""
    from takatuf.desk import services as desk
    from takatuf.kernel import clock
    from takatuf.kernel.services import ADD, CANCEL

    with _editing("reference.holidays") as actor:
        done = desk.announce_holiday(
            actor=actor,
            day=day.date(),
            action=CANCEL if cancel else ADD,
            name_ar=name_ar,
            name_en=name_en,
            basis=basis,
            of=of,
            now=clock.now(),
        )
    _say(
        {"id": str(done.now.pk), "day": day.date().isoformat(), "replaced": done.before is not None}, as_json
    )


@holidays.command()
@click.argument("day", type=DAY)
@json_option
def retire(day: datetime, as_json: bool) -> None:
    """Take the announcement of DAY back: the computed calendar holds again. Written into the journal."""
    from takatuf.desk import services as desk
    from takatuf.kernel import clock, selectors
    from takatuf.kernel.services import CalendarRefused, Reason

    with _editing("reference.holidays") as actor:
        announced = selectors.announced(actor=actor, since=day.date())
        said = next((one for one in announced if one.day == day.date()), None)
        if said is None:
            raise CalendarRefused(Reason.GONE)
        desk.retire_holiday(actor=actor, holiday_id=said.pk, now=clock.now())
    _say({"id": str(said.pk), "day": said.day.isoformat()}, as_json)


@app.command()
@click.argument("from_day", type=DAY, metavar="FROM")
@click.argument("days", type=click.IntRange(-1, 1))
@click.option("--basis", required=True, help="Who announced the sighting, and when.")
@json_option
def moon(from_day: datetime, days: int, basis: str, as_json: bool) -> None:
    """From a day on, the Hijri calendar runs DAYS (-1, 0, 1) ahead of the computed one: write -- before a -1."""
    from takatuf.desk import services as desk
    from takatuf.kernel import clock

    with _editing("reference.moon") as actor:
        done = desk.sight_moon(actor=actor, from_day=from_day.date(), days=days, basis=basis, now=clock.now())
    _say({"id": str(done.now.pk), "from": from_day.date().isoformat(), "days": days}, as_json)


@contextmanager
def _editing(purpose: str) -> "Iterator[Actor]":
    """Act as the system with the power to edit reference data, in one transaction; refusals are sentences."""
    from django.db import transaction

    from takatuf.access.rules import Power
    from takatuf.desk import words
    from takatuf.kernel.actor import system
    from takatuf.kernel.context import acting
    from takatuf.kernel.errors import Refusal

    actor = system(purpose, powers=frozenset({Power.REFERENCE_EDIT.value}))
    try:
        with acting(actor), transaction.atomic():
            yield actor
    except Refusal as refused:
        said = words.of(refused.reason) or words.UNSAID
        facts = {name: str(value) for name, value in refused.facts.items()}
        fail(Text(said.ar.format_map(facts), said.en.format_map(facts)), REFUSED)


def _say(said: dict[str, Any], as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(said))
    else:
        click.echo("  ".join(f"{name}: {value}" for name, value in said.items()))
