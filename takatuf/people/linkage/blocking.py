"""Which pairs are compared in the national re-link: those that share a composite, and the SQL of guards over pairs."""

from .tokens import MOST_SHARED, Kind

RULES = tuple(Kind)


def settings_rules() -> list[dict[str, str]]:
    return [{"blocking_rule": f"l.t_{kind} = r.t_{kind}"} for kind in RULES]


def without_frequent(table: str) -> str:
    """SELECT of a features table in which a composite that too many share is null: what thousands share finds nobody."""
    columns = ", ".join(
        f"CASE WHEN count(t_{kind}) OVER (PARTITION BY t_{kind}) <= {MOST_SHARED} THEN hash('{kind}', t_{kind})"
        f" END AS t_{kind}"
        for kind in RULES
    )
    kept = ", ".join(f"t_{kind}" for kind in RULES)
    return f"SELECT * EXCLUDE ({kept}), {columns} FROM {table}"  # noqa: S608 - our own constants


_SAME_NUMBER = "(number_l <> '' AND number_l = number_r AND NOT (number_odd_l OR number_odd_r))"
_SAME_BIRTH = "(birth_l <> '' AND birth_l = birth_r)"
_NEAR = (
    "(least(length(given_l), length(given_r)) >= 3 AND damerau_levenshtein(given_l, given_r)"
    " <= CASE WHEN least(length(given_l), length(given_r)) >= 6 THEN 2 ELSE 1 END)"
)
_MOVED = "(list_has_any(given_keys_l, part_keys_r) OR list_has_any(given_keys_r, part_keys_l))"
# As in guards.py, over two rows side by side; a test asks both about thousands of pairs.
GUARDED = f"""(
    (given_l <> '' AND given_r <> '' AND NOT list_has_any(given_keys_l, given_keys_r) AND NOT {_NEAR}
        AND CASE WHEN {_MOVED} THEN NOT ({_SAME_NUMBER} OR {_SAME_BIRTH}) ELSE NOT ({_SAME_NUMBER} AND {_SAME_BIRTH}) END)
    OR (number_l <> '' AND number_r <> '' AND damerau_levenshtein(number_l, number_r) > 1)
    OR (sex_l <> '' AND sex_r <> '' AND sex_l <> sex_r AND NOT {_SAME_NUMBER})
    OR (year_l IS NOT NULL AND year_r IS NOT NULL AND NOT {_SAME_NUMBER}
        AND abs(year_l - year_r) > CASE WHEN year_exact_l AND year_exact_r THEN 1 ELSE 2 END)
)"""
