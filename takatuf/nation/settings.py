"""The knobs of a synthetic nation.  Every share is an assumption; those with a published source say so."""

from dataclasses import dataclass

VERSION = 1

# What the aggressor is to the victim.  Shares follow the published table relation × direction of one half-year
# (husband→wife 473, wife→husband 185, brother→sister 76, parents→daughter 42, parents→son 35, children→mother 32 of
# 859; docs: domain §6); what the table leaves out is given a little.
RELATIONS = (
    ("husband", 0.525),
    ("wife", 0.185),
    ("brother_of_sister", 0.080),
    ("father_of_daughter", 0.032),
    ("mother_of_daughter", 0.014),
    ("father_of_son", 0.028),
    ("mother_of_son", 0.010),
    ("son_of_mother", 0.028),
    ("daughter_of_mother", 0.009),
    ("son_of_father", 0.010),
    ("brother_of_brother", 0.010),
    ("sister_of_sister", 0.006),
    ("father_in_law", 0.006),
    ("mother_in_law", 0.008),
    ("brother_in_law", 0.006),
    ("sister_in_law", 0.004),
    ("ex_husband", 0.028),
    ("ex_wife", 0.004),
    ("employer", 0.007),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Habits:
    """How a kind of agency hears and writes.  Shares between 0 and 1, of what it writes about the victim."""

    first: float  # weight of being the first to hear of an incident
    later: float  # chance of hearing of it too, once another body has
    delay_hours: float  # median time from incident to receipt
    latin: float = 0.05  # names written in Latin script only
    both: float = 0.05  # names written in both scripts
    parts: tuple[int, int] = (3, 5)  # fewest and most parts of a name
    number: float = 0.7
    birth: float = 0.7
    age: float = 0.5  # stated age, where the birth date is not known
    phone: float = 0.65
    anonymous: float = 0.0  # callers who give no name at all


HABITS = (
    ("police", Habits(first=0.40, later=0.18, delay_hours=6, parts=(4, 5), number=0.86, birth=0.86)),
    (
        "prosecution",
        Habits(first=0.05, later=0.22, delay_hours=110, parts=(4, 5), number=0.90, birth=0.88, phone=0.5),
    ),
    (
        "health",
        Habits(
            first=0.16,
            later=0.12,
            delay_hours=4,
            latin=0.72,
            both=0.12,
            parts=(2, 4),
            number=0.80,
            birth=0.85,
        ),
    ),
    ("social", Habits(first=0.09, later=0.10, delay_hours=200, number=0.62, birth=0.5, age=0.8, phone=0.8)),
    (
        "association",
        Habits(
            first=0.08,
            later=0.05,
            delay_hours=330,
            both=0.1,
            parts=(2, 4),
            number=0.35,
            birth=0.3,
            age=0.7,
            phone=0.85,
        ),
    ),
    (
        "hotline",
        Habits(
            first=0.14,
            later=0.04,
            delay_hours=9,
            parts=(1, 3),
            number=0.06,
            birth=0.04,
            age=0.6,
            phone=0.55,
            anonymous=0.3,
        ),
    ),
    (
        "education",
        Habits(first=0.04, later=0.03, delay_hours=40, latin=0.1, number=0.7, birth=0.8, phone=0.5),
    ),
    (
        "counselling",
        Habits(first=0.03, later=0.03, delay_hours=400, number=0.5, birth=0.5, age=0.7, phone=0.8),
    ),
    ("support", Habits(first=0.07, later=0.08, delay_hours=260, number=0.75, birth=0.7, age=0.8, phone=0.9)),
    (
        "child_protection",
        Habits(first=0.03, later=0.12, delay_hours=60, parts=(3, 4), number=0.7, birth=0.8, phone=0.6),
    ),
    ("shelter", Habits(first=0.01, later=0.03, delay_hours=30, parts=(2, 4), number=0.5, birth=0.5, age=0.8)),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Damage:
    """How often what is written is wrong.  Each is a share of the occasions on which it could be."""

    typo: float = 0.05  # a slip in a written name
    other_spelling: float = 0.35  # a Latin part not spelt as on the person's card
    swapped: float = 0.03  # family name first, in Latin
    no_hamza: float = 0.5  # أ إ آ written ا all over a name
    number_typo: float = 0.018
    number_of_relative: float = 0.008
    number_placeholder: float = 0.01  # a row of noughts instead of nothing
    birth_wrong: float = 0.02
    birth_first_of_january: float = 0.05  # only the year is known, and the form wants a day
    birth_year_only: float = 0.05
    phone_of_household: float = 0.05
    incident_undated: float = 0.06
    incident_month_only: float = 0.04
    duplicate: float = 0.04  # the same agency files the same thing twice


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """A nation of `people` persons over `years`.  `aggressor`: how much is known of him, of what is known of her."""

    people: int = 20_000
    years: int = 2
    foreign: float = 0.30  # share of persons from abroad, workers in households included
    divorced: float = 0.13  # marriages that end
    remarried: float = 0.30  # divorced men who marry again
    households_with_worker: float = 0.20
    incidents_a_year: float = 0.060  # per person
    unreported: float = 0.50  # incidents nobody hears of; fewer of the grave and of the repeated ones
    # By how much the agencies' use of the register grew over the years told: at first exp(-rising) of what they
    # file at last. 0: as much at first as at last.
    rising: float = 0.0
    relations: tuple[tuple[str, float], ...] = RELATIONS
    # How many incidents a pair has, and the share of pairs that have them: most one, a few very many.
    repeats: tuple[tuple[int, int, float], ...] = ((1, 1, 0.60), (2, 2, 0.18), (3, 5, 0.14), (6, 18, 0.08))
    months: tuple[float, ...] = (0.92, 0.90, 0.96, 0.98, 1.02, 1.10, 1.14, 1.12, 1.02, 0.98, 0.93, 0.93)
    weekend: float = 1.3  # how much likelier a day of the weekend is
    hours: tuple[float, ...] = (
        *(2.2, 1.6, 1.1, 0.6, 0.4, 0.4, 0.6, 0.8, 1.0, 1.0, 1.0, 1.1),
        *(1.3, 1.6, 1.8, 1.7, 1.7, 1.9, 2.3, 2.9, 3.4, 3.7, 3.6, 3.0),
    )
    habits: tuple[tuple[str, Habits], ...] = HABITS
    aggressor: float = 0.6
    aggressor_nameless: float = 0.03
    damage: Damage = Damage()
    duties_late: float = 0.16  # share of duties done after their time, by so many days on average
    late_days: float = 6.0
    duties_forgotten: float = 0.05  # share found again only after this many days, first to last
    forgotten_days: tuple[float, float] = (20.0, 190.0)
