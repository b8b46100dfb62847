"""`takatuf import …`: bring in an agency's file, and deal with the rows that could not be taken."""

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import click
from rich.markup import escape
from rich.table import Table

from config.cli import REFUSED, django_ready, fail
from config.cli.progress import console, steps
from takatuf.cases.imports.rules import CannotImport, RowStatus
from takatuf.kernel.actor import Actor
from takatuf.kernel.text import Text


class FileFirst(click.Group):
    """`takatuf import FILE …` is `takatuf import file FILE …`: what names no command is a file."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if args and args[0] not in self.commands and args[0] not in {"--help", "-h"}:
            args = ["file", *args]
        return super().parse_args(ctx, args)


@click.group(
    cls=FileFirst,
    name="import",
    help="Bring in an agency's file (CSV, XLSX, JSON lines; plain or gzip): takatuf import FILE --mapping M.yaml "
    "--agency CODE. Rows that cannot be taken wait in quarantine, to be mended and tried again.",
)
def app() -> None:
    django_ready()


agency_option = click.option("--agency", required=True, help="Code of the agency whose file it is.")
unit_option = click.option(
    "--unit", default="", help="Code of the importing unit. Default: the agency's first."
)
json_option = click.option(
    "--json", "as_json", is_flag=True, help="One JSON object for programs, as last line."
)


@app.command(name="file")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--mapping", type=click.Path(path_type=Path), required=True, help="Its mapping (YAML).")
@agency_option
@unit_option
@click.option("--dry-run", is_flag=True, help="Take it as far as it goes, and write nothing.")
@click.option("--fresh", is_flag=True, help="Give an unfinished run of this file up, and begin again.")
@json_option
def file_(
    *, file: Path, mapping: Path, agency: str, unit: str, dry_run: bool, fresh: bool, as_json: bool
) -> None:
    """Bring in FILE. The same command goes on where an earlier one was cut off, and adds nothing a second time.

    Exit 0: every row is a report or was there already. Exit 1: some wait in quarantine, or the file was refused.
    """
    from takatuf.cases.imports import services
    from takatuf.kernel import clock

    with refusals_said(), clerk(agency, unit) as actor:
        loaded = loaded_mapping(mapping)
        if dry_run:
            with steps("trying · تجربة") as show:
                tried = services.dry_run(
                    actor=actor,
                    path=file,
                    loaded=loaded,
                    now=clock.now(),
                    progress=lambda done, total: show("", done, total),
                )
            say_tried(tried, as_json=as_json)
            return
        if fresh:
            give_up_unfinished(actor, file)
        run = services.start(actor=actor, path=file, loaded=loaded, now=clock.now())
        if run.position:
            console.print(
                f"{run.reference}: going on after row {run.position} · متابعة بعد الصف {run.position}"
            )
        with steps("importing · استيراد") as show:
            run = services.carry_on(
                actor=actor, run_id=run.pk, path=file, progress=lambda done, total: show("", done, total)
            )
        say_run(actor, run, as_json=as_json)
        if run.quarantined:
            raise SystemExit(REFUSED)


@app.command()
@click.argument("run")
@agency_option
@unit_option
@click.option(
    "--mapping", type=click.Path(path_type=Path), help="A corrected mapping, which becomes the run's own."
)
@click.option(
    "--row", "positions", type=int, multiple=True, help="Only this row of the file; may be repeated."
)
@json_option
def retry(
    *, run: str, agency: str, unit: str, mapping: Path | None, positions: tuple[int, ...], as_json: bool
) -> None:
    """Try the waiting rows of RUN again: all of them, or those named; exit 1 if some still wait."""
    from takatuf.cases.imports import services
    from takatuf.kernel import clock

    with refusals_said(), clerk(agency, unit) as actor:
        found = one_run(actor, run)
        ids = [one_row(actor, found, position).pk for position in positions] if positions else None
        with steps("trying again · إعادة المحاولة") as show:
            result = services.retry(
                actor=actor,
                run_id=found.pk,
                row_ids=ids,
                loaded=loaded_mapping(mapping) if mapping else None,
                now=clock.now(),
                progress=lambda done, total: show("", done, total),
            )
        told = {name: getattr(result, name) for name in ("tried", "created", "present", "waiting")}
        say(told, as_json=as_json)
        if result.waiting:
            raise SystemExit(REFUSED)


@app.command(name="list")
@agency_option
@unit_option
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
def list_(*, agency: str, unit: str, as_json: bool) -> None:
    """The agency's runs, newest first."""
    from takatuf.cases.imports import selectors

    with refusals_said(), clerk(agency, unit) as actor, atomic():
        runs = [run_facts(run) for run in selectors.runs(actor)]
    if as_json:
        for run in runs:
            click.echo(json.dumps(run))
        return
    names = (
        "run",
        "state",
        "file",
        "mapping",
        "rows",
        "read",
        "created",
        "present",
        "quarantined",
        "started",
    )
    table = Table(*names)
    for run in runs:
        table.add_row(*(escape(str(run[name])) for name in names))
    console.print(table)


@app.command()
@click.argument("run")
@agency_option
@unit_option
@click.option("--most", type=click.IntRange(1), default=20, show_default=True, help="How many rows to list.")
@json_option
def show(*, run: str, agency: str, unit: str, most: int, as_json: bool) -> None:
    """One run: its counts and proof, and the rows that wait, with the reason in both languages. No values."""
    from takatuf.cases.imports import selectors, words

    with refusals_said(), clerk(agency, unit) as actor, atomic():
        found = one_run(actor, run)
        reasons = dict(selectors.reasons(actor, run_id=found.pk))
        rows = [
            {"row": row.position, "line": row.line, **both(words.why(row.reason, row.facts))}
            for row in selectors.page(actor, run_id=found.pk, size=most).rows
        ]
        told = run_facts(found) | {"proof": found.proof, "reasons": reasons}
    if as_json:
        click.echo(json.dumps({**told, "waiting": rows}, ensure_ascii=False))
        return
    say(told, as_json=False)
    if rows:
        say_rows(rows)


@app.command()
@click.argument("run")
@click.argument("row", type=int)
@agency_option
@unit_option
@json_option
def row(*, run: str, row: int, agency: str, unit: str, as_json: bool) -> None:
    """The values of one refused ROW of RUN (its number in the file). The reading is written into the journal."""
    from takatuf.cases.imports import services, words
    from takatuf.kernel import clock

    with refusals_said(), clerk(agency, unit) as actor:
        found = one_row(actor, one_run(actor, run), row)
        opened = services.open_row(actor=actor, row_id=found.pk, now=clock.now())
        told: dict[str, Any] = {
            "row": row,
            "line": found.line,
            "status": found.status,
            **both(words.why(found.reason, found.facts)),
            "values": dict(opened.values),
            "mended": dict(opened.mended),
        }
        if opened.problem:
            told["text"] = opened.text
    if as_json:
        click.echo(json.dumps(told, ensure_ascii=False))
        return
    for name in ("row", "line", "status", "en", "ar", "text"):
        if name in told:
            click.echo(f"{name:8} {told[name]}")
    for name, value in opened.values.items():
        mended = f"  →  {opened.mended[name]}" if name in opened.mended else ""
        click.echo(f"  {name} = {value}{mended}")


@app.command()
@click.argument("run")
@click.argument("row", type=int)
@click.argument("values", nargs=-1, required=True)
@agency_option
@unit_option
@json_option
def mend(*, run: str, row: int, values: tuple[str, ...], agency: str, unit: str, as_json: bool) -> None:
    """Correct a refused ROW of RUN, as COLUMN=VALUE …, and try it again. What came is kept as it came."""
    from takatuf.cases.imports import services
    from takatuf.kernel import clock

    given = dict(pair(value) for value in values)
    with refusals_said(), clerk(agency, unit) as actor:
        found = one_row(actor, one_run(actor, run), row)
        services.mend_row(actor=actor, row_id=found.pk, values=given, now=clock.now())
        services.retry(actor=actor, run_id=found.run_id, row_ids=[found.pk], now=clock.now())
        say_row(actor, found.pk, as_json=as_json)


@app.command()
@click.argument("run")
@click.argument("row", type=int)
@click.option("--reason", required=True, help="Why it will never be a report; kept sealed with the row.")
@agency_option
@unit_option
@json_option
def discard(*, run: str, row: int, reason: str, agency: str, unit: str, as_json: bool) -> None:
    """Decide that a refused ROW of RUN will never be a report. It stays, sealed and counted."""
    from takatuf.cases.imports import services
    from takatuf.kernel import clock

    with refusals_said(), clerk(agency, unit) as actor:
        found = one_row(actor, one_run(actor, run), row)
        services.discard_row(actor=actor, row_id=found.pk, reason=reason, now=clock.now())
        say_row(actor, found.pk, as_json=as_json)


@app.command()
@click.argument("run")
@agency_option
@unit_option
@json_option
def abandon(*, run: str, agency: str, unit: str, as_json: bool) -> None:
    """Give an unfinished RUN up. What it brought in stands; the file may be brought in afresh."""
    from takatuf.cases.imports import services
    from takatuf.kernel import clock

    with refusals_said(), clerk(agency, unit) as actor:
        found = services.abandon(actor=actor, run_id=one_run(actor, run).pk, now=clock.now())
    say(run_facts(found), as_json=as_json)


@app.command()
@click.argument("run")
@click.argument("to", type=click.Path(path_type=Path))
@agency_option
@unit_option
@json_option
def export(*, run: str, to: Path, agency: str, unit: str, as_json: bool) -> None:
    """Write the waiting rows of RUN, with their reasons, TO a new .xlsx or .jsonl that only you can read.

    The values are people's: the export is written into the journal. Keep the file as closed as what it tells.
    """
    from takatuf.cases.imports import exports, services
    from takatuf.kernel import clock

    if to.suffix not in exports.WRITERS:
        raise click.UsageError("TO must end in .xlsx or .jsonl")
    with refusals_said(), clerk(agency, unit) as actor:
        found = one_run(actor, run)
        try:
            descriptor = os.open(to, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except OSError as error:
            fail(cannot_write(to, error), REFUSED)
        with os.fdopen(descriptor, "wb") as stream:
            rows = services.export(actor=actor, run_id=found.pk, now=clock.now())
            number = exports.WRITERS[to.suffix](stream, rows, list(found.columns))
    say({"file": str(to), "rows": number}, as_json=as_json)


# --- What they share ------------------------------------------------------------------------------------------------


@contextmanager
def clerk(agency: str, unit: str) -> Iterator[Actor]:
    """Act as the agency's importing unit, lent by the console."""
    from takatuf.cases.imports import services
    from takatuf.kernel.actor import system
    from takatuf.kernel.context import acting

    console_ = system("import")
    with acting(console_):
        actor = services.clerk(actor=console_, agency=agency, unit=unit)
    with acting(actor):
        yield actor


def atomic() -> Any:
    """Row-level security knows the actor inside a transaction only: outside, every table is empty."""
    from django.db import transaction

    return transaction.atomic()


@contextmanager
def refusals_said() -> Iterator[None]:
    """Refusals as sentences in both languages, and exit 1."""
    from takatuf.cases.imports import words

    try:
        yield
    except CannotImport as refusal:
        fail(words.refusal(refusal.reason, refusal.facts), REFUSED)  # type: ignore[arg-type]


def loaded_mapping(path: Path) -> Any:
    """Its mistakes one a line, if it has any."""
    from takatuf.cases.imports import mapping

    try:
        return mapping.load(path)
    except mapping.MappingWrong as wrong:
        lines = "\n".join(map(str, wrong.mistakes))
        fail(Text(en=f"The mapping has mistakes:\n{lines}", ar="في تعريف الملف أخطاء."), REFUSED)


def give_up_unfinished(actor: Actor, file: Path) -> None:
    from takatuf.cases.imports import selectors, services
    from takatuf.cases.imports.readers import fingerprint
    from takatuf.kernel import clock

    digest, _ = fingerprint(file)
    with atomic():
        unfinished = list(selectors.runs(actor).filter(state="running", file_digest=digest))
    for run in unfinished:
        services.abandon(actor=actor, run_id=run.pk, now=clock.now())


def one_run(actor: Actor, typed: str) -> Any:
    from takatuf.cases.imports import selectors

    with atomic():
        return selectors.run(actor, typed=typed)


def one_row(actor: Actor, run: Any, position: int) -> Any:
    from takatuf.cases.imports import selectors
    from takatuf.cases.imports.rules import Reason

    with atomic():
        found = selectors.rows(actor, run_id=run.pk, status="").filter(position=position).first()
    if found is None:
        raise CannotImport(Reason.NOT_VISIBLE)
    return found


def pair(text: str) -> tuple[str, str]:
    column, equals, value = text.partition("=")
    if not equals:
        raise click.UsageError(f"{text}: must be COLUMN=VALUE")
    return column, value


def run_facts(run: Any) -> dict[str, Any]:
    finished: datetime | None = run.finished_at
    return {
        "run": run.reference,
        "state": run.state,
        "file": run.file_name,
        "mapping": run.mapping_code,
        "unit": run.unit,
        "rows": run.rows_in_file,
        "read": run.position,
        "created": run.created,
        "present": run.present,
        "quarantined": run.quarantined,
        "started": run.started_at.isoformat(timespec="seconds"),
        "finished": finished.isoformat(timespec="seconds") if finished else None,
    }


def both(text: Text) -> dict[str, str]:
    return {"ar": text.ar, "en": text.en}


def say(told: Mapping[str, Any], *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(told, ensure_ascii=False))
        return
    for name, value in told.items():
        console.print(f"{name:12} {escape(str(value))}", highlight=False)


def say_run(actor: Actor, run: Any, *, as_json: bool) -> None:
    """The counts, and the sum that proves them."""
    from takatuf.cases.imports import selectors

    told = run_facts(run)
    with atomic():
        told["reasons"] = dict(selectors.reasons(actor, run_id=run.pk))
    told["proof"] = run.proof
    if as_json:
        click.echo(json.dumps(told, ensure_ascii=False))
        return
    say({name: value for name, value in told.items() if name != "proof"}, as_json=False)
    total = f"{run.created} + {run.present} + {run.quarantined} = {run.rows_in_file}"
    console.print(f"[green]✓[/] reports + there already + quarantined = rows: {total}")
    console.print(f"[green]✓[/] بلاغات + مسجلة من قبل + مردودة = صفوف الملف: {total}")
    if run.quarantined:
        console.print(f"takatuf import show {run.reference} --agency {run.agency}", highlight=False)


def say_tried(tried: Any, *, as_json: bool) -> None:
    from takatuf.cases.imports import words

    told = {name: getattr(tried, name) for name in ("rows", "created", "present", "quarantined", "reasons")}
    rows = [
        {"row": one.position, "line": one.line, **both(words.why(one.reason, one.facts))}
        for one in tried.refusals
    ]
    if as_json:
        click.echo(json.dumps({**told, "refusals": rows, "dry_run": True}, ensure_ascii=False))
        return
    say(told, as_json=False)
    if rows:
        say_rows(rows)
    console.print("nothing was written · لم يُكتب شيء")


def say_rows(rows: list[dict[str, Any]]) -> None:
    table = Table("row", "line", "why", "السبب")
    for one in rows:
        table.add_row(str(one["row"]), str(one["line"]), escape(one["en"]), escape(one["ar"]))
    console.print(table)


def say_row(actor: Actor, row_id: Any, *, as_json: bool) -> None:
    from takatuf.cases.imports import selectors, words

    with atomic():
        found = selectors.row(actor, row_id=row_id)
    told: dict[str, Any] = {"row": found.position, "status": found.status}
    if found.status == RowStatus.WAITING:
        told |= both(words.why(found.reason, found.facts))
    say(told, as_json=as_json)
    if found.status == RowStatus.WAITING:
        raise SystemExit(REFUSED)


def cannot_write(path: Path, error: OSError) -> Text:
    return Text(
        en=f"{path} cannot be written ({error.strerror}): name a file that is not there yet.",
        ar=f"تعذّرت كتابة {path} ({error.strerror}): اختر ملفاً غير موجود.",
    )
