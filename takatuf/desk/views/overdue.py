"""What is late: of one unit, to its supervisor, by name; of the nation, to the owner of the strategy, in numbers."""

from collections import defaultdict
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.views.decorators.http import require_GET

from takatuf.access import selectors as access
from takatuf.access.guards import needs
from takatuf.access.rules import Power
from takatuf.desk import selectors
from takatuf.desk.views.answers import page
from takatuf.desk.views.worklist import colleagues, id_of, note_names
from takatuf.duties import selectors as duties
from takatuf.kernel import clock
from takatuf.kernel.reference import pack

ROWS = 50
NOBODY = "nobody"


@require_GET
def _overdue(request: Any) -> HttpResponse:
    actor, now = request.actor, clock.now()
    who, kind = request.GET.get("who", ""), request.GET.get("kind", "")
    counted = duties.overdue_by_worker(actor, now=now)
    by_worker, by_kind = _sums(counted, "assigned_to"), _sums(counted, "kind")
    worker = id_of(who) if who not in {"", NOBODY} else None
    found = duties.overdue(actor, now=now, assigned_to=worker, nobody=who == NOBODY, kind=kind)
    pages = Paginator(found, ROWS)
    pages.count = sum(
        int(row["late"])
        for row in counted
        if (not kind or row["kind"] == kind) and _is_of(row["assigned_to"], who, worker)
    )
    shown = pages.get_page(request.GET.get("page"))
    rows = selectors.duty_rows(actor, found=list(shown.object_list), now=now)
    note_names(request, rows, "overdue")
    names = access.user_names(actor, [user for user in by_worker if user is not None])
    values = {
        "rows": rows,
        "shown": shown,
        "who": who,
        "kind": kind,
        "total": sum(int(row["late"]) for row in counted),
        "of_nobody": by_worker.get(None, (0, 0))[0],
        "raised": max((int(row["highest"]) for row in counted), default=0),
        "workers": [
            {"user": names.get(user) if user else None, "late": late, "highest": highest}
            for user, (late, highest) in by_worker.items()
        ],
        "kinds": [
            {"code": code, "words": pack().label("duties", str(code)), "late": late}
            for code, (late, _) in by_kind.items()
        ],
        "colleagues": colleagues(actor),
        "can_case": actor.may(Power.CASE_READ),
        "now": now,
    }
    return page(request, "desk/work/overdue.html", values)


def _is_of(assigned_to: Any, who: str, worker: Any) -> bool:
    if who == NOBODY:
        return assigned_to is None
    return worker is None or assigned_to == worker


def _sums(counted: list[dict[str, Any]], by: str) -> dict[Any, tuple[int, int]]:
    """How many are late, and the highest rung they climbed, by worker or by kind; the most first."""
    late: dict[Any, int] = defaultdict(int)
    highest: dict[Any, int] = defaultdict(int)
    for row in counted:
        late[row[by]] += row["late"]
        highest[row[by]] = max(highest[row[by]], row["highest"])
    return {key: (late[key], highest[key]) for key in sorted(late, key=lambda key: -late[key])}


@require_GET
def _national(request: Any) -> HttpResponse:
    actor, now = request.actor, clock.now()
    counted: list[dict[str, Any]] = duties.overdue_nationally(actor, now=now)
    units = access.unit_names(actor, [row["unit_id"] for row in counted])
    by = request.GET.get("by", "unit")
    key = "kind" if by == "kind" else "unit_id"
    sums: dict[Any, dict[str, int]] = defaultdict(lambda: {"open": 0, "late": 0})
    for row in counted:
        sums[row[key]]["open"] += row["open"]
        sums[row[key]]["late"] += row["late"]
    rows: list[dict[str, Any]] = [
        {
            "words": pack().label("duties", name) if by == "kind" else units[name].name,
            "under": "" if by == "kind" else units[name].agency_name,
            "share": round(100 * row["late"] / row["open"]),
            **row,
        }
        for name, row in sums.items()
        if by == "kind" or name in units
    ]
    rows.sort(key=lambda row: (-row["late"], -row["open"]))
    total = {name: sum(row[name] for row in rows) for name in ("open", "late")}
    values = {
        "rows": rows,
        "by": by,
        "total": total,
        "share": round(100 * total["late"] / total["open"]) if total["open"] else 0,
        "worst": rows[0] if rows and rows[0]["late"] else None,
        "now": now,
    }
    return page(request, "desk/work/national.html", values)


overdue = needs(Power.DUTY_OVERSEE)(_overdue)
national = needs(Power.DUTY_OVERSEE_NATIONAL)(_national)
