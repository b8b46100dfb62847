"""What a chart shows, as plain data for the one script that draws it. The table stays behind every chart."""

from typing import Any

from django.utils.translation import get_language_bidi
from django.utils.translation import gettext as _

from . import words
from .grid import Kind
from .rules import Name
from .selectors import Answer

MOST = 6  # bars of a long list where only its beginning is shown
# Table → the dimensions of its charts and how each is drawn: lying bars for names, standing ones for time and age.
CHARTS: dict[Name, tuple[tuple[str, str], ...]] = {
    Name.VICTIMS: (("form", "lying"), ("age", "standing")),
    Name.AGENCIES: (("month", "standing"), ("agency", "lying")),
    Name.RELATIONS: (("direction", "lying"),),
}


def charts(answer: Answer, *, short: bool = False) -> list[dict[str, Any]]:
    """The charts of an answer; none of nothing. `short`: the first only, of a long list its beginning."""
    if not answer.alone():
        return []
    if short:
        dimension, drawn = CHARTS[answer.name][0]
        return [_chart(answer, dimension, drawn, most=MOST)]
    return [_chart(answer, dimension, drawn) for dimension, drawn in CHARTS[answer.name]]


def _chart(answer: Answer, dimension: str, drawn: str, *, most: int | None = None) -> dict[str, Any]:
    shown = []
    for head in answer.heads(dimension):
        count = answer.alone(**{dimension: head.code})
        # Parts of a form are in the table; what is not known is drawn where there is any.
        if head.kind is Kind.TOTAL or head.depth or (head.kind is Kind.UNKNOWN and not count):
            continue
        shown.append((head, count))
    if drawn == "lying" and dimension != "form":
        # Long lists: the most frequent first, zeros left to the table, what is not known last.
        shown = sorted(
            ((head, count) for head, count in shown if count),
            key=lambda pair: (pair[0].kind is Kind.UNKNOWN, -pair[1]),
        )
        shown = shown[:most]
    whole = answer.alone()
    return {
        "id": f"chart-{answer.name}-{dimension}",
        "title": str(words.DIMENSIONS[dimension]),
        "drawn": drawn,
        "rtl": get_language_bidi(),
        # The year stands under its month.
        "labels": [
            str(head.text).replace(" ", "\n") if dimension == "month" else str(head.text)
            for head, _count in shown
        ],
        "values": [count for _head, count in shown],
        "shares": [words.share(count, whole) for _head, count in shown],
        "unknown": [head.kind is Kind.UNKNOWN for head, _count in shown],
        "words": _("Chart of %(dimension)s; the same numbers stand in the table.")
        % {"dimension": words.DIMENSIONS[dimension]},
    }
