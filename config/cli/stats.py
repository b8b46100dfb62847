"""`takatuf stats …`: snapshots of the nameless facts, and the tables counted over them."""

import csv
import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console
from rich.table import Table as Shown

from config.cli import REFUSED, django_ready, fail
from config.cli.progress import bar
from takatuf.kernel.text import Text

if TYPE_CHECKING:
    from takatuf.statistics.selectors import Answer

file_path = click.Path(path_type=Path, dir_okay=False)
as_json_option = click.option("--json", "as_json", is_flag=True, help="JSON for programs.")


@click.group(name="stats", help="Take a snapshot of the nameless facts and compute the tables.")
def app() -> None:
    django_ready()


@contextmanager
def as_system(purpose: str) -> Iterator[Any]:
    """Act as the system in one transaction; a refusal becomes its sentence, in both languages, and exit code 1."""
    from django.db import transaction

    from takatuf.kernel.actor import system
    from takatuf.kernel.context import acting
    from takatuf.statistics import words
    from takatuf.statistics.rules import StatisticsRefused

    actor = system(purpose)
    try:
        with acting(actor), transaction.atomic():
            yield actor
    except StatisticsRefused as refused:
        fail(words.refusal(refused), code=REFUSED)


@app.command()
@as_json_option
def snapshot(as_json: bool) -> None:
    """Write what is known now, without names, as the newest snapshot. The worker does this each night."""
    from takatuf.kernel import clock
    from takatuf.statistics import services

    with as_system("statistics.snapshot") as actor, bar() as shown:
        tasks = {what: shown.add_task(what, total=None) for what in ("persons", "reports")}
        shot = services.take_snapshot(
            actor=actor,
            now=clock.now(),
            progress=lambda what, done: shown.update(tasks[what], completed=done),
        )
    if as_json:
        found = {"name": shot.name, "reports": shot.reports, "persons": shot.persons, "manifest": shot.digest}
        click.echo(json.dumps({"path": str(shot.folder), **found}))
        return
    click.echo(f"{shot.folder}: {shot.reports} reports of {shot.persons} persons; manifest {shot.digest}")


@app.command(name="list")
@as_json_option
def list_(as_json: bool) -> None:
    """List the snapshots, the newest first."""
    from takatuf.statistics import selectors

    with as_system("statistics.list") as actor:
        names = selectors.snapshots(actor)
    click.echo(json.dumps(names) if as_json else "\n".join(names or ["none yet: `takatuf stats snapshot`"]))


@app.command()
@click.argument("name", type=click.Choice(["victims", "agencies", "relations"]))
@click.option(
    "--lang",
    type=click.Choice(["ar", "en"]),
    default="en",
    show_default=True,
    help="The language of the table.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "csv", "json", "xlsx"]),
    default="text",
    show_default=True,
    help="How it is written.",
)
@click.option("--from", "first", default="", help="First month, as 2026-01. Default: the last twelve months.")
@click.option("--to", "last", default="", help="Last month, as 2026-12.")
@click.option(
    "--scope",
    type=click.Choice(["inside", "outside", "unknown"]),
    help="Only reports inside or outside the law's list of family members.",
)
@click.option("--agency", default="", help="Only reports of this agency (its code).")
@click.option("--snapshot", default="", help="Over this snapshot, instead of the newest.")
@click.option("--sql", is_flag=True, help="Show the statement it is counted by, and count nothing.")
@click.option("--output", type=file_path, help="Write it to this file. XLSX needs one.")
def table(name: str, lang: str, form: str, output: Path | None, sql: bool, **asked: str | None) -> None:
    """Count table NAME over a snapshot. Not for publication: small numbers may point at people."""
    from django.utils import translation

    from takatuf.kernel import clock
    from takatuf.statistics import selectors, services
    from takatuf.statistics.rules import Name

    if form == "xlsx" and output is None and not sql:
        raise click.UsageError("--format xlsx needs --output FILE.")
    now = clock.now()
    with as_system("statistics.table") as actor, translation.override(lang):
        of = selectors.one(actor, name=asked.pop("snapshot") or "")
        to = selectors.asked(actor, of=of, **{key: value or "" for key, value in asked.items()})
        if sql:
            click.echo(selectors.statement(actor, name=Name(name), of=of, to=to))
            return
        if form == "xlsx":
            _file, content = services.export_table(
                actor=actor, name=Name(name), of=of, to=to, language=lang, now=now
            )
        else:
            answer = selectors.answer(actor, name=Name(name), of=of, to=to)
            services.note_export(actor=actor, answer=answer, form=form, now=now)
            content = WRITERS[form](answer).encode()
    if output is None:
        click.echo(content.decode(), nl=False)
        return
    try:
        output.touch(mode=0o600)
        output.write_bytes(content)
    except OSError as error:
        fail(
            Text(
                en=f"{output} cannot be written: {error.strerror}.",
                ar=f"تعذّرت الكتابة إلى {output}: {error.strerror}.",
            )
        )
    click.echo(str(output), err=True)


def head(answer: "Answer") -> list[str]:
    """Title, mark, unit, scope, period: what must stand above the numbers."""
    from takatuf.statistics import words

    asked = answer.question
    return [
        str(words.TITLES[answer.name]),
        words.MARK,
        f"{words.UNITS[answer.name]} · {words.SCOPES[asked.scope]} · {words.period(answer)}",
        words.finding(answer),
    ]


def rows(answer: "Answer") -> Iterator[tuple[list[str], tuple[int | None, ...]]]:
    for group in answer.grid.groups:
        before = [str(group.head.text)] if group.head else []
        for row in group.rows:
            yield [*before, str(row.head.text)], row.cells


def heads(answer: "Answer") -> list[str]:
    from takatuf.statistics import words

    stub = [str(words.DIMENSIONS[code]) for code in answer.grid.stub]
    return stub + [str(column.text) for column in answer.grid.columns]


def as_text(answer: "Answer") -> str:
    from takatuf.statistics import words

    shown = Shown(box=None, pad_edge=False)
    for place, text in enumerate(heads(answer)):
        shown.add_column(text, justify="left" if place < len(answer.grid.stub) else "right")
    for stub, cells in rows(answer):
        shown.add_row(*stub, *(words.figure(cell) for cell in cells))
    console = Console(
        file=io.StringIO(), width=max(120, 14 * len(answer.grid.columns) + 60), color_system=None
    )
    console.print(shown)
    written = console.file.getvalue()  # type: ignore[attr-defined]
    return "\n".join([*head(answer), "", written.rstrip(), "", *words.notes(answer)]) + "\n"


def as_csv(answer: "Answer") -> str:
    """A blank is what nobody can know; the marks stand above, behind #."""
    buffer = io.StringIO()
    for line in head(answer):
        buffer.write(f"# {line}\n")
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(heads(answer))
    for stub, cells in rows(answer):
        writer.writerow([*stub, *("" if cell is None else cell for cell in cells)])
    return buffer.getvalue()


def as_json(answer: "Answer") -> str:
    from takatuf.statistics import words

    asked, grid = answer.question, answer.grid
    found = {
        "table": answer.name.value,
        "title": str(words.TITLES[answer.name]),
        "not_for_publication": words.MARK,
        "finding": words.finding(answer),
        "unit": {"code": answer.table.unit.value, "text": str(words.UNITS[answer.name])},
        "snapshot": answer.snapshot.name,
        "period": {"first": str(asked.period.first), "last": str(asked.period.last)},
        "scope": asked.scope.value if asked.scope else None,
        "agency": asked.agency,
        "columns": [{"code": column.code, "text": str(column.text)} for column in grid.columns],
        "rows": [
            {
                "codes": [*([group.head.code] if group.head else []), row.head.code],
                "texts": [*([str(group.head.text)] if group.head else []), str(row.head.text)],
                "counts": list(row.cells),
            }
            for group in grid.groups
            for row in group.rows
        ],
        "total": answer.alone(),
        "nameless": answer.counts.nameless,
        "notes": words.notes(answer),
    }
    return json.dumps(found, ensure_ascii=False) + "\n"


WRITERS = {"text": as_text, "csv": as_csv, "json": as_json}
