"""The declarations and packs that ship, and the real files where they are at hand."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.conf import settings

from takatuf.access import services as access
from takatuf.access.rules import Power, separate_duties_broken
from takatuf.cases.imports import mapping, selectors, services
from takatuf.cases.imports.models import ImportRun
from takatuf.cases.models import Report
from takatuf.kernel import reference
from takatuf.kernel.actor import Actor, system
from takatuf.kernel.context import acting
from takatuf.people.models import Person
from tests.cast import ADMINISTRATION, NOON

from .files import packed

PACKS = Path(settings.BASE_DIR) / "packs"
SHIPPED = {"gt": "guatemala_vif", "ar": "argentina_linea144"}
DATA = Path(os.environ.get("TAKATUF_DATA") or Path(settings.BASE_DIR).parent / "shared" / "data")
GUATEMALA = DATA / "guatemala_vif" / "vif_2009_2010_2011_2016.csv.gz"
ARGENTINA = DATA / "argentina_linea144" / "linea144_2020_2023H1.csv.gz"
SEE_ALL = system("tests")


def needs(path: Path) -> pytest.MarkDecorator:
    why = f"{path.name} is not at hand: set TAKATUF_DATA to the folder of the public data sets"
    return pytest.mark.skipif(not path.exists(), reason=why)


@contextmanager
def instance(code: str) -> Iterator[Actor]:
    """An instance of that country, and a clerk of the agency whose file it is."""
    country = reference.load(PACKS / code)
    with reference.override(country), acting(ADMINISTRATION):
        access.load_pack(actor=ADMINISTRATION, now=NOON)
        loaded = declaration(code)
        assert loaded.mapping.agency is not None
        yield services.clerk(actor=ADMINISTRATION, agency=loaded.mapping.agency)


def declaration(code: str) -> mapping.Loaded:
    return mapping.load(PACKS / "mappings" / f"{SHIPPED[code]}.yaml")


@pytest.mark.parametrize("code", SHIPPED)
def test_pack_and_declaration_fit_each_other(code: str) -> None:
    country = reference.load(PACKS / code, powers=frozenset(Power))
    loaded = declaration(code).mapping

    assert country.code == code == loaded.pack
    assert country.item("agencies", loaded.agency or "")
    assert loaded.units() - {""} <= {unit.code for unit in country.units}
    unknown = [
        f"{name}: {value}"
        for name, values in loaded.outputs().items()
        for value in values
        if country.item(name, value) is None
    ]
    assert not unknown
    assert not [role.code for role in country.roles if separate_duties_broken(frozenset(role.powers))]


@pytest.mark.parametrize("path", sorted((PACKS / "mappings").glob("*.yaml")), ids=lambda path: path.stem)
def test_every_declaration_that_ships_is_without_mistake(path: Path) -> None:
    assert mapping.load(path).mapping.mapping == path.stem


def bring_in(actor: Actor, path: Path, code: str) -> ImportRun:
    run = services.start(actor=actor, path=path, loaded=declaration(code), now=NOON)
    return services.carry_on(actor=actor, run_id=run.pk, path=path, tick=lambda: NOON)


def head(path: Path, rows: int, to: Path) -> Path:
    import gzip

    with gzip.open(path, "rt", encoding="utf-8") as lines:
        to.write_text(
            "".join(line for _, line in zip(range(rows + 1), lines, strict=False)), encoding="utf-8"
        )
    return packed(to)


@needs(GUATEMALA)
@pytest.mark.django_db
def test_the_first_rows_of_guatemalas_register(tmp_path: Path) -> None:
    path = head(GUATEMALA, 2_000, tmp_path / "head.csv")
    with instance("gt") as clerk:
        run = bring_in(clerk, path, "gt")

        assert (run.rows_in_file, run.created, run.quarantined) == (2_000, 1_999, 1)
        with acting(clerk):
            refused = selectors.rows(clerk, run_id=run.pk).get()
            assert (refused.line, refused.reason) == (1_496, "incident_after_receipt")
        with acting(SEE_ALL):
            assert Person.objects.filter(anonymous=True).count() == 2 * 1_999, "nobody is joined to anybody"
            first = Report.objects.get(external_ref=f"{bytes(run.file_digest).hex()[:16]}-1")
            assert (first.agency, first.victim_age, first.relation, first.incident_area) == (
                "MP", 11, "FAT", "GT-01",
            )  # fmt: skip
            assert (first.forms, first.victim_sex, first.aggressor_age) == (["PHY", "SEX"], "female", 58)
            assert (first.incident_on, first.reported_before) == (
                first.received_at.date().replace(day=18),
                "unknown",
            )


@needs(ARGENTINA)
@pytest.mark.django_db
def test_the_first_rows_of_argentinas_helpline(tmp_path: Path) -> None:
    path = head(ARGENTINA, 2_000, tmp_path / "head.csv")
    with instance("ar") as clerk:
        run = bring_in(clerk, path, "ar")
        assert run.created + run.quarantined == run.rows_in_file == 2_000
        assert run.proof and run.proof["adds_up"]
        with acting(SEE_ALL):
            first = Report.objects.get(external_ref=f"{bytes(run.file_digest).hex()[:16]}-1")
        assert (first.victim_area, first.relation, first.forms) == ("AR-T", "PAR", ["PHY", "PSY"])
        assert first.victim_age is None, "unknown is never zero"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("code", "path", "rows"),
    [
        pytest.param("gt", GUATEMALA, 128_188, marks=needs(GUATEMALA)),
        pytest.param("ar", ARGENTINA, 89_540, marks=needs(ARGENTINA)),
    ],
)
@pytest.mark.django_db
def test_the_whole_file_is_accounted_for(code: str, path: Path, rows: int) -> None:
    with instance(code) as clerk:
        run = bring_in(clerk, path, code)
        assert run.rows_in_file == run.created + run.quarantined == rows
        assert run.proof and run.proof["adds_up"]
        assert run.quarantined < rows // 100
        assert bring_in(clerk, path, code).created == 0
