"""`takatuf nation …`: a synthetic country with known truth, for trying things out and for measuring."""

import json
import time
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import click

from config.cli import REFUSED, django_ready, fail
from config.cli.progress import steps
from takatuf.kernel.text import Text

if TYPE_CHECKING:
    from takatuf.nation.accuracy import Agreement
    from takatuf.nation.selectors import Measured

seed_option = click.option(
    "--seed", type=click.IntRange(min=0), default=7, show_default=True, help="The same seed, the same nation."
)
json_option = click.option("--json", "as_json", is_flag=True, help="One JSON object for programs.")


@click.group(
    name="nation", help="Grow a synthetic nation with known truth, and measure the register against it."
)
def app() -> None:
    django_ready()


@app.command()
@click.option(
    "--people", type=click.IntRange(min=50), default=20_000, show_default=True, help="How many persons live."
)
@click.option(
    "--years", type=click.IntRange(1, 20), default=2, show_default=True, help="How many years are told."
)
@seed_option
@click.option(
    "--until",
    type=click.DateTime(["%Y-%m-%d"]),
    help="The first day not lived any more. Default: that of the last time, else today.",
)
@click.option(
    "--incidents",
    type=click.FloatRange(0.001, 2.0),
    default=None,
    help="Violent incidents to a person and year, heard of or not.  [default: 0.06]",
)
@click.option(
    "--unreported",
    type=click.FloatRange(0.0, 0.95),
    default=None,
    help="Share of incidents that nobody hears of.  [default: 0.5]",
)
@click.option(
    "--bulk/--no-bulk", default=True, show_default=True, help="Many reports to a transaction, or each alone."
)
@json_option
def grow(
    *,
    people: int,
    years: int,
    seed: int,
    until: datetime | None,
    incidents: float | None,
    unreported: float | None,
    bulk: bool,
    as_json: bool,
) -> None:
    """Write a synthetic nation into this instance, through the services that its users use.

    What is true of it stays in files of TAKATUF_HOME/nation, apart from the database. The same command twice
    adds nothing the second time; cut off half way, it goes on where it was. Only in demo mode.
    """
    from django.conf import settings as configuration

    from takatuf.kernel import clock
    from takatuf.kernel.actor import system
    from takatuf.kernel.reference import pack
    from takatuf.nation import services
    from takatuf.nation.settings import Settings

    if not configuration.DEMO:
        fail(NOT_A_DEMO, REFUSED)
    knobs = {"incidents_a_year": incidents, "unreported": unreported}
    chosen: dict[str, Any] = {name: value for name, value in knobs.items() if value is not None}
    settings, folder = Settings(people=people, years=years, **chosen), configuration.TAKATUF_HOME / "nation"
    begun = time.monotonic()
    try:
        day = until.date() if until else services.known_until(folder, seed, settings)
        with steps() as show:
            grown = services.grow(
                actor=system("nation.grow"),
                settings=settings,
                seed=seed,
                until=day or clock.now().astimezone(ZoneInfo(pack().timezone)).date(),
                folder=folder,
                bulk=bulk,
                progress=show,
            )
    except services.AlreadyGrown as known:
        fail(already_grown(known.seed, known.manifest), REFUSED)
    seconds = time.monotonic() - begun
    rate = round(grown.created / seconds, 1)
    _say({**asdict(grown), "seconds": round(seconds, 1), "per_second": rate}, as_json=as_json)
    if grown.refused:
        raise SystemExit(REFUSED)


@app.command()
@seed_option
@json_option
def measure(*, seed: int, as_json: bool) -> None:
    """Compare the register's persons and cases with the truth of a nation: pairwise precision and recall.

    Precision: of the pairs of mentions that the register holds to be one person, the share that truly are.
    Recall: of the pairs that truly are one person, the share that the register holds to be one.
    """
    from django.conf import settings as configuration

    from takatuf.kernel import clock
    from takatuf.kernel.actor import system
    from takatuf.nation import selectors, services

    actor, folder = system("nation.measure"), configuration.TAKATUF_HOME / "nation"
    measured = selectors.measure(actor, seed=seed, folder=folder, now=clock.now())
    if measured is None or not measured.reports:
        fail(never_grown(seed), REFUSED)
    services.note_measured(actor=actor, seed=seed, measured=measured)
    if as_json:
        click.echo(json.dumps(_as_json(measured)))
    else:
        _show(measured)


def _as_json(measured: "Measured") -> dict[str, Any]:
    groups = {name: getattr(measured, name) for name in GROUPS}
    shares = ("precision", "recall", "f1")
    return {
        "reports": measured.reports,
        "missing": measured.missing,
        **{
            name: {**asdict(one), **{share: getattr(one, share) for share in shares}}
            for name, one in groups.items()
        },
    }


def _show(measured: "Measured") -> None:
    click.echo(LINE.format("", "mentions", "true", "found", "split", "mixed", "precision", "recall", "F1"))
    for name, label in GROUPS.items():
        one: Agreement = getattr(measured, name)
        counts = (one.mentions, one.true, one.found, one.split, one.mixed)
        click.echo(LINE.format(label, *counts, *map(_share, (one.precision, one.recall, one.f1))))
    click.echo(f"reports {measured.reports}, missing {measured.missing}")


def _share(value: float | None) -> str:
    return "–" if value is None else f"{value:.4f}"


def _say(found: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(found, default=str))
        return
    for name, value in found.items():
        click.echo(f"{name:12} {value if value != {} else 0}")


GROUPS = {
    "persons": "all persons",
    "named": "with a name",
    "victims": "victims",
    "aggressors": "aggressors",
    "cases": "cases",
}
LINE = "{:12} {:>9} {:>7} {:>7} {:>7} {:>7} {:>10} {:>8} {:>8}"
NOT_A_DEMO = Text(
    en="This instance is not a demo (TAKATUF_DEMO): invented people are never put among real ones.",
    ar="هذه النسخة ليست تجريبية (TAKATUF_DEMO): لا يُخلط أشخاص افتراضيون بأشخاص حقيقيين.",
)


def never_grown(seed: int) -> Text:
    return Text(
        en=f"No nation of seed {seed} is in this instance: `takatuf nation grow --seed {seed}` first.",
        ar=f"لا يوجد في هذه النسخة بلد بالرقم {seed}: نفّذ أولًا `takatuf nation grow --seed {seed}`.",
    )


def already_grown(seed: int, manifest: dict[str, Any]) -> Text:
    people, years = (manifest["settings"][name] for name in ("people", "years"))
    until, code = manifest["until"], manifest["pack"]
    return Text(
        en=f"Seed {seed} was grown here with {people} people over {years} years until {until}, pack {code}, "
        "or with other shares: repeat it as it was, or take another seed.",
        ar=f"سبق إنشاء البلد {seed} هنا بعدد {people} شخصًا خلال {years} سنوات حتى {until}، حزمة {code}، "
        "أو بنسب أخرى: كرّر الأمر بالقيم نفسها أو اختر رقمًا آخر.",
    )
