"""What may be known of units, contexts, grants and locks."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection
from django.db.models import Max, Q, QuerySet

from takatuf.kernel.actor import Actor
from takatuf.kernel.db import prepared
from takatuf.kernel.reference import Role, pack

from . import rules
from .models import Grant, Lock, Membership, Unit, User


def powers_of(actor_role: str) -> frozenset[str]:
    """The powers of a role as the country's pack composes them; none for a role it does not know."""
    for role in pack().roles:
        if role.code == actor_role:
            return frozenset(role.powers)
    return frozenset()


def memberships(*, user: User) -> list[Membership]:
    """The contexts this user may act in, oldest first."""
    return list(
        Membership.objects.filter(user=user, until=None, unit__active=True)
        .select_related("unit", "user")
        .order_by("since", "id")
    )


def actor_of(membership: Membership, *, purpose: str) -> Actor:
    return Actor(
        user_id=membership.user_id,
        unit_id=membership.unit_id,
        unit=membership.unit.code,
        agency=membership.unit.agency,
        role=membership.role,
        purpose=purpose,
        powers=powers_of(membership.role),
    )


def units(actor: Actor, *, agency_kinds: Iterable[str] = ()) -> QuerySet[Unit]:
    """Units are public knowledge; the actor is asked for all the same."""
    found = Unit.objects.filter(active=True)
    return found.filter(agency_kind__in=list(agency_kinds)) if agency_kinds else found


def units_of_agency(actor: Actor, *, agency: str) -> list[UUID]:
    """Every unit an agency has or had."""
    return list(Unit.objects.filter(agency=agency).values_list("pk", flat=True))


def unit_names(actor: Actor, ids: Iterable[UUID]) -> dict[UUID, Unit]:
    return {unit.pk: unit for unit in Unit.objects.filter(pk__in=set(ids))}


def user_names(actor: Actor, ids: Iterable[UUID]) -> dict[UUID, User]:
    return {user.pk: user for user in User.objects.filter(pk__in=set(ids))}


def user_called(actor: Actor, *, username: str) -> User | None:
    """Whoever signs in by this name, to look for her in the journal."""
    rules.check_power(actor, rules.Power.JOURNAL_READ)
    return User.objects.filter(username__iexact=username.strip()).first()


def taken_usernames(actor: Actor, *, wanted: Iterable[str]) -> set[str]:
    """Those of the wanted names that somebody signs in with already."""
    return set(User.objects.filter(username__in=list(wanted)).values_list("username", flat=True))


def users_of_unit(actor: Actor) -> QuerySet[User]:
    """Colleagues in the unit the actor acts in."""
    return User.objects.filter(
        is_active=True, memberships__unit_id=actor.own_unit, memberships__until=None
    ).distinct()


def in_force(now: datetime) -> Q:
    """Grants that open something at this moment."""
    return Q(revoked_at=None) & (Q(until=None) | Q(until__gt=now))


def granted(actor: Actor, *, now: datetime, least: int = 1) -> QuerySet[Grant]:
    """The actor's own grants in force, at `least` that level."""
    return Grant.objects.filter(
        Q(user=None) | Q(user_id=actor.own_user), in_force(now), unit_id=actor.own_unit, level__gte=least
    )


def level_on(actor: Actor, *, subject_id: UUID, now: datetime) -> int:
    """The highest level the actor holds on one subject: 0 none, 1 existence, 2 summary, 3 full."""
    levels = granted(actor, now=now).filter(subject_id=subject_id).values_list("level", flat=True)
    return max(levels, default=0)


def levels(actor: Actor, *, subject_ids: Iterable[UUID], now: datetime) -> dict[UUID, int]:
    """The highest level the actor holds on each subject; subjects without a grant are not in it. One statement."""
    found = granted(actor, now=now).filter(subject_id__in=list(subject_ids)).values("subject_id")
    return dict(found.annotate(most=Max("level")).values_list("subject_id", "most"))


def full_holders(actor: Actor, *, subject_ids: Iterable[UUID], now: datetime) -> list[tuple[UUID, UUID]]:
    """(unit, subject) of every unit that sees a subject whole; only in the `linker` scope, else the actor's own."""
    found = Grant.objects.filter(
        in_force(now), user=None, subject_id__in=list(subject_ids), level__gte=rules.Level.FULL
    )
    return list(found.values_list("unit_id", "subject_id"))


@dataclass(frozen=True, slots=True)
class Opening:
    """One line of "who may see this file"."""

    unit_id: UUID
    user_id: UUID | None
    level: int
    basis: str
    since: datetime
    until: datetime | None


def openings(actor: Actor, *, subject_id: UUID) -> list[Opening]:
    """Who may see this file. Empty unless the actor's unit holds a grant on it itself (the database checks)."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT unit_id, user_id, level, basis, since, until FROM access_openings(%s) ORDER BY since",
            [subject_id],
        )
        return [Opening(*row) for row in cursor.fetchall()]


def is_locked_out(actor: Actor, *, subject_ids: Iterable[UUID]) -> bool:
    """Whether a conflict of interest keeps the actor from any of these subjects."""
    if actor.user_id is None:
        return False
    return Lock.objects.filter(
        user_id=actor.user_id, subject_id__in=list(subject_ids), lifted_at=None
    ).exists()


def locked_subjects(actor: Actor) -> list[UUID]:
    """Cases and persons that a conflict of interest keeps from the actor."""
    if actor.user_id is None:
        return []
    return list(
        Lock.objects.filter(user_id=actor.user_id, lifted_at=None).values_list("subject_id", flat=True)
    )


def users_with_tokens(actor: Actor, *, tokens: Iterable[bytes]) -> dict[bytes, UUID]:
    """Users whose own personal number is one of these tokens: they are parties."""
    wanted = list(tokens)
    if not wanted:
        return {}
    with prepared.cursor() as cursor:
        cursor.execute(
            "SELECT personal_token, id FROM access_user WHERE personal_token = ANY(%s::bytea[])", [wanted]
        )
        return {bytes(token): pk for token, pk in cursor.fetchall()}


def break_glass_opening(actor: Actor, *, grant_id: UUID, now: datetime) -> Grant | None:
    return break_glass_openings(actor, now=now).filter(pk=grant_id).first()


def token_of(actor: Actor, *, user_id: UUID) -> bytes | None:
    """The keyed token of a user's own personal number, if it is known."""
    token = User.objects.filter(pk=user_id).values_list("personal_token", flat=True).first()
    return bytes(token) if token is not None else None


def break_glass_openings(actor: Actor, *, now: datetime) -> QuerySet[Grant]:
    """Break-glass openings of cases, newest first, for the data-protection guardian's review."""
    rules.check_power(actor, rules.Power.BREAK_GLASS_REVIEW)
    found = Grant.objects.filter(basis=rules.Basis.BREAK_GLASS.value, subject_kind="case")
    return found.select_related("unit", "user").order_by("-since", "id")


# --- Accounts -----------------------------------------------------------------------------------------------------


def accounts(
    actor: Actor, *, words: str = "", unit: str = "", role: str = "", active: bool | None = None
) -> QuerySet[User]:
    """Users by name, for the administrator. `words`: part of a sign-in name or of a name in either language."""
    rules.check_power(actor, rules.Power.ACCESS_MANAGE)
    found = User.objects.all()
    for word in words.split():
        found = found.filter(
            Q(username__icontains=word) | Q(name_ar__icontains=word) | Q(name_en__icontains=word)
        )
    if active is not None:
        found = found.filter(is_active=active)
    held = Q(memberships__until=None)
    if unit:
        held &= Q(memberships__unit__code=unit)
    if role:
        held &= Q(memberships__role=role)
    return (found.filter(held).distinct() if unit or role else found).order_by("username")


def account(actor: Actor, *, user_id: UUID) -> User | None:
    rules.check_power(actor, rules.Power.ACCESS_MANAGE)
    return User.objects.filter(pk=user_id).first()


def roles_held(actor: Actor, *, user_ids: Iterable[UUID]) -> dict[UUID, list[Membership]]:
    """Present memberships of each of these users, oldest first. One statement."""
    rules.check_power(actor, rules.Power.ACCESS_MANAGE)
    held: dict[UUID, list[Membership]] = {}
    rows = Membership.objects.filter(user_id__in=list(user_ids), until=None).select_related("unit")
    for membership in rows.order_by("since", "id"):
        held.setdefault(membership.user_id, []).append(membership)
    return held


def holders_of(actor: Actor, *, power: rules.Power) -> list[Membership]:
    """Present memberships, of users whose account is open, in a role that holds a power; by sign-in name."""
    rules.check_power(actor, rules.Power.ACCESS_MANAGE)
    roles = [role.code for role in pack().roles if power.value in role.powers]
    held = Membership.objects.filter(until=None, role__in=roles, user__is_active=True)
    return list(held.select_related("unit", "user").order_by("user__username", "unit__code"))


def roles_for(actor: Actor, *, unit: Unit) -> list[Role]:
    """Roles of the pack that may be held in a unit."""
    return [role for role in pack().roles if not role.agency_kinds or unit.agency_kind in role.agency_kinds]


def second_factors(actor: Actor, *, user_ids: Iterable[UUID]) -> set[UUID]:
    """Those of the users who have set up a second factor."""
    from allauth.mfa.models import Authenticator

    rules.check_power(actor, rules.Power.ACCESS_MANAGE)
    return set(Authenticator.objects.filter(user_id__in=list(user_ids)).values_list("user_id", flat=True))
