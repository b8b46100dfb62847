"""Are they one person? The queue of pairs, and one pair side by side, judged with a key and followed by the next."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_GET, require_http_methods

from takatuf.access.guards import ActingRequest, needs
from takatuf.access.rules import Power
from takatuf.kernel import clock
from takatuf.kernel.errors import Refusal
from takatuf.kernel.reference import pack
from takatuf.kernel.text import Text
from takatuf.people import review
from takatuf.people.rules import PersonIn, Reason, Verdict, Why

from .. import words
from .answers import nothing_here, page

SHOWN = 50
MOST_COUNTED = 1000
MOST_BITS = 12  # the length of a bar; stronger evidence says no more to the eye

WHY = {
    Why.ARRIVAL: Text("سجل وارد قد يكون لشخص معروف", "a record came that may be somebody's"),
    Why.MISSED: Text("تشابه بين شخصين في المقارنة الليلية", "found alike in the nightly comparison"),
    Why.FRACTURE: Text(
        "عُدّا شخصاً واحداً ولم تعد الدلائل كافية", "taken for one person; the evidence no longer holds"
    ),
}
FIELDS = {
    "given": Text("الاسم الأول", "first name"),
    "father": Text("اسم الأب", "father's name"),
    "family": Text("اسم العائلة", "family name"),
    "number": Text("الرقم الشخصي", "personal number"),
    "birth": Text("الميلاد", "birth"),
    "phone": Text("الهاتف", "phone"),
    "area": Text("المنطقة", "area"),
    "nationality": Text("الجنسية", "nationality"),
    "sex": Text("الجنس", "sex"),
}
LEVELS = {
    "same": Text("مطابق", "the same"),
    "same_very_common": Text("مطابق، والاسم شائع جداً", "the same, a very common name"),
    "same_common": Text("مطابق، والاسم شائع", "the same, a common name"),
    "same_uncommon": Text("مطابق، والاسم غير شائع", "the same, an uncommon name"),
    "same_rare": Text("مطابق، والاسم نادر", "the same, a rare name"),
    "key": Text("يُكتب بصور متقاربة", "spellings of one name"),
    "near": Text("يختلف بحرف", "a letter apart"),
    "slip": Text("خطأ كتابة محتمل", "perhaps a slip"),
    "moved": Text("في موضع آخر من الاسم", "at another place of the name"),
    "day": Text("اليوم نفسه", "the same day"),
    "month": Text("الشهر نفسه", "the same month"),
    "year": Text("السنة نفسها", "the same year"),
    "other_day": Text("السنة نفسها ويوم آخر", "the same year, another day"),
    "year_beside": Text("سنة مجاورة", "a year apart"),
    "decade": Text("خلال عشر سنوات", "within ten years"),
    "nothing": Text("لم يُذكر في أحدهما", "one does not say"),
}
UNLIKE = Text("مختلف", "different")
GUARDS = {
    "given_names": Text("اسمان أولان مختلفان", "different first names"),
    "numbers": Text("رقمان شخصيان مختلفان", "different personal numbers"),
    "sex": Text("جنسان مختلفان", "different sexes"),
    "birth": Text("سنتا ميلاد مختلفتان", "different birth years"),
    "roles": Text("طرفا واقعة واحدة", "the two sides of one incident"),
    "household": Text("أسرة واحدة وربما توأمان أو أختان", "one household: perhaps twins or sisters"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """What one field says, in words and bits: for, or against."""

    field: Text | str
    level: Text
    bits: float

    @property
    def supports(self) -> float:
        return min(max(self.bits, 0.0), MOST_BITS)

    @property
    def opposes(self) -> float:
        return min(max(-self.bits, 0.0), MOST_BITS)


@needs(Power.PERSON_REVIEW)
@require_GET
def queue(request: ActingRequest) -> HttpResponse:
    found = review.waiting(request.actor)
    rows = [
        {
            "item": item,
            "why": WHY[Why(item.why)],
            "guards": [GUARDS[one] for one in item.guards if one in GUARDS],
        }
        for item in found[:SHOWN]
    ]
    count = len(found.values_list("pk", flat=True)[:MOST_COUNTED])
    return page(request, "desk/review/queue.html", {"rows": rows, "count": count, "most": MOST_COUNTED})


@needs(Power.PERSON_REVIEW)
@require_http_methods(["GET", "HEAD", "POST"])
def pair(request: ActingRequest, item_id: UUID) -> HttpResponse:
    actor, now = request.actor, clock.now()
    said = request.POST.get("verdict", "")
    if said in {verdict.value for verdict in Verdict}:
        try:
            review.judge(actor=actor, item_id=item_id, verdict=Verdict(said), now=now)
        except Refusal as refusal:
            messages.error(request, words.sentence(refusal))
            if refusal.reason == Reason.ALREADY_JUDGED:
                return redirect("desk:review")
            return redirect("desk:review_pair", item_id)
        following = review.waiting(actor).first()
        return redirect("desk:review_pair", following.pk) if following else redirect("desk:review")
    found = review.show(actor=actor, item_id=item_id, now=now)
    if found is None:
        return nothing_here(request)
    item = found.item
    values: dict[str, Any] = {
        "pair": found,
        "why": WHY[Why(item.why)],
        "sides": [{"side": side, "rows": told(side.said)} for side in found.sides],
        "bars": bars(item.evidence),
        "most": MOST_BITS,
        "guards": [GUARDS[one] for one in item.guards if one in GUARDS],
        "kin": [pack().label("relations", one) for one in found.kin],
    }
    return page(request, "desk/review/pair.html", values)


def bars(evidence: Mapping[str, Any]) -> list[Bar]:
    """The stored evidence, the strongest first; as it was weighed, not weighed anew."""
    found = [
        Bar(field=FIELDS.get(field, field), level=LEVELS.get(level, UNLIKE), bits=float(bits))
        for field, (level, bits) in evidence.get("fields", {}).items()
    ]
    return sorted(found, key=lambda one: -abs(one.bits))


def told(said: PersonIn | None) -> dict[str, str]:
    """What stands in a record, by field, to be laid beside the other."""
    if said is None:
        return {}
    born = said.birth_date.isoformat() if said.birth_date else ""
    if said.birth_precision in ("year", "month"):
        born = born[: 4 if said.birth_precision == "year" else 7]
    return {
        "name_ar": said.name_ar,
        "name_latin": said.name_latin,
        "number": said.personal_number,
        "born": born,
        "age": str(said.age) if said.age is not None else "",
        "phones": " · ".join(said.phones),
        "sex": said.sex,
        "nationality": said.nationality,
    }
