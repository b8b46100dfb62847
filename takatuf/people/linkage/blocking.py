"""Which pairs are compared in the national re-link: those that share a composite, and the SQL of guards over pairs."""

from .levels import NEAR, TURNED
from .tokens import MOST_SHARED, Kind

RULES = tuple(Kind)


def settings_rules() -> list[dict[str, str]]:
    return [{"blocking_rule": f"l.t_{kind} = r.t_{kind}"} for kind in RULES]


def without_frequent(table: str, *, hashed: str = "number") -> str:
    """SELECT of a features table in which a composite that too many share is null."""
    value = "hash('{kind}', t_{kind})" if hashed == "number" else "t_{kind}"
    columns = ", ".join(
        f"CASE WHEN t_{kind} IS NOT NULL AND count(*) OVER (PARTITION BY t_{kind}) <= {MOST_SHARED}"
        f" THEN {value.format(kind=kind)} END AS t_{kind}"
        for kind in RULES
    )
    kept = ", ".join(f"t_{kind}" for kind in RULES)
    return f"SELECT * EXCLUDE ({kept}), {columns} FROM {table}"  # noqa: S608 - our own constants


_SAME_NUMBER = "(number_l <> '' AND number_l = number_r)"
_SAME_BIRTH = "(birth_l <> '' AND birth_l = birth_r)"
_ALIKE = "(given_l <> '' AND (given_l = given_r OR list_has_any(given_keys_l, given_keys_r)))"
_NEAR = f"({NEAR.format(name='given')})"
_MOVED = "(list_has_any(given_keys_l, part_keys_r) OR list_has_any(given_keys_r, part_keys_l))"
_TWO_NAMES = "(given_known_l AND given_known_r)"
_APART = "abs(year_l - year_r)"
# As in guards.py, over two rows side by side; a test asks both about thousands of pairs. Roles stand in no table:
# they are asked when persons grow.
GUARDED = f"""(
    (given_l <> '' AND given_r <> '' AND NOT {_ALIKE} AND NOT ({TURNED}) AND CASE
        WHEN {_NEAR} THEN {_TWO_NAMES} AND NOT ({_SAME_NUMBER} OR {_SAME_BIRTH})
        WHEN {_MOVED} THEN NOT {_SAME_BIRTH}
        WHEN {_TWO_NAMES} THEN NOT ({_SAME_NUMBER} AND {_SAME_BIRTH})
        ELSE NOT ({_SAME_NUMBER} OR {_SAME_BIRTH}) END)
    OR (number_l <> '' AND number_r <> '' AND number_l <> number_r AND damerau_levenshtein(number_l, number_r) > 1
        AND NOT ((number_odd_l OR number_odd_r) AND {_SAME_BIRTH} AND {_ALIKE}))
    OR (sex_l <> '' AND sex_r <> '' AND sex_l <> sex_r AND NOT ({_ALIKE} AND ({_SAME_NUMBER} OR {_SAME_BIRTH})))
    OR (year_l IS NOT NULL AND year_r IS NOT NULL
        AND {_APART} > CASE WHEN year_exact_l AND year_exact_r THEN 1 ELSE 2 END
        AND NOT ({_ALIKE} AND ({_SAME_NUMBER} OR (birth_l <> '' AND birth_r <> '' AND {_APART} = 10
            AND substr(birth_l, 6) = substr(birth_r, 6)))))
    OR (given_l <> '' AND given_r <> '' AND given_l <> given_r AND {_TWO_NAMES} AND NOT {_SAME_NUMBER}
        AND (script_l = script_r OR NOT {_ALIKE})
        AND list_has_any(family_keys_l, family_keys_r)
        AND ((area_l <> '' AND area_l = area_r) OR list_has_any(phones_l, phones_r)))
)"""
