"""`takatuf journal …`: who did what; and the proof that nothing of it was altered."""

import importlib.util
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import click

from config.cli import REFUSED, django_ready, fail
from config.cli.progress import bar
from takatuf.kernel.text import Text

if TYPE_CHECKING:
    from takatuf.journal.models import Entry

file_path = click.Path(path_type=Path)
existing = click.Path(exists=True, path_type=Path)
as_json_option = click.option("--json", "as_json", is_flag=True, help="JSON for programs.")


@click.group(name="journal", help="Show, export and verify the journal.")
def app() -> None:
    django_ready()


@contextmanager
def refusals_said() -> Iterator[None]:
    """A refusal of the journal becomes its sentence, in both languages, and exit code 1."""
    from takatuf.journal.rules import JournalRefused

    try:
        yield
    except JournalRefused as refusal:
        fail(sentence(refusal), code=REFUSED)


def sentence(refusal: Any) -> Text:
    from takatuf.journal.rules import Reason

    facts = refusal.facts
    known = {
        Reason.KEY_MISSING: Text(
            en=f"The signing key {facts.get('path')} is gone, though heads were signed with it. Bring it back; "
            "if it is lost, decide on a new one with `takatuf journal new-key`.",
            ar=f"مفتاح التوقيع {facts.get('path')} مفقود مع أنه وُقِّعت به رؤوس دفعات. أعده إلى مكانه؛ "
            "وإن فُقد نهائيًا فقرر مفتاحًا جديدًا بالأمر `takatuf journal new-key`.",
        ),
        Reason.KEY_UNREADABLE: Text(
            en=f"The signing key {facts.get('path')} cannot be read: it must be an Ed25519 key in PEM, and ours.",
            ar=f"لا يمكن قراءة مفتاح التوقيع {facts.get('path')}: يجب أن يكون مفتاح Ed25519 بصيغة PEM ويملكه مستخدمنا.",
        ),
        Reason.TIME_WENT_BACK: Text(
            en=f"The database's transactions (from {facts.get('oldest')}) lie behind what is sealed (up to "
            f"{facts.get('sealed')}): it was restored to an earlier state. Verify the journal with a witnessed head.",
            ar=f"معاملات قاعدة البيانات (من {facts.get('oldest')}) أقدم مما خُتم (حتى {facts.get('sealed')}): "
            "أُعيدت القاعدة إلى حالة سابقة. تحقق من السجل برأس دفعة مشهود.",
        ),
        Reason.NO_SUCH_ENTRY: Text(
            en=f"There is no entry {facts.get('seq')}.", ar=f"لا يوجد قيد بالتسلسل {facts.get('seq')}."
        ),
        Reason.NOT_SEALED_YET: Text(
            en=f"Entry {facts.get('seq')} is not sealed yet: `takatuf seal`.",
            ar=f"القيد {facts.get('seq')} لم يُختم بعد: نفّذ `takatuf seal`.",
        ),
        Reason.ALTERED: Text(
            en=f"Entry {facts.get('seq')} is not what batch {facts.get('batch')} sealed: it was altered.",
            ar=f"القيد {facts.get('seq')} ليس ما خُتم في الدفعة {facts.get('batch')}: لقد غُيِّر.",
        ),
        Reason.PLACE_TAKEN: Text(
            en=f"{facts.get('path')} exists already: give another place.",
            ar=f"المسار {facts.get('path')} موجود مسبقًا: اختر مكانًا آخر.",
        ),
    }
    return known.get(refusal.reason, Text(en=f"Refused: {refusal.reason}.", ar=f"مرفوض: {refusal.reason}."))


@contextmanager
def as_system(purpose: str) -> Iterator[Any]:
    """Act as the system in one transaction: at the console everything is visible, and what was looked at is noted."""
    from django.db import transaction

    from takatuf.kernel.actor import system
    from takatuf.kernel.context import acting

    actor = system(purpose)
    with refusals_said(), acting(actor), transaction.atomic():
        yield actor


# --- Reading ------------------------------------------------------------------------------------------------------


@app.command()
@click.option("--subject", default="", help="Of what: case:<uuid>, person:<uuid>, user:<uuid>.")
@click.option("--did", default="", help="The beginning of a deed: `cases.`")
@click.option("--reads", is_flag=True, help="Only readings: who opened the file.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=50, show_default=True, help="How many.")
@click.option("--before", type=int, help="Continue before this seq.")
@as_json_option
def show(subject: str, did: str, reads: bool, limit: int, before: int | None, as_json: bool) -> None:
    """Show entries, the newest first. That they were looked at becomes an entry too."""
    from takatuf.journal import selectors, services

    with as_system("journal.show") as actor:
        page = selectors.search(
            actor=actor, subject=subject, did=did, reads=reads or None, before=before, limit=limit
        )
        services.record(
            actor=actor, did="journal.read", to=subject or "journal:all", entries=len(page.entries)
        )
    if as_json:
        for entry in page.entries:
            click.echo(json.dumps(document(entry), ensure_ascii=False))
        return
    for entry in page.entries:
        who = " ".join(filter(None, [entry.role, entry.unit, entry.user_id]))
        details = " ".join(f"{key}={value}" for key, value in entry.details.items())
        when = f"{entry.at:%Y-%m-%d %H:%M:%S}"
        click.echo(
            f"{entry.seq:>8}  {when}  {entry.did:<28} {' '.join(entry.subjects)}  {who}  {details}".rstrip()
        )
    if page.before:
        click.echo(f"… more: --before {page.before}", err=True)


def document(entry: "Entry") -> dict[str, Any]:
    from takatuf.journal import rules

    return rules.document(tuple(getattr(entry, column) for column in rules.COLUMNS))


@app.command()
@click.option("--to", type=file_path, help="Write it to this file, to be kept where we cannot reach it.")
def head(to: Path | None) -> None:
    """Print the last signed head. Whoever keeps a copy elsewhere can prove later that history was not rewritten."""
    from takatuf.journal import rules, selectors

    with as_system("journal.head") as actor:
        last = selectors.last_seal(actor=actor)
    if last is None:
        fail(
            Text(en="Nothing is sealed yet: `takatuf seal`.", ar="لم يُختم شيء بعد: نفّذ `takatuf seal`."),
            code=REFUSED,
        )
    write(to, rules.signed("head", last.head.document(), bytes(last.signature)))


@app.command()
@click.argument("seq", type=int)
@click.option("--to", type=file_path, help="Write it to this file.")
def proof(seq: int, to: Path | None) -> None:
    """Print the proof that entry SEQ is sealed; `tools/verify_journal.py --proof FILE` checks it alone."""
    from django.conf import settings

    from takatuf.journal import keys, rules, selectors

    with as_system("journal.proof") as actor:
        found = selectors.proof(actor=actor, seq=seq)
    found["public_keys"] = keys.public_keys(settings.TAKATUF_HOME).decode()
    write(to, rules.canonical(found) + b"\n")


def write(to: Path | None, data: bytes) -> None:
    if to is None:
        click.echo(data, nl=False)
        return
    to.write_bytes(data)
    click.echo(str(to), err=True)


# --- Export and verification --------------------------------------------------------------------------------------


@contextmanager
def progress(title: str, total: int) -> Iterator[Callable[[int], None]]:
    with bar() as shown:
        task = shown.add_task(title, total=total)
        yield lambda count: shown.advance(task, count)


@app.command()
@click.option("--to", type=file_path, required=True, help="A new folder, or FILE.zip.")
@click.option(
    "--seal/--no-seal", "seal_first", default=True, help="Seal what is new before.", show_default=True
)
@as_json_option
def export(to: Path, seal_first: bool, as_json: bool) -> None:
    """Write all sealed entries for an outsider; `python tools/verify_journal.py` checks them without us."""
    from takatuf.journal import selectors, services
    from takatuf.kernel import clock
    from takatuf.kernel.actor import system

    actor, now = system("journal.export"), clock.now()
    with refusals_said():
        if seal_first:
            services.seal(actor=actor, now=now)
        with as_system("journal.export"):
            total = selectors.sealed_entries(actor=actor)
        with progress("export", total) as advance:
            made = services.export(actor=actor, to=to, now=now, progress=advance)
    if as_json:
        found = {"entries": made.entries, "batches": made.batches, "waiting": made.waiting, "head": made.head}
        click.echo(json.dumps({"path": str(made.path), **found}))
    else:
        click.echo(
            f"{made.path}: {made.entries} entries in {made.batches} batches; {made.waiting} not sealed yet"
        )


@app.command()
@click.option("--head", "heads", multiple=True, type=existing, help="A head witnessed elsewhere.")
@click.option("--public-key", type=existing, help="PEM file of the keys to trust, instead of ours.")
@as_json_option
def verify(heads: tuple[Path, ...], public_key: Path | None, as_json: bool) -> None:
    """Verify the journal in the database itself, with the outsider's verifier. Exit code 1 if it is broken."""
    from takatuf.journal import selectors

    tool = verifier()
    with as_system("journal.verify") as actor:
        total = selectors.sealed_entries(actor=actor)
        with progress("verify", total) as advance:
            report = tool.verify(
                Database(tool, actor),
                public_keys=public_key.read_bytes() if public_key else None,
                witnesses=heads,
                progress=advance,
            )
        report.waiting = selectors.waiting(actor=actor)
    if as_json:
        click.echo(json.dumps(report.document(), ensure_ascii=False))
    else:
        for line in tool.say(report, ["en", "ar"]):
            click.echo(line)
    sys.exit(0 if report.whole else REFUSED)


def verifier() -> ModuleType:
    """`tools/verify_journal.py`, the very file that outsiders run."""
    from django.conf import settings

    path = settings.BASE_DIR / "tools" / "verify_journal.py"
    specification = importlib.util.spec_from_file_location("takatuf_verify_journal", path)
    if specification is None or specification.loader is None or not path.exists():
        fail(Text(en=f"The verifier {path} is missing.", ar=f"أداة التحقق {path} مفقودة."))
    module = importlib.util.module_from_spec(specification)
    sys.modules[specification.name] = module  # its dataclasses look themselves up there
    specification.loader.exec_module(module)
    return module


class Database:
    """The database as the verifier's source: no manifest, one part per batch, the leaves that were sealed."""

    def __init__(self, tool: ModuleType, actor: Any) -> None:
        self.tool, self.actor = tool, actor

    def keys(self) -> bytes:
        from django.conf import settings

        from takatuf.journal import keys

        return keys.public_keys(settings.TAKATUF_HOME)

    def manifest(self) -> bytes | None:
        return None

    def heads(self) -> Iterator[bytes]:
        from takatuf.journal import rules, selectors

        for seal in selectors.heads(actor=self.actor):
            yield rules.signed("head", seal.head.document(), bytes(seal.signature))

    def parts(self, manifest: Any, report: Any) -> Iterator[Any]:
        from takatuf.journal import selectors

        for batch in selectors.sealed(actor=self.actor):
            number, cluster = batch.head.number, batch.head.cluster
            lo_xact, hi_xact = batch.head.lo_xact, batch.head.hi_xact

            def entries(
                cluster: str = cluster, lo_xact: int = lo_xact, hi_xact: int = hi_xact
            ) -> Iterator[bytes]:
                found = selectors.lines(actor=self.actor, cluster=cluster, lo_xact=lo_xact, hi_xact=hi_xact)
                return (line.data + b"\n" for line in found)

            def leaves(number: int = number, hashes: list[bytes] = batch.leaves) -> Iterator[bytes]:
                return (f"{number} {leaf.hex()} - -\n".encode() for leaf in hashes)

            yield self.tool.Part(number, number, entries, leaves, "journal_entry", "journal_seal")


@app.command()
@click.confirmation_option(
    prompt="Sign with a new key from now on? Tell everyone who trusts the present one."
)
def new_key() -> None:
    """Make a new signing key. What the old one signed stays verifiable by its public half."""
    from takatuf.journal import services
    from takatuf.kernel import clock

    with as_system("journal.key") as actor:
        made = services.change_key(actor=actor, now=clock.now())
    click.echo(f"new key: {made}")


@app.command()
@click.option("--to", type=file_path, help="Write them to this file.")
def public_keys(to: Path | None) -> None:
    """Print the public keys, to be handed to auditors by another way than the journal itself."""
    from django.conf import settings

    from takatuf.journal import keys

    write(to, keys.public_keys(settings.TAKATUF_HOME))
