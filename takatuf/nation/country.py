"""What a nation needs to know of its country, and the one place where it is read from the pack.

Lists of a pack have codes of their own; what a code means here is found by the meaning of its English name.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from takatuf.kernel.reference import Agency, Pack, Relation, Unit

from .settings import RELATIONS

REPORTING_POWER = "report.create"
DOING_POWER = "duty.do"
HEADQUARTERS = frozenset({"ministry", "secretariat"})  # kinds of units to which nobody comes with her story


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """A unit that takes reports, and the role in which it does; `area` empty: it serves the whole country."""

    unit: str
    agency: str
    kind: str
    area: str
    role: str
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Coded:
    """A list of the pack: all codes that may be used now, and those whose meaning is known here."""

    codes: tuple[str, ...] = ()
    known: Mapping[str, str] = field(default_factory=dict)  # meaning → code

    def get(self, meaning: str, default: str = "") -> str:
        return self.known.get(meaning, default)


@dataclass(frozen=True, slots=True, kw_only=True)
class Country:
    """A country as the nation sees it.  All codes are the pack's."""

    code: str
    version: str
    languages: tuple[str, ...]
    timezone: str
    weekend: tuple[int, ...]
    majority: int
    home: str
    foreign: tuple[str, ...]
    areas: tuple[tuple[str, tuple[int, ...]], ...]  # area → its blocks
    number_template: str
    phone_template: str
    phone_country: str
    relations: Mapping[str, str]  # kin as in Settings.relations → code of the relation
    forms: Coded
    severities: tuple[str, ...]  # from light to grave
    tools: Coded
    places: Coded
    channels: Coded
    reporters: Coded
    marital: Coded
    education: tuple[str, ...]  # from none to highest
    occupations: Coded
    offices: tuple[Office, ...]

    @property
    def language(self) -> str:
        return self.languages[0]


# --- From the pack ---------------------------------------------------------------------------------------------------

# Kin as in Settings.relations (before "_of_") → what the relation is called, its direction, the aggressor's sex.
_KIN: dict[str, tuple[str, str, str]] = {
    "husband": (r"^husband", "spouse", "male"),
    "wife": (r"^wife", "spouse", "female"),
    "ex_husband": (r"(former|ex|divorced).*husband", "other", "male"),
    "ex_wife": (r"(former|ex|divorced).*wife", "other", "female"),
    "father": (r"^father$", "parent_to_child", "male"),
    "mother": (r"^mother$", "parent_to_child", "female"),
    "son": (r"^son$", "child_to_parent", "male"),
    "daughter": (r"^daughter$", "child_to_parent", "female"),
    "brother": (r"^brother$", "sibling", "male"),
    "sister": (r"^sister$", "sibling", "female"),
    "father_in_law": (r"^father.in.law", "in_law", "male"),
    "mother_in_law": (r"^mother.in.law", "in_law", "female"),
    "brother_in_law": (r"^brother.in.law", "in_law", "male"),
    "sister_in_law": (r"^sister.in.law", "in_law", "female"),
    "employer": (r"employer|^other", "other", ""),
}
_MEANINGS: dict[str, dict[str, str]] = {
    "forms": {
        "physical": "physical",
        "psychological": "psycholog|emotional",
        "verbal": "verbal",
        "sexual": "sexual",
        "economic": "economic|financial",
        "neglect": "neglect",
    },
    "tools": {"hand": r"\bhands?\b|body|fist", "none": r"\bnone\b|no tool"},
    "places": {"home": "home|house|residence|dwelling"},
    "channels": {
        "phone": "phone|hotline|call",
        "person": "person|visit|desk|walk",
        "referral": "referr|transfer|letter",
        "online": "online|web|portal|app|electronic",
    },
    "reporter_kinds": {
        "victim": "victim|self",
        "family": "family|relative|kin",
        "neighbour": "neighbou?r",
        "medical": "doctor|medical|health|nurse|hospital",
        "teacher": "teacher|school|educat",
        "police": "police|officer|authority|prosecut|public servant",
        "anonymous": "anonym|unnamed",
    },
    "marital": {"single": "single|never|unmarried", "married": r"^married", "divorced": "divorc"},
    "occupations": {
        "student": "student|pupil",
        "retired": "retire|pension",
        "housewife": "house|homemaker",
        "unemployed": "unemploy|not working|jobless|seeking",
        "public": "public|government|civil serv",
        "private": "private|employee|company",
        "own": "self|own|business",
        "worker": "domestic",
    },
}
_NO_ANSWER = re.compile(r"unknown|other|not stated|none of", re.IGNORECASE)


def country_of(pack: Pack) -> Country:
    """What the nation needs of a pack; the only place that knows how a pack is built.

    Raises ValueError where the pack has no template for demo numbers or phones: no number may look like a person's.
    """
    about = pack.about
    if not about.personal_number.demo or not about.phone.demo:
        raise ValueError(
            f"pack {pack.code}: pack.yaml gives no `demo` template for personal numbers or phones"
        )
    return Country(
        code=pack.code,
        version=str(pack.version),
        languages=pack.languages,
        timezone=pack.timezone,
        weekend=pack.weekend,
        majority=pack.age_of_majority(on=about.dated),
        home=about.nationality_home,
        foreign=tuple(code for code in _answers(pack, "nationalities") if code != about.nationality_home),
        areas=_areas(pack),
        number_template=about.personal_number.demo,
        phone_template=about.phone.demo,
        phone_country=about.phone.country_code,
        relations={kin: _relation(pack, kin.partition("_of_")[0]) for kin, _ in RELATIONS},
        forms=_coded(pack, "forms"),
        severities=_answers(pack, "severities"),
        tools=_coded(pack, "tools"),
        places=_coded(pack, "places"),
        channels=_coded(pack, "channels"),
        reporters=_coded(pack, "reporter_kinds"),
        marital=_coded(pack, "marital"),
        education=_answers(pack, "education"),
        occupations=_coded(pack, "occupations"),
        offices=tuple(_offices(pack)),
    )


def _answers(pack: Pack, name: str) -> tuple[str, ...]:
    """Codes in use, in their order, without those that say "unknown" or "other"."""
    return tuple(
        item.code for item in pack.items(name) if item.retired is None and not _NO_ANSWER.search(item.en)
    )


def _coded(pack: Pack, name: str) -> Coded:
    """The first code in use whose English name has each meaning."""
    known: dict[str, str] = {}
    items = [item for item in pack.items(name) if item.retired is None]
    for meaning, pattern in _MEANINGS[name].items():
        found = next((item.code for item in items if re.search(pattern, item.en, re.IGNORECASE)), "")
        if found and found not in known.values():
            known[meaning] = found
    return Coded(codes=_answers(pack, name), known=known)


def _relation(pack: Pack, kin: str) -> str:
    """By its name; else by direction and sex; else nothing, which is "unknown"."""
    pattern, direction, sex = _KIN[kin]
    relations: list[Relation] = [one for one in pack.relations if one.retired is None]
    for one in relations:
        if re.search(pattern, one.en, re.IGNORECASE):
            return one.code
    return next(
        (one.code for one in relations if one.direction == direction and one.aggressor_sex in (sex, None)), ""
    )


def _areas(pack: Pack) -> tuple[tuple[str, tuple[int, ...]], ...]:
    blocks: dict[str, list[int]] = {area.code: [] for area in pack.areas if area.retired is None}
    for row in pack.blocks:
        if row.area in blocks:
            blocks[row.area] += range(row.first, row.last + 1)
    return tuple((area, tuple(numbers)) for area, numbers in blocks.items())


def _offices(pack: Pack) -> Iterator[Office]:
    """Units that may take reports, with the first role of their kind of agency that may."""
    for unit, agency, role in _fitting(pack, REPORTING_POWER):
        if unit.kind not in HEADQUARTERS:
            yield Office(
                unit=unit.code,
                agency=agency.code,
                kind=agency.kind,
                area=unit.area or "",
                role=role,
                name=unit.name.in_(pack.languages[0]),
            )


def doers(pack: Pack) -> Iterator[tuple[str, str]]:
    """(unit, role) of every unit that has a role which may do duties."""
    return ((unit.code, role) for unit, _, role in _fitting(pack, DOING_POWER))


def _fitting(pack: Pack, power: str) -> Iterator[tuple[Unit, Agency, str]]:
    """Units in use with the first role of their kind of agency that has the power."""
    for unit in pack.units:
        agency = pack.item("agencies", unit.agency)
        if agency is None or unit.retired is not None:
            continue
        role = next(
            (
                role.code
                for role in pack.roles
                if power in role.powers and (not role.agency_kinds or agency.kind in role.agency_kinds)
            ),
            "",
        )
        if role:
            yield unit, agency, role
