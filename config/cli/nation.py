"""`takatuf nation …`: a synthetic country with known truth, for trying things out and for measuring."""

import json
import time
from dataclasses import asdict
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import click

from config.cli import REFUSED, django_ready, fail
from config.cli.progress import console, steps
from takatuf.kernel.text import Text


@click.group(name="nation", help="Grow a synthetic nation with known truth.")
def app() -> None:
    django_ready()


@app.command()
@click.option(
    "--people", type=click.IntRange(min=50), default=20_000, show_default=True, help="How many persons live."
)
@click.option(
    "--years", type=click.IntRange(1, 20), default=2, show_default=True, help="How many years are told."
)
@click.option(
    "--seed", type=click.IntRange(min=0), default=7, show_default=True, help="The same seed, the same nation."
)
@click.option(
    "--until",
    type=click.DateTime(["%Y-%m-%d"]),
    help="The first day not lived any more. Default: that of the last time, else today.",
)
@click.option(
    "--bulk/--no-bulk", default=True, show_default=True, help="Many reports to a transaction, or each alone."
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object for programs.")
def grow(*, people: int, years: int, seed: int, until: datetime | None, bulk: bool, as_json: bool) -> None:
    """Write a synthetic nation into this instance, through the services that its users use.

    What is true of it stays in files of TAKATUF_HOME/nation, apart from the database. The same command twice
    adds nothing the second time.
    """
    from django.conf import settings as configuration

    from takatuf.kernel import clock
    from takatuf.kernel.actor import system
    from takatuf.kernel.reference import pack
    from takatuf.nation import services
    from takatuf.nation.settings import Settings

    if not configuration.DEMO:
        fail(NOT_A_DEMO, REFUSED)
    settings, folder = Settings(people=people, years=years), configuration.TAKATUF_HOME / "nation"
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
    _say({**asdict(grown), "seconds": round(time.monotonic() - begun, 1)}, as_json=as_json)
    if grown.refused:
        raise SystemExit(REFUSED)


def _say(found: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(found, default=str))
        return
    for name, value in found.items():
        console.print(f"{name:12} {value if value != {} else 0}")


NOT_A_DEMO = Text(
    en="This instance is not a demo (TAKATUF_DEMO): invented people are never put among real ones.",
    ar="هذه النسخة ليست تجريبية (TAKATUF_DEMO): لا يُخلط أشخاص افتراضيون بأشخاص حقيقيين.",
)


def already_grown(seed: int, manifest: dict[str, Any]) -> Text:
    people, years = (manifest["settings"][name] for name in ("people", "years"))
    until, code = manifest["until"], manifest["pack"]
    return Text(
        en=f"Seed {seed} was grown here with {people} people over {years} years until {until}, pack {code}: "
        "repeat it so, or take another seed.",
        ar=f"سبق إنشاء البلد {seed} هنا بعدد {people} شخصًا خلال {years} سنوات حتى {until}، حزمة {code}: "
        "كرّر الأمر بالقيم نفسها أو اختر رقمًا آخر.",
    )
