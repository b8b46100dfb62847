"""The house around the code: what is locked, what is said, what leaks, what the documents promise."""

import ast
import importlib
import json
import re
import subprocess
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import pytest
from django.db.models import Model
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from pydantic import BaseModel

from config import messages, reference
from tests import architecture

HOUSE = architecture.house()
PYPROJECT = (HOUSE / "pyproject.toml").read_text()


def git(*arguments: str) -> list[str]:
    done = subprocess.run(["git", *arguments], cwd=HOUSE, capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


def tracked() -> list[Path]:
    """Files that git holds, or would: what leaves this machine."""
    return [HOUSE / name for name in git("ls-files", "--cached", "--others", "--exclude-standard")]


def text_of(path: Path) -> str:
    """The text of a file; empty when it is none, or gone since git was asked."""
    try:
        return path.read_text()
    except (UnicodeDecodeError, FileNotFoundError):
        return ""


# Dependencies

PIN = re.compile(r"^([A-Za-z0-9_.-]+)(?:\[[^\]]*\])?==([^\s;\\]+)")


def unlocked(pyproject: str, lock: str) -> list[str]:
    """Dependencies that the lock forgets or pins outside their bounds, and pins without a hash."""
    project = tomllib.loads(pyproject)["project"]
    wanted = [
        Requirement(line) for line in (*project["dependencies"], *project["optional-dependencies"]["dev"])
    ]
    pins: dict[str, list[str]] = {}
    bare = []
    for block in re.split(r"\n(?=[A-Za-z])", lock):
        if match := PIN.match(block):
            pins.setdefault(canonicalize_name(match[1]), []).append(match[2])
            if "--hash=sha256:" not in block:
                bare.append(f"requirements.lock pins {match[1]} without a hash: make lock")
    missing = [
        f"requirements.lock does not pin {one.name} within {one.specifier}: make lock"
        for one in wanted
        if not any(one.specifier.contains(version) for version in pins.get(canonicalize_name(one.name), ()))
    ]
    return missing + bare


def test_the_lock_agrees_with_the_project():
    assert unlocked(PYPROJECT, (HOUSE / "requirements.lock").read_text()) == []


def test_a_lock_that_lags_behind_is_found():
    project = '[project]\ndependencies = ["a>=2", "b"]\noptional-dependencies = {dev = ["c[x]>=1"]}\n'
    lock = "a==1.9 \\\n    --hash=sha256:00\nB==1\n    # via x\nc[x]==1.0 \\\n    --hash=sha256:00\n"

    outdated, bare = unlocked(project, lock)
    assert "does not pin a within >=2" in outdated
    assert "pins B without a hash" in bare


def test_every_dependency_says_why_we_have_it():
    assert architecture.unexplained(PYPROJECT) == []
    package = json.loads((HOUSE / "package.json").read_text())
    assert package["reasons"].keys() == package["dependencies"].keys() | package["devDependencies"].keys()
    assert all(package["reasons"].values())


def test_a_dependency_without_a_reason_is_found():
    project = 'dependencies = [\n    "a>=1",  # a reason\n    "b[x]>=1,<2",\n]\ndev = [\n    "c", #\n]\n'
    assert [complaint.split()[1] for complaint in architecture.unexplained(project)] == ["b", "c"]


# What must not leave

FORBIDDEN = {
    r"pypi\.org|pythonhosted\.org|npmjs\.(?:org|com)|index-url\s*=": "the host of a package registry",
    r"(?<![\w.])/(?:work|root|home/[a-z]\w*)/": "a path of one machine",
    r"BEGIN [A-Z ]*PRIVATE KEY": "a private key",
}
HERE = "tests/test_house.py"  # which has to say what it looks for


def leaks(name: str, text: str) -> list[str]:
    """What belongs to one machine or one network and stands in a file of the repository."""
    return [
        f"{name}:{line} holds {what} ({match[0]}): take it out."
        for line, words in enumerate(text.splitlines(), 1)
        for pattern, what in FORBIDDEN.items()
        for match in re.finditer(pattern, words)
    ]


def test_nothing_of_a_machine_or_a_registry_is_in_the_repository():
    found = {str(one.relative_to(HOUSE)): text_of(one) for one in tracked()}
    assert len(found) > 200
    assert [leak for name, text in found.items() if name != HERE for leak in leaks(name, text)] == []


@pytest.mark.parametrize(
    "text",
    [
        "url = https://pypi.org/simple",
        "see /work/x/y",
        "-----BEGIN RSA PRIVATE KEY-----",
        "cache in /home/somebody/x",
    ],
)
def test_a_leak_is_found(text):
    assert len(leaks("a", f"first\n{text}\n")) == 1
    assert leaks("a", "first\n") == []


# The two commands


def test_the_readme_has_exactly_the_two_commands():
    blocks = re.findall(r"^```\w*\n(.*?)^```$", (HOUSE / "README.md").read_text(), re.MULTILINE | re.DOTALL)
    assert blocks == ["make run\nmake test\n"]


def test_the_makefile_keeps_its_promises():
    makefile = (HOUSE / "Makefile").read_text()
    targets = set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE))
    assert targets >= {"run", "test", "check", "fix", "slow", "bench", "lock"}
    phony = re.search(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)
    assert phony is not None
    assert targets <= set(phony[1].split()), "a target that is no file belongs into .PHONY"


def test_ci_runs_what_everybody_runs():
    assert (HOUSE / ".ci" / "run").read_text().rstrip().endswith("\nmake test")


def test_what_begins_with_an_interpreter_may_be_run():
    modes = {line.split("\t")[1]: line.split()[0] for line in git("ls-files", "--stage")}
    scripts = {name for name in modes if text_of(HOUSE / name).startswith("#!")}
    assert scripts >= {".ci/run", "tools/setup.sh", "tools/verify_journal.py"}
    wrong = {name for name in modes if (modes[name] == "100755") != (name in scripts)}
    assert wrong == set(), "git update-index --chmod=+x (or -x) these"


# The documents


LINK = re.compile(r"(?<!`)\]\((?!https?:|mailto:|#)([^)\s#]+)")


def test_every_link_of_the_documents_leads_somewhere():
    dead = [
        f"{page.relative_to(HOUSE)}: {target}"
        for page in tracked()
        if page.suffix == ".md"
        for target in LINK.findall(text_of(page))
        if not (page.parent / target).exists()
    ]
    assert dead == []


def test_every_test_that_a_document_names_exists():
    defined = set(re.findall(r"def (test_\w+)", "".join(map(text_of, HOUSE.glob("**/tests/**/*.py")))))
    promised = set(
        re.findall(r"`(?:[\w/.]+::)?(test_\w+)(…?)`", (HOUSE / "docs/explanation/security.md").read_text())
    )
    assert len(promised) > 5
    lost = [
        name
        for name, cut in promised
        if not any(one == name or (cut and one.startswith(name)) for one in defined)
    ]
    assert lost == [], "docs/explanation/security.md names tests that are gone"


def test_every_file_that_security_names_exists():
    text = (HOUSE / "docs/explanation/security.md").read_text()
    named = re.findall(r"`((?:[\w*]+/)+[\w*]+\.py)(?:::\w+…?)?`", text)
    assert named
    assert [one for one in named if not ([*HOUSE.glob(one)] or [*(HOUSE / "takatuf").glob(one)])] == []


def test_every_decision_that_is_named_exists():
    there = {path.name[:4] for path in (HOUSE / "docs/adr").glob("0*.md")}
    named = {
        number
        for path in tracked()
        if path.suffix in {".py", ".sh", ".toml", ".md"}
        for number in re.findall(r"docs/adr/(\d{4})", text_of(path))
    }
    assert named
    assert named <= there


# The generated pages


def test_the_pages_are_written_once_and_then_left_alone(tmp_path):
    assert set(reference.build(tmp_path)) == {"README.md", *reference.PAGES}
    assert reference.differences(tmp_path) == []

    (tmp_path / "ties.md").write_text("something else")
    (tmp_path / "stray.md").write_text("nobody writes this")
    (tmp_path / "roles.md").unlink()

    assert reference.differences(tmp_path) == ["roles.md", "stray.md", "ties.md"]
    assert reference.build(tmp_path) == ["roles.md", "stray.md", "ties.md"]
    assert reference.differences(tmp_path) == []
    assert not (tmp_path / "stray.md").exists()


def test_the_pages_say_what_the_code_says():
    pages = reference.written()
    assert "open --> done" in pages["states.md"]
    assert "| `cases.Report.victim` | stay |" in pages["ties.md"]
    assert "NOT EXISTS (SELECT 1 FROM access_lock" in pages["tables.md"]
    assert "takatuf journal export" in pages["console.md"]
    assert "`TAKATUF_HOME`" in pages["settings.md"]
    assert all(str(HOUSE) not in page for page in pages.values())


# Words


def glossary() -> Iterator[tuple[str, str, str, str]]:
    for line in (HOUSE / "GLOSSARY.md").read_text().splitlines():
        cells = [cell.strip() for cell in line.split("|")[1:-1]]
        if len(cells) == 4 and cells[1] not in {"English", "---"}:
            yield cells[0], cells[1], cells[2].strip("`"), cells[3]


def resolve(name: str) -> Any:
    """What a dotted name below takatuf/ stands for: a package, module, class, member, field or function."""
    parts = name.split(".")
    for length in range(len(parts), 0, -1):
        try:
            found: Any = importlib.import_module(".".join(["takatuf", *parts[:length]]))
        except ModuleNotFoundError:
            continue
        for part in parts[length:]:
            found = _part(found, part)
        return found
    raise LookupError(name)


def _part(owner: Any, name: str) -> Any:
    if isinstance(owner, type) and issubclass(owner, Model):
        if name in {field.name for field in owner._meta.get_fields()}:
            return name
    elif (isinstance(owner, type) and issubclass(owner, BaseModel) and name in owner.model_fields) or (
        is_dataclass(owner) and name in {field.name for field in fields(owner)}
    ):
        return name
    return getattr(owner, name)


def test_the_glossary_names_what_is_in_the_code():
    terms = list(glossary())
    assert len(terms) > 250
    assert all(arabic and english for arabic, english, _, _ in terms)
    named = [code for _, _, code, _ in terms if code]
    assert len(named) > 50
    for name in named:
        resolve(name)
    with pytest.raises(AttributeError):
        resolve("cases.models.Case.murderer")


# What the glossary calls otherwise. Court words stay court words: they are in the packs.
NOT_SAID = {
    "قضية": "الحالة",
    "قضايا": "الحالات",
    "ضحية": "المعتدى عليه / المعتدى عليها",
    "ضحايا": "المعتدى عليهم",
    "الجاني": "المعتدي",
    "المعنف": "المعتدي",
    "العنف المنزلي": "العنف الأسري",
    "الملجأ": "دار الإيواء",
    "المأوى": "دار الإيواء",
    "تاريخ الولادة": "تاريخ الميلاد",
    "رقم الهوية": "الرقم الشخصي",
    "الرقم السكاني": "الرقم الشخصي",
    "الرقم القومي": "الرقم الشخصي",
    "أمر التقييد": "أمر الحماية",
    "الاعتداء الجسدي": "الإيذاء الجسدي",
    "الاعتداء الجنسي": "الإيذاء الجنسي",
    "إحصاءات": "الإحصائيات",
    "الحجر": "العزل",
    "كلمة السر": "كلمة المرور",
}
ARABIC = re.compile("[\u0621-\u064a]")
MARKS = re.compile("[\u064b-\u0652\u0640]")  # vowels and stretching


def misnamed(place: str, text: str) -> list[str]:
    """Arabic words that stand for a term of the glossary and are not it."""
    bare = MARKS.sub("", text)
    return [
        f"{place} says «{word}»: the glossary says «{term}»."
        for word, term in NOT_SAID.items()
        if word in bare
    ]


def arabic_of_the_house() -> Iterable[tuple[str, str]]:
    """(place, text) of every Arabic text that the code says."""
    for message in messages.catalogue():
        strings = message.string if isinstance(message.string, (list, tuple)) else [message.string]
        yield from ((f"locale: {message.id!r}", text or "") for text in strings)
    for path in sorted(
        (*HOUSE.glob("takatuf/**/*.py"), *HOUSE.glob("config/**/*.py"), *HOUSE.glob("tools/*.py"))
    ):
        if {"tests", "nation", "linkage"} & set(path.parts):  # what people write is not what we say
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and ARABIC.search(node.value):
                yield f"{path.relative_to(HOUSE)}:{node.lineno}", node.value
    for path in (*HOUSE.glob("takatuf/**/templates/**/*.html"), HOUSE / "README.md"):
        yield str(path.relative_to(HOUSE)), path.read_text()


def test_the_pages_speak_the_words_of_the_glossary():
    texts = list(arabic_of_the_house())
    assert len(texts) > 100
    assert [complaint for place, text in texts for complaint in misnamed(place, text)] == []


def test_another_word_is_found():
    assert misnamed("a", "افتح القضيّة") == ["a says «قضية»: the glossary says «الحالة»."]
    assert misnamed("a", "افتح الحالة") == []


def test_the_glossary_does_not_say_what_it_forbids():
    terms: Mapping[str, str] = {english: arabic for arabic, english, _, _ in glossary()}
    court = {"Case (court)", "Archive the case", "Judicial Committee for Childhood"}
    assert [
        complaint
        for english, arabic in terms.items()
        if english not in court
        for complaint in misnamed(english, arabic)
    ] == []
