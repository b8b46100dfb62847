"""What nobody may forget. Each promise is asked of the whole house; each checker is shown a fault that it must find."""

import importlib
import os
import shutil
import subprocess
import sys
import tomllib
from enum import StrEnum
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import ClassVar

import click
import pytest
from django.apps import apps
from django.conf import settings
from django.db import connections, models
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations import CreateModel
from django.db.migrations.state import ModelState, ProjectState
from django.http import HttpResponse
from django.test.utils import isolate_apps
from django.urls import get_resolver, path
from django.utils import translation

from config import roles
from config.cli import COMMANDS, cli
from config.reference import doors, law, walk, words
from config.ties import TIES
from takatuf.access.guards import needs, public
from takatuf.access.rules import Power, separate_duties_broken
from takatuf.kernel.actor import Actor
from takatuf.kernel.text import Text
from tests import architecture

HOUSE = architecture.house()

# Functions of services and selectors that need no actor: they touch no row that belongs to anybody.
WITHOUT_ACTOR: dict[str, str] = {
    "takatuf.access.services.check_role_fits": "of the pack, which is public",
    "takatuf.access.selectors.in_force": "a condition on time, not a reading",
    "takatuf.access.selectors.memberships": "asked at sign-in, before there is an actor: it makes one",
    "takatuf.access.selectors.powers_of": "of the pack, which is public",
    "takatuf.cases.imports.selectors.fits": "of the pack and a mapping, which are public",
    "takatuf.duties.services.due_time": "of the pack and the calendar, which are public",
    "takatuf.duties.services.note_aad": "the name of a place, not what stands there",
    "takatuf.journal.selectors.split": "bytes into hashes",
    "takatuf.kernel.selectors.calendar_of": "of the pack and the calendar, which are public",
    "takatuf.kernel.selectors.legal_calendar": "of the pack and the calendar, which are public",
    "takatuf.nation.services.known_until": "reads a folder of made-up people",
    "takatuf.statistics.selectors.home": "the name of a folder, not what is in it",
    "takatuf.people.selectors.latest": "arithmetic on what it is given",
}

# Tables with a column about people that every public servant's process may read.
OPEN_TABLES: dict[str, str] = {
    "access_user": "sign-in happens before anybody acts; its one personal column is a keyed token",
}

# Pages that are open to everybody. Each is a decision: it shows nothing of anybody.
OPEN_PAGES = {
    "healthz",
    "language/",
    "accounts/login/",
    "accounts/logout/",
    "accounts/inactive/",
    "accounts/2fa/authenticate/",
    "accounts/2fa/keys/login/",
    # Names that the library looks up; behind them is nothing.
    "accounts/signup/",
    "accounts/email/",
    "accounts/confirm-email/",
    "accounts/password/set/",
    "accounts/password/reset/",
    "accounts/login/code/confirm/",
}


def planted(**content: object) -> ModuleType:
    """A module with a fault in it."""
    module = ModuleType("takatuf.planted")
    for name, value in content.items():
        if hasattr(value, "__module__"):
            value.__module__ = module.__name__
        setattr(module, name, value)
    return module


def all_routes():
    importlib.import_module(settings.ROOT_URLCONF)
    return list(walk.routes(get_resolver().url_patterns))


# Pages and their guards


def test_every_page_says_who_may_open_it():
    assert architecture.unguarded(all_routes()) == []


def test_a_page_without_a_guard_is_found():
    def bare(request):
        return HttpResponse()

    routes = walk.routes([path("bare/", bare), path("open/", public(lambda request: HttpResponse()))])

    [complaint] = architecture.unguarded(routes)
    assert complaint.startswith("/bare/ opens") and "takatuf.access.guards" in complaint


def test_a_guard_is_seen_through_what_is_wrapped_around_it():
    [(_, view)] = walk.routes([path("x/", needs(Power.CASE_READ)(lambda request: HttpResponse()))])
    assert walk.guard_of(view) == "case.read"


def test_what_is_open_to_everybody_is_a_short_list():
    found = {address for address, view in all_routes() if walk.guard_of(view) == "public"}
    assert found <= OPEN_PAGES, "a page is open to everybody: if that is right, add it to OPEN_PAGES"


# Services and selectors


def test_every_service_and_selector_takes_the_actor():
    rooms = [*walk.modules("takatuf", "services"), *walk.modules("takatuf", "selectors")]
    functions = [one for module in rooms for one in architecture.public_functions(module)]

    assert architecture.without_actor(functions, WITHOUT_ACTOR) == []
    gone = set(WITHOUT_ACTOR) - {name for name, _ in functions}
    assert gone == set(), "these functions are gone: take them out of WITHOUT_ACTOR"


def test_a_deed_without_an_actor_is_found():
    def reveal(*, case_id: str) -> str:
        return case_id

    def _private(case_id: str) -> str:
        return case_id

    def for_job() -> Actor:
        raise NotImplementedError

    functions = architecture.public_functions(planted(reveal=reveal, _private=_private, for_job=for_job))

    [complaint] = architecture.without_actor(functions, {})
    assert complaint.startswith("takatuf.planted.reveal() does not take `actor`")


# Words


def test_every_state_and_refusal_has_words_in_both_languages():
    enums = walk.coded(walk.modules("takatuf"), "Reason", "Status", "State")
    assert architecture.wordless(enums, words.said) == []


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


def test_a_code_without_words_is_found():
    spoken = {Colour.RED: Text(ar="أحمر", en="red"), Colour.BLUE: Text(ar=" ", en="blue")}

    [complaint] = architecture.wordless([Colour], spoken.get)
    assert "Colour.BLUE has no words" in complaint and "takatuf/desk/words.py" in complaint
    assert len(architecture.wordless([Colour], lambda code: None)) == 2

    one_sided = architecture.wordless([Colour], lambda code: Text(ar="{what} أحمر", en="{how} red"))
    assert len(one_sided) == 2
    assert "tells other facts in Arabic" in one_sided[0]


def test_the_codes_of_a_module_are_recognised_by_their_name():
    class OtherReason(StrEnum):
        A = "a"

    class Kind(StrEnum):
        B = "b"

    module = planted(OtherReason=OtherReason, Kind=Kind)
    assert list(walk.coded([module], "Reason", "Status")) == [OtherReason]


# Transitions


def test_every_transition_table_mentions_every_state():
    tables = list(walk.transitions(walk.modules("takatuf")))
    assert {table.place for table in tables} >= {"takatuf.duties.rules.NEXT"}
    assert architecture.half_tables(walk.modules("takatuf")) == []


def test_a_forgotten_state_and_a_strange_one_are_found():
    module = planted(NEXT={Colour.RED: frozenset({"green"})})

    forgotten, strange = architecture.half_tables([module])
    assert "takatuf.planted.NEXT does not say what may follow" in forgotten and "BLUE" in forgotten
    assert "'green', which is no Colour" in strange


# Columns


def test_every_column_has_a_privacy_class():
    assert architecture.unclassified(walk.own_models()) == []


@isolate_apps("takatuf.kernel")
def test_a_column_without_a_class_is_found():
    class Thing(models.Model):
        shelter = models.TextField()
        colour = models.TextField()

        class Meta:
            app_label = "kernel"

        class Privacy:
            columns: ClassVar = {"id": "internal", "colour": "pink", "gone": "public"}
            statistics = ("id", "never")

    found = architecture.unclassified([Thing])
    assert len(found) == 4
    assert "kernel.Thing.shelter has no privacy class" in found[0]
    assert "names 'gone', which is no column" in found[1]
    assert "classed 'pink'" in found[2]
    assert "statistics lists 'never'" in found[3]


def test_statistics_reads_nothing_that_names_anybody():
    assert architecture.telling(walk.own_models()) == []


@isolate_apps("takatuf.kernel")
def test_a_telling_column_of_statistics_is_found():
    class Thing(models.Model):
        story = models.BinaryField()
        phone_2 = models.CharField(max_length=20)
        name_en = models.CharField(max_length=20)
        code = models.CharField(max_length=20)

        class Meta:
            app_label = "kernel"

        class Privacy:
            columns: ClassVar = {
                "story": "sensitive",
                "phone_2": "personal",
                "name_en": "public",
                "code": "personal",
            }
            statistics = ("story", "phone_2", "name_en", "code")

    first, second = architecture.telling([Thing])
    assert "'story'" in first and "'phone_2'" in second and "take it out" in first


@pytest.mark.django_db(databases=["default", "owner", "statistics"])
def test_the_database_lets_statistics_read_the_named_columns_and_no_other():
    _, _, statistics = roles.names()
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "SELECT table_name, column_name FROM information_schema.column_privileges WHERE grantee = %s",
            [statistics],
        )
        granted = set(cursor.fetchall())
    declared = {(name, column) for name, columns in roles.statistics_columns().items() for column in columns}
    assert granted == declared


def test_every_foreign_key_to_a_person_has_a_tie():
    from takatuf.people.models import Person

    assert architecture.untied(walk.own_models(), Person, TIES) == []


@isolate_apps("takatuf.kernel")
def test_an_untied_key_is_found():
    from takatuf.people.models import Person

    class Visit(models.Model):
        person = models.ForeignKey(Person, models.PROTECT, related_name="+")

        class Meta:
            app_label = "kernel"

    untied, gone = architecture.untied([Visit], Person, {"kernel.Gone.person": "move"})
    assert untied.startswith("kernel.Visit.person points at a person") and "config/ties.py" in untied
    assert "names kernel.Gone.person" in gone


@pytest.mark.django_db
def test_every_table_about_people_is_under_forced_row_security():
    tables = [model._meta.db_table for model in walk.own_models() if architecture.about_people(model)]
    with connections["default"].cursor() as cursor:
        cursor.execute(architecture.PROTECTION, [tables])
        secured = dict(cursor.fetchall())

    assert len(tables) > 5
    assert architecture.unprotected(tables, secured, OPEN_TABLES) == []
    assert not [table for table in OPEN_TABLES if secured.get(table)], (
        "secured by now: take it out of OPEN_TABLES"
    )


def test_an_open_table_about_people_is_found():
    [complaint] = architecture.unprotected(["a", "b", "c"], {"a": True, "b": False}, {"c": "a reason"})
    assert complaint.startswith("b holds people's data") and "row_security" in complaint


def test_every_policy_shown_in_the_reference_is_of_a_table_of_ours():
    from config.reference import database

    names = {model._meta.db_table for model in walk.own_models()}
    assert names >= set(database.policies()) >= {"cases_report", "people_person", "journal_entry"}


# Migrations


def test_the_migrations_say_what_the_models_say():
    loader = MigrationLoader(None)
    with translation.override(None):  # else a library's label in Arabic looks like a change
        wanted = ProjectState.from_apps(apps)
        assert architecture.unmigrated(loader.project_state(), wanted, loader.graph) == []


def test_a_model_without_a_migration_is_found():
    loader = MigrationLoader(None)
    wanted = loader.project_state()
    wanted.add_model(ModelState("kernel", "Forgotten", [("id", models.BigAutoField(primary_key=True))]))

    [complaint] = architecture.unmigrated(loader.project_state(), wanted, loader.graph)
    assert complaint == (
        f"kernel: no migration does “{CreateModel('Forgotten', []).describe()}”: takatuf db makemigrations kernel."
    )


# Powers


# Countries with every body; the others are as small as the one file that made them.
WHOLE = {"bh", "xx"}


def test_every_power_is_held_by_a_role_and_every_role_holds_what_exists():
    countries = {country.code: country for country in law.packs()}
    assert countries.keys() >= WHOLE
    for code, country in countries.items():
        roles_of = {role.code: role.powers for role in country.roles}
        assert architecture.unknown_powers(Power, roles_of) == [], code
        assert code not in WHOLE or architecture.unheld(Power, roles_of) == [], code


def test_no_role_holds_together_what_the_law_keeps_apart():
    for country in law.packs():
        for role in country.roles:
            assert separate_duties_broken(frozenset(role.powers)) == [], f"{country.code}: {role.code}"


def test_an_unheld_and_an_unknown_power_are_found():
    roles_of = {"clerk": ["a.do", "c.do"]}
    [unheld] = architecture.unheld(["a.do", "b.do"], roles_of)
    [unknown] = architecture.unknown_powers(["a.do", "b.do"], roles_of)
    assert "no role of the pack holds b.do" in unheld
    assert "role clerk names the power c.do" in unknown


# The console


def test_every_command_has_help():
    assert architecture.helpless("takatuf", cli) == []
    assert set(cli.list_commands(click.Context(cli))) == set(COMMANDS)


def test_a_command_without_help_is_found():
    @click.group(help="A group.")
    def top() -> None: ...

    @top.command()
    @click.option("--force", is_flag=True)
    def bare(force: bool) -> None:
        raise AssertionError(force)

    assert architecture.helpless("top", top) == [
        "`top bare` has no help: write its docstring.",
        "`top bare --force` has no help: say what it does with help=….",
    ]


def test_every_environment_variable_is_explained():
    read = {one.name for one in walk.variables(HOUSE)} - doors.OF_THE_SYSTEM
    assert architecture.undescribed(read, doors.VARIABLES) == []


def test_an_unexplained_variable_is_found(tmp_path):
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "some.py").write_text('import os\nx = os.environ.get("TAKATUF_X", "3")\n')

    assert walk.variables(tmp_path) == [("TAKATUF_X", "'3'")]
    unexplained, gone = architecture.undescribed(["TAKATUF_X"], {"TAKATUF_Y": "was something"})
    assert "TAKATUF_X is read" in unexplained and "TAKATUF_Y, which nothing reads" in gone


# Pages: two languages, two directions, nothing from elsewhere

# Pages that say everything twice.
BOTH_AT_ONCE = {"takatuf/desk/templates/500.html": "shown when nothing works, the choice of language neither"}


def of_pages(*endings: str) -> list[tuple[str, str]]:
    """(name, text) of what browsers are given, by the end of its name."""
    found = [
        one
        for folder in ("templates", "static")
        for one in sorted(HOUSE.glob(f"takatuf/**/{folder}/**/*"))
        if one.is_file() and one.name.endswith(endings) and "vendor" not in one.parts
    ]
    return [(str(one.relative_to(HOUSE)), one.read_text()) for one in found]


def test_every_word_of_a_page_is_in_both_languages():
    pages = dict(of_pages(".html"))
    spoken = {name: text for name, text in pages.items() if name not in BOTH_AT_ONCE}
    assert spoken
    assert BOTH_AT_ONCE.keys() <= pages.keys()
    assert [complaint for page in spoken.items() for complaint in architecture.raw_text(*page)] == []


UNTRANSLATED = """{% load i18n %}{# a comment in words #}
<h1>{% translate "Cases" %} · {{ total }}</h1>
{% blocktranslate trimmed %}
  all of this is <b>translated</b>
{% endblocktranslate %}
<p>Forgotten here</p> <code>takatuf seal</code> <script>let silent = "code"</script>
<img alt="a photograph" src="x.svg"> <input type="submit" value="Go on"> <input type="hidden" value="go on">
<a lang="en">English</a> <i>مرحبا</i>
"""


def test_words_in_one_language_are_found_with_their_line():
    found = architecture.raw_text("a.html", UNTRANSLATED)

    assert [complaint.split("”")[0] for complaint in found] == [
        "a.html:6 says “Forgotten here",
        "a.html:7 says “a photograph",
        "a.html:7 says “Go on",
        "a.html:8 says “مرحبا",
    ]
    assert "{% translate %}" in found[0]


def test_every_style_turns_with_the_page():
    sheets = of_pages(".css") + [(name, architecture.inline_styles(text)) for name, text in of_pages(".html")]
    assert [complaint for sheet in sheets for complaint in architecture.one_sided(*sheet)] == []


@pytest.mark.parametrize(
    ("css", "wrong"),
    [
        ("a { margin-left: 1rem }", "margin-left:"),
        ("a {\n  left : 0 }", "left :"),
        ("a { text-align: right; }", "text-align: right"),
        ("a { float:left }", "float:left"),
        ("a { border-top-left-radius: 2px }", "border-top-left-radius:"),
        ("a { border-right: 1px solid }", "border-right:"),
        ("a { margin-inline-start: 1rem; text-align: start; inset-inline-end: 0; --left: 3px }", None),
        ("/* margin-left: was here */ a { transform: translateX(var(--to-left)) }", None),
    ],
)
def test_a_physical_property_is_found(css, wrong):
    found = architecture.one_sided("a.css", css)
    assert (found == []) if wrong is None else (len(found) == 1 and f"“{wrong}”" in found[0])


def test_an_inline_style_is_read_too():
    source = '<p>\n<b style="padding-left: 3px">x</b>'
    [complaint] = architecture.one_sided("a.html", architecture.inline_styles(source))
    assert complaint.startswith("a.html:2 ")


def test_nothing_is_loaded_from_elsewhere():
    given = of_pages(".html", ".css", ".js", ".svg")
    assert [complaint for one in given for complaint in architecture.from_elsewhere(*one)] == []


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ('<script src="https://cdn.example.org/x.js"></script>', "https://cdn.example.org/x.js"),
        ("@import url(//fonts.example.org/plex.css);", "//fonts.example.org/plex.css"),
        ('fetch("wss://push.example.org/now")', "wss://push.example.org/now"),
        ('<svg xmlns="http://www.w3.org/2000/svg">', None),
        ("let a = 1 // a remark, e.g. this one", None),
        ("{% static 'desk/desk.css' %}", None),
    ],
)
def test_an_address_elsewhere_is_found(source, found):
    complaints = architecture.from_elsewhere("a", source)
    assert (
        (complaints == []) if found is None else (len(complaints) == 1 and f"names {found}:" in complaints[0])
    )


# No country in the code


def test_no_country_stands_in_the_code():
    files = [
        one
        for folder in ("takatuf", "config")
        for one in sorted((HOUSE / folder).rglob("*"))
        if one.suffix in {".py", ".html", ".css", ".js", ".yaml", ".txt"}
        and not {"tests", "node_modules", "vendor"} & set(one.parts)
    ]
    complaints = [
        complaint
        for one in files
        for complaint in architecture.of_one_country(str(one.relative_to(HOUSE)), one.read_text())
    ]
    assert len(files) > 100
    assert complaints == []


def test_a_country_in_the_code_is_found():
    source = 'zone = "Asia/Bahrain"\nmoney = "BHD"\nname = "البحرين"\nabhd = "fine"\n'
    found = architecture.of_one_country("a.py", source)
    assert [complaint.split()[0] for complaint in found] == ["a.py:1", "a.py:2", "a.py:3"]


# Floors and rooms: import-linter judges, here it is judged itself

# contract → (module, line that it must not have). Contracts of tables are broken from the desk, all alike.
WRONG_IMPORTS = {
    "floors": ("takatuf/stray/__init__.py", ""),
    "rooms": ("takatuf/duties/models.py", "from takatuf.duties import services as wrong"),
    "pure": ("takatuf/cases/imports/rules.py", "import django as wrong"),
    "nameless": ("takatuf/statistics/rules.py", "from takatuf.cases import selectors as wrong"),
    "house": ("takatuf/desk/apps.py", "import config.ties as wrong"),
}


def test_each_contract_of_imports_notices_a_wrong_import(tmp_path):
    contracts = {
        contract["id"]: contract
        for contract in tomllib.loads((HOUSE / "pyproject.toml").read_text())["tool"]["importlinter"][
            "contracts"
        ]
    }
    for folder in ("takatuf", "config"):
        shutil.copytree(
            HOUSE / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__", "static")
        )
    shutil.copy(HOUSE / "pyproject.toml", tmp_path)
    for contract, (name, line) in WRONG_IMPORTS.items():
        assert contract in contracts
        (tmp_path / name).parent.mkdir(exist_ok=True)
        with (tmp_path / name).open("a") as module:
            module.write(f"\n{line}\n")
    with (tmp_path / "takatuf/desk/apps.py").open("a") as module:
        for contract in contracts.values():
            for number, protected in enumerate(contract.get("protected_modules", ())):
                module.write(f"\nimport {protected} as wrong_{number}\n")

    linter = Path(sys.executable).parent / "lint-imports"
    said = subprocess.run(
        [linter, "--no-cache"], cwd=tmp_path, capture_output=True, text=True, check=False,
        env={**os.environ, "PYTHONPATH": str(tmp_path), "COLUMNS": "200"},
    )  # fmt: skip

    assert said.returncode == 1
    kept = [
        contract["name"] for contract in contracts.values() if f"{contract['name']} BROKEN" not in said.stdout
    ]
    assert kept == [], "these contracts noticed nothing"
    assert len(contracts) >= 11


# What the checkers stand on


def test_the_walk_sees_the_rooms_and_leaves_the_tests_out():
    names = {module.__name__ for module in walk.modules("takatuf")}
    assert {"takatuf.cases.services", "takatuf.cases.imports.rules", "takatuf.people.linkage.names"} <= names
    assert not [name for name in names if ".tests" in name or ".migrations" in name]
    assert SimpleNamespace(guard="signed_in").guard == walk.guard_of(SimpleNamespace(guard="signed_in"))
