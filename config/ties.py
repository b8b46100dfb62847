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
    STAY = "stay"  # the row is signed: it keeps the id it was signed with, which stays as a redirect


TIES: dict[str, Tie] = {
    "people.PersonRecord.person": Tie.MOVE,
    "people.Token.person": Tie.MOVE,
    "people.Kinship.person": Tie.MOVE,
    "people.Kinship.other": Tie.MOVE,
    "cases.Case.victim": Tie.REFILE,
    "cases.Case.aggressor": Tie.REFILE,
    "cases.Report.victim": Tie.STAY,
    "cases.Report.aggressor": Tie.STAY,
}
