"""What happens to each foreign key to a person when two persons turn out to be one.

A merge refuses while a relation is missing here, and tests/test_architecture.py says so before production does.
"""

from enum import StrEnum


class Tie(StrEnum):
    """What a merge does to the row, and an un-merge undoes."""

    MOVE = "move"  # the row follows the record it belongs to, to the remaining person
    REFILE = (
        "refile"  # the pair changes: the case is joined with, or becomes, the case of the remaining person
    )
    DATED = "dated"  # the row ends, and another begins with the remaining person: it says who was taken for whom when
    STAY = "stay"  # the row keeps the id it was signed or sealed with, which stays as a redirect


TIES: dict[str, Tie] = {
    "people.Person.merged_into": Tie.MOVE,
    "people.PersonRecord.person": Tie.MOVE,
    "people.PersonRecord.sealed_for": Tie.STAY,
    "people.Token.person": Tie.MOVE,
    "people.Kinship.person": Tie.MOVE,
    "people.Kinship.other": Tie.MOVE,
    "people.Membership.person": Tie.DATED,
    "people.Merge.kept": Tie.STAY,
    "people.Merge.gone": Tie.STAY,
    "cases.Case.victim": Tie.REFILE,
    "cases.Case.aggressor": Tie.REFILE,
    "cases.Report.victim": Tie.STAY,
    "cases.Report.aggressor": Tie.STAY,
}

# Model → the module that refiles it: `check` before anything is moved, `refile` moves, `part` puts back.
REFILERS: dict[str, str] = {"cases.Case": "takatuf.cases.refiling"}
