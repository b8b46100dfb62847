"""Users and roles, for the administrator, who sees neither a file nor the journal."""

from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.core.paginator import Paginator
from django.db import transaction
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_GET, require_POST

from takatuf.access import selectors, services
from takatuf.access.guards import needs
from takatuf.access.rules import AccessRefused, Power, Reason
from takatuf.cases import openings
from takatuf.desk import words
from takatuf.desk.forms.accounts import Asked, GiveRole, NewUser
from takatuf.desk.views.answers import nothing_here, page
from takatuf.desk.views.back import done, refused
from takatuf.desk.views.stepup import stepped_up
from takatuf.kernel import clock
from takatuf.kernel.actor import Actor

if TYPE_CHECKING:
    from takatuf.access.models import User

ROWS = 30
ACTIVE = {"open": True, "closed": False}


@require_GET
def _accounts(request: Any) -> HttpResponse:
    actor, form = request.actor, Asked(request.GET)
    asked = form.cleaned_data if form.is_valid() else {}
    found = selectors.accounts(
        actor,
        words=asked.get("words", ""),
        unit=asked.get("unit", ""),
        role=asked.get("role", ""),
        active=ACTIVE.get(asked.get("state", "")),
    )
    shown = Paginator(found, ROWS).get_page(request.GET.get("page"))
    users = list(shown.object_list)
    held = selectors.roles_held(actor, user_ids=[user.pk for user in users])
    secured = selectors.second_factors(actor, user_ids=[user.pk for user in users])
    values = {
        "form": form,
        "shown": shown,
        "users": [
            {"user": user, "roles": held.get(user.pk, []), "secured": user.pk in secured} for user in users
        ],
        "asked_anything": any(request.GET.values()),
    }
    return page(request, "desk/work/accounts.html", values)


@sensitive_variables("password", "number")
@transaction.atomic
def _opened(actor: Actor, password: str, number: str, values: dict[str, Any]) -> "User":
    """The account, and the files it must not see closed to it in the same moment."""
    now = clock.now()
    user = services.create_user(actor=actor, password=password, must_change_password=True, now=now, **values)
    if number.strip():
        openings.know_number(actor=actor, user_id=user.pk, personal_number=number, now=now)
    return user


@sensitive_variables("password", "number", "values")
def _account_new(request: Any) -> HttpResponse:
    form = NewUser(request.POST or None)
    if request.method == "POST" and form.is_valid():
        password, values = services.temporary_password(actor=request.actor), dict(form.cleaned_data)
        number = values.pop("personal_number")
        try:
            user = _opened(request.actor, password, number, values)
        except AccessRefused as refusal:
            of_number = refusal.reason == Reason.BAD_PERSONAL_NUMBER
            form.add_error("personal_number" if of_number else "username", words.sentence(refusal))
        else:
            return _told_once(request, user, password)
    return page(request, "desk/work/account_new.html", {"form": form}, status=400 if form.errors else 200)


@sensitive_variables("password")
def _told_once(request: Any, user: Any, password: str) -> HttpResponse:
    """The one page that shows a temporary password; no cache keeps it and nothing repeats it."""
    return page(request, "desk/work/password_told.html", {"who": user, "password": password})


@require_GET
def _account_of(request: Any, user_id: UUID) -> HttpResponse:
    return _account_page(request, user_id)


def _account_page(
    request: Any, user_id: UUID, form: GiveRole | None = None, status: int = 200
) -> HttpResponse:
    actor = request.actor
    user = selectors.account(actor, user_id=user_id)
    if user is None:
        return nothing_here(request)
    units = list(selectors.units(actor))
    unit = next((one for one in units if one.code == request.GET.get("unit", "")), None)
    if form is None and unit is not None:
        form = GiveRole(roles=selectors.roles_for(actor, unit=unit))
    values = {
        "who": user,
        "roles": selectors.roles_held(actor, user_ids=[user.pk]).get(user.pk, []),
        "secured": user.pk in selectors.second_factors(actor, user_ids=[user.pk]),
        "units": units,
        "chosen_unit": unit,
        "form": form,
        "own": user.pk == actor.user_id,
    }
    return page(request, "desk/work/account_of.html", values, status=status)


@require_POST
def _role_give(request: Any, user_id: UUID) -> HttpResponse:
    to = reverse("desk:account_of", args=[user_id])
    try:
        services.give_role(
            actor=request.actor,
            user_id=user_id,
            unit_code=request.POST.get("unit", ""),
            role=request.POST.get("role", ""),
            now=clock.now(),
        )
    except AccessRefused as refusal:
        return refused(request, refusal, to)
    return done(
        request, _("The role is given. Her open sessions were closed; it holds from the next sign-in."), to
    )


@require_POST
def _role_end(request: Any, user_id: UUID, membership_id: UUID) -> HttpResponse:
    to = reverse("desk:account_of", args=[user_id])
    try:
        services.take_role(actor=request.actor, membership_id=membership_id, now=clock.now())
    except AccessRefused as refusal:
        return refused(request, refusal, to)
    return done(request, _("The role has ended, and with it the open sessions."), to)


@require_POST
def _account_state(request: Any, user_id: UUID) -> HttpResponse:
    to, active = reverse("desk:account_of", args=[user_id]), request.POST.get("active") == "yes"
    try:
        services.set_active(actor=request.actor, user_id=user_id, active=active, now=clock.now())
    except AccessRefused as refusal:
        return refused(request, refusal, to)
    return done(request, _("The account is open again.") if active else _("The account is closed."), to)


@require_POST
@sensitive_variables("password")
def _password_reset(request: Any, user_id: UUID) -> HttpResponse:
    try:
        password = services.reset_password(actor=request.actor, user_id=user_id, now=clock.now())
    except AccessRefused as refusal:
        return refused(request, refusal, reverse("desk:account_of", args=[user_id]))
    return _told_once(request, selectors.account(request.actor, user_id=user_id), password)


@require_POST
def _second_factor_reset(request: Any, user_id: UUID) -> HttpResponse:
    to = reverse("desk:account_of", args=[user_id])
    try:
        services.reset_second_factor(actor=request.actor, user_id=user_id, now=clock.now())
    except AccessRefused as refusal:
        return refused(request, refusal, to)
    return done(request, _("The second factor is forgotten: a new one is set up at the next sign-in."), to)


manager = needs(Power.ACCESS_MANAGE)
accounts = manager(_accounts)
account_new = manager(stepped_up(_account_new))
account_of = manager(stepped_up(_account_of))
role_give = manager(stepped_up(_role_give))
role_end = manager(stepped_up(_role_end))
account_state = manager(stepped_up(_account_state))
password_reset = manager(stepped_up(_password_reset))
second_factor_reset = manager(stepped_up(_second_factor_reset))
