"""The words of the figures: titles, units, findings, notes, refusals. What a page, a file and the console say alike."""

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any

from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from takatuf.kernel.text import Text

from .grid import Head, Kind
from .rules import Month, Name, Reason, Scope, StatisticsRefused
from .selectors import Answer
from .tables import month_text

MARK = "Not for publication · ليست للنشر"  # on whatever leaves the house: it may be read by anybody
NOT_FOR_PUBLICATION = _("Not for publication")
WHY_NOT = _(
    "For the staff of the competent bodies only. Small numbers may point at people: disclosure control has not been "
    "applied."
)

TITLES: Mapping[Name, Any] = {
    Name.VICTIMS: _("Victims by form of violence, age and area"),
    Name.AGENCIES: _("Reports by agency and month"),
    Name.RELATIONS: _("Who to whom: relation and direction, by severity"),
}
# Short names, for tabs.
SHORT: Mapping[Name, Any] = {
    Name.VICTIMS: _("Victims"),
    Name.AGENCIES: _("Reports"),
    Name.RELATIONS: _("Relations"),
}
UNITS: Mapping[Name, Any] = {
    Name.VICTIMS: _("persons, not reports"),
    Name.AGENCIES: _("reports"),
    Name.RELATIONS: _("pairs of a victim and an aggressor"),
}
DIMENSIONS: Mapping[str, Any] = {
    "form": _("Form of violence"),
    "age": _("Age"),
    "area": _("Area"),
    "agency": _("Agency"),
    "month": _("Month"),
    "direction": _("Aggressor to victim"),
    "severity": _("Severity"),
}
SCOPES: Mapping[Scope | None, Any] = {
    None: _("All reports"),
    Scope.INSIDE: _("Within the law on protection from domestic violence"),
    Scope.OUTSIDE: _("Outside the law, counted apart"),
    Scope.UNKNOWN: _("Relation not known"),
}
NOTES: Mapping[Name, tuple[Any, ...]] = {
    Name.VICTIMS: (
        _(
            "Each person is counted once in the total, however often she was reported. Who suffered several forms is "
            "counted under each, so the forms do not add up to the total. A sub-form is part of the form above it."
        ),
        _(
            "Age and area are those of her earliest report in the period that says them; where none says the age, it "
            "follows from the year of birth. An area is where she lives, not where it happened."
        ),
    ),
    Name.AGENCIES: (
        _(
            "An incident that several agencies reported counts once for each of them. The month is that of receipt."
        ),
    ),
    Name.RELATIONS: (
        _(
            "A pair is counted once, however often it was reported: under the relation that its earliest report in the "
            "period names, and the gravest severity that any of them names. The arrow runs from aggressor to victim."
        ),
    ),
}
GAPS = _(
    "— means not known, which is not zero: the agency has not sent a report to this system yet, or took no part in it "
    "in that month."
)
TO_DATE = _("The last month is not over: it is counted up to the moment of the snapshot.")
REFUSALS: Mapping[StrEnum, Text] = {
    Reason.NO_SNAPSHOT: Text(
        "لا توجد لقطة بعد. التقط لقطة أولًا.", "There is no snapshot yet. Take one first."
    ),
    Reason.UNKNOWN_SNAPSHOT: Text(
        "لا توجد لقطة بهذا الاسم. اختر من القائمة.", "There is no such snapshot. Choose one of the list."
    ),
    Reason.DAMAGED: Text(
        "ملفات هذه اللقطة ليست الملفات التي كُتبت. التقط لقطة جديدة وأبلغ مسؤول حماية البيانات.",
        "The files of this snapshot are not the ones that were written. Take a new snapshot and tell the "
        "data-protection guardian.",
    ),
    Reason.BUSY: Text(
        "تُلتقط لقطة أخرى في هذه اللحظة. انتظر حتى تكتمل.",
        "Another snapshot is being taken at this moment. Wait until it is there.",
    ),
    Reason.TOO_SOON: Text(
        "توجد لقطة لهذه الثانية نفسها.", "A snapshot of this very second is there already."
    ),
    Reason.NO_SPACE: Text(
        "لا توجد مساحة كافية على القرص للقطة. لم يتغير شيء.",
        "There is no room left on the disk for a snapshot. Nothing was changed.",
    ),
    Reason.OTHER_COUNTRY: Text(
        "هذه اللقطة لحزمة دولة أخرى. التقط لقطة جديدة.",
        "This snapshot is of another country's pack. Take a new one.",
    ),
    Reason.UNKNOWN_TABLE: Text("لا يوجد جدول بهذا الاسم.", "There is no such table."),
    Reason.UNKNOWN_SCOPE: Text(
        "لا يوجد نطاق بهذا الاسم. اختر من القائمة.", "There is no such scope. Choose one of the list."
    ),
    Reason.UNKNOWN_AGENCY: Text(
        "لا توجد جهة بهذا الرمز. اختر من القائمة.", "There is no such agency. Choose one of the list."
    ),
    Reason.UNKNOWN_MONTH: Text(
        "لا تتضمن اللقطة بيانات عن هذا الشهر. اختر من أشهر القائمة.",
        "The snapshot knows nothing of that month. Choose months of the list.",
    ),
    Reason.PERIOD_BACKWARDS: Text("تنتهي الفترة قبل أن تبدأ.", "The period ends before it begins."),
}


def refusal(refused: StatisticsRefused) -> Text:
    return REFUSALS[refused.reason]


def notes(answer: Answer) -> list[str]:
    """What a reader must know to read the numbers right, in the present language."""
    found = [str(note) for note in NOTES[answer.name]]
    if answer.counts.nameless:
        found.append(
            _now("Counted without identity: %(count)s. The same person may be in them more than once.")
            % {"count": figure(answer.counts.nameless)}
        )
    if answer.grid.has_gaps:
        found.append(str(GAPS))
    if answer.is_to_date:
        found.append(str(TO_DATE))
    return found


def period(answer: Answer) -> str:
    asked = answer.question.period
    first, last = month_text(asked.first), month_text(asked.last)
    if asked.first == asked.last:
        return str(first)
    return _now("%(first)s to %(last)s") % {"first": first, "last": last}


def figure(count: int | None) -> str:
    """A count as it is printed: thousands apart; what nobody can know is a dash, never a zero."""
    return "—" if count is None else f"{count:,}"


def share(part: int, whole: int) -> str:
    """A whole percentage; what is some and rounds to none, or nearly all and rounds to all, is not said to be so."""
    if not whole:
        return "0%"
    rounded = (200 * part + whole) // (2 * whole)
    if rounded == 0 and part:
        return "<1%"
    if rounded == 100 and part < whole:
        return ">99%"
    return f"{rounded}%"


# --- What the numbers say ----------------------------------------------------------------------------------------


def finding(answer: Answer) -> str:
    """The finding of a table in one sentence, in the present language."""
    return FINDINGS[answer.name](answer)


def _of_victims(answer: Answer) -> str:
    whole, most = _whole(answer), _most(answer, "form")
    if not whole:
        return _now("No victim was counted in this period")
    if most is None:
        return _now("The form of violence is not known of any victim")
    values = {"form": most[0].text, "share": share(most[1], whole)}
    return _now("%(form)s is the most frequent form: %(share)s of the victims") % values


def _of_agencies(answer: Answer) -> str:
    whole, most, month = _whole(answer), _most(answer, "agency"), _most(answer, "month")
    if not whole or most is None or month is None:
        return _now("No report was received in this period")
    values = {
        "agency": most[0].text,
        "share": share(most[1], whole),
        "month": month_text(Month.parse(month[0].code)),
    }
    return _now("%(agency)s took %(share)s of the reports; most came in %(month)s") % values


def _of_relations(answer: Answer) -> str:
    whole, most = _whole(answer), _most(answer, "direction")
    if not whole:
        return _now("No pair was counted in this period")
    if most is None:
        return _now("The relation is not known of any pair")
    values = {"direction": most[0].text, "share": share(most[1], whole)}
    return _now("%(direction)s is the most frequent: %(share)s of the pairs") % values


FINDINGS: Mapping[Name, Callable[[Answer], str]] = {
    Name.VICTIMS: _of_victims,
    Name.AGENCIES: _of_agencies,
    Name.RELATIONS: _of_relations,
}


def _whole(answer: Answer) -> int:
    return answer.alone()


def _most(answer: Answer, dimension: str) -> tuple[Head, int] | None:
    """The most frequent known member, the first of the list among equals; None if none counts."""
    counted = [
        (head, answer.alone(**{dimension: head.code}))
        for head in answer.heads(dimension)
        if head.kind is Kind.MEMBER and head.depth == 0
    ]
    best = max(counted, key=lambda pair: pair[1], default=None)
    return best if best is not None and best[1] else None
