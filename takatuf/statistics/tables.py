"""The closed list of tables, made from the country's lists: what the cube is asked, and how it is laid out."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise

from takatuf.access.rules import Power
from takatuf.kernel.dates import MONTHS
from takatuf.kernel.reference import Named, Pack
from takatuf.kernel.text import Text

from .country import OLDEST, Band, Definitions
from .cube.definition import TOTAL, Column, Dimension, Member, Pick, Table, Unit
from .rules import Month, Name, Period

SEXES = {
    "female": Text(ar="أنثى", en="female"),
    "male": Text(ar="ذكر", en="male"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """What the definitions are made from: the country, what it says of tables, which codes occur, the period."""

    country: Pack
    definitions: Definitions
    codes: Mapping[str, frozenset[str]]
    period: Period


def table(name: Name, source: Source) -> Table:
    match name:
        case Name.VICTIMS:
            return Table(code=name, unit=Unit.VICTIM, dimensions=(forms(source), ages(source), areas(source)))
        case Name.AGENCIES:
            return Table(
                code=name,
                unit=Unit.REPORT,
                dimensions=(agencies(source), months(source)),
                gaps=frozenset(unheard(source)),
            )
        case Name.RELATIONS:
            return Table(code=name, unit=Unit.PAIR, dimensions=(directions(source), severities(source)))


# --- Dimensions ---------------------------------------------------------------------------------------------------


def forms(source: Source) -> Dimension:
    """Forms of violence, each with its sub-forms within it and once more below it."""
    known = source.country.forms
    members = []
    for form in known:
        if form.parent is None:
            below = [other for other in known if other.parent == form.code]
            members.append(_member(form, covers=(form.code, *(other.code for other in below))))
            members += [_member(other, depth=1) for other in below]
    members += _strangers(source, "forms", known)
    return Dimension(code="form", columns=(Column.FORM,), pick=Pick.EACH, members=tuple(members))


def ages(source: Source) -> Dimension:
    """Age when the violence was reported, in bands."""
    bands = source.definitions.age_bands
    ends = [after.first - 1 for _, after in pairwise(bands)] + [OLDEST]
    members = tuple(
        Member(
            code=f"{band.first}-{end}" if end < OLDEST else f"{band.first}+",
            text=_ages_text(band, end),
            covers=tuple(map(str, range(band.first, end + 1))),
        )
        for band, end in zip(bands, ends, strict=True)
    )
    return Dimension(code="age", columns=(Column.AGE,), pick=Pick.FIRST, members=members)


def _ages_text(band: Band, end: int) -> Text:
    if end < OLDEST:
        # In words: a dash between two numbers reads from the other side in a line of Arabic.
        return Text(band.ar or f"{band.first} إلى {end}", band.en or f"{band.first}–{end}")
    return Text(band.ar or f"{band.first} فأكثر", band.en or f"{band.first} and over")


def areas(source: Source) -> Dimension:
    """The area she lives in."""
    return _coded("area", Column.AREA, Pick.FIRST, source, "victim_area", source.country.areas)


def agencies(source: Source) -> Dimension:
    """The agency that took the report. Whoever may report is shown, the others where they did."""
    found = _coded("agency", Column.AGENCY, Pick.EACH, source, "agency", source.country.agencies)
    kinds = {agency.code: agency.kind for agency in source.country.agencies}
    taking = reporting_kinds(source.country)
    members = (
        replace(member, always=member.always and kinds.get(member.code) in taking) for member in found.members
    )
    return replace(found, members=tuple(members), certain=True)


def reporting_kinds(country: Pack) -> frozenset[str]:
    """Kinds of agencies in which somebody may take a report."""
    roles = [role for role in country.roles if Power.REPORT_CREATE in role.powers]
    if any(not role.agency_kinds for role in roles):
        return frozenset(agency.kind for agency in country.agencies)
    return frozenset(kind for role in roles for kind in role.agency_kinds)


def severities(source: Source) -> Dimension:
    """The gravest injury that any report of the pair names."""
    listed = source.country.items("severities")
    return _coded("severity", Column.SEVERITY, Pick.GRAVEST, source, "severity", listed)


def months(source: Source) -> Dimension:
    """The month of receipt."""
    members = tuple(
        Member(code=str(month), text=month_text(month, short=True), covers=(str(month),))
        for month in source.period.months()
    )
    return Dimension(code="month", columns=(Column.MONTH,), pick=Pick.EACH, members=members, certain=True)


def month_text(month: Month, *, short: bool = False) -> Text:
    """The month by its name; `short` for the head of a column."""
    name = MONTHS[month.month - 1]
    return Text(f"{name.ar} {month.year}", f"{name.en[:3] if short else name.en} {month.year}")


def directions(source: Source) -> Dimension:
    """Who to whom: the relation of the aggressor, and the sex of the victim.

    Those the country names in its figures are always shown, even at zero; the others where they occur.
    """
    named = {(one.relation, str(one.victim_sex)): one for one in source.definitions.directions}
    relations = (*source.country.relations, *_lost(source, "relation", source.country.relations))
    members = []
    for relation in relations:
        for sex in SEXES:
            one = named.get((relation.code, sex))
            members.append(
                Member(
                    code=f"{relation.code}_{sex}",
                    text=one.name if one else _direction_text(relation, sex),
                    covers=(f"{relation.code}:{sex}",),
                    always=one is not None and one.always,
                )
            )
        members.append(
            Member(
                code=f"{relation.code}_unknown",
                text=Text(
                    f"{relation.name.ar}: جنس المعتدى عليه غير معروف",
                    f"{relation.name.en}: victim's sex not known",
                ),
                covers=(f"{relation.code}:",),
                always=False,
            )
        )
    # As published: what is named first, in its order; then the rest by relation.
    order = {f"{relation}_{sex}": place for place, (relation, sex) in enumerate(named)}
    members.sort(key=lambda member: order.get(member.code, len(order)))
    return Dimension(
        code="direction", columns=(Column.RELATION, Column.SEX), pick=Pick.FIRST, members=tuple(members)
    )


def _direction_text(relation: Named, sex: str) -> Text:
    return Text(f"{relation.name.ar} ← {SEXES[sex].ar}", f"{relation.name.en} → {SEXES[sex].en}")


def unheard(source: Source) -> Iterator[tuple[str, str]]:
    """(agency, month) of which nothing is known: the agency took no part, or has not sent a single report yet."""
    for agency in source.country.agencies:
        if agency.code not in source.codes.get("agency", frozenset()):
            yield agency.code, TOTAL
            yield from ((agency.code, str(month)) for month in source.period.months())
            continue
        for month in source.period.months():
            begins, ends = agency.valid_from, agency.valid_to
            if (begins is not None and month.last < begins) or (ends is not None and month.first > ends):
                yield agency.code, str(month)


def _coded(
    code: str, column: Column, pick: Pick, source: Source, kind: str, listed: Iterable[Named]
) -> Dimension:
    items = list(listed)
    members = (*(_member(item) for item in items), *_strangers(source, kind, items))
    return Dimension(code=code, columns=(column,), pick=pick, members=members)


def _member(item: Named, *, covers: tuple[str, ...] = (), depth: int = 0) -> Member:
    return Member(
        code=item.code,
        text=item.name,
        covers=covers or (item.code,),
        depth=depth,
        always=item.retired is None,
    )


def _strangers(source: Source, kind: str, listed: Iterable[Named]) -> list[Member]:
    return [_member(item) for item in _lost(source, kind, listed)]


def _lost(source: Source, kind: str, listed: Iterable[Named]) -> list[Named]:
    """Codes that occur and that the list no longer has: under their own name, so that nothing goes blank."""
    unknown = source.codes.get(kind, frozenset()) - {item.code for item in listed}
    return [Named.model_construct(code=code, ar=code, en=code) for code in sorted(unknown)]
