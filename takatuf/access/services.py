"""The only module that changes units, users, memberships, grants and locks."""

import secrets
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import F, Q

from takatuf.journal import services as journal
from takatuf.kernel import clock
from takatuf.kernel.actor import Actor, system
from takatuf.kernel.context import acting
from takatuf.kernel.db import bulk
from takatuf.kernel.ids import new_id
from takatuf.kernel.keyring import keyring
from takatuf.kernel.reference import Pack, pack

from . import rules, selectors
from .models import Grant, Lock, Membership, SignInDelay, Unit, User


def actor_for(membership: Membership, *, purpose: str) -> Actor:
    return selectors.actor_of(membership, purpose=purpose)


def actor_for_unit(unit_code: str, *, role: str, purpose: str) -> Actor:
    """An actor of this unit in this role, for files and for the synthetic nation.

    The oldest membership of that role in the unit acts; without one the unit itself does (no user).
    Raises AccessRefused(unknown_unit | unknown_role).
    """
    unit = Unit.objects.filter(code=unit_code).first()
    if unit is None:
        raise rules.AccessRefused(rules.Reason.UNKNOWN_UNIT, unit=unit_code)
    powers = selectors.powers_of(role)
    if not powers:
        raise rules.AccessRefused(rules.Reason.UNKNOWN_ROLE, role=role)
    membership = (
        Membership.objects.filter(unit=unit, role=role, until=None)
        .select_related("unit")
        .order_by("since")
        .first()
    )
    if membership is not None:
        return actor_for(membership, purpose=purpose)
    return Actor(
        user_id=None,
        unit_id=unit.pk,
        unit=unit.code,
        agency=unit.agency,
        role=role,
        purpose=purpose,
        powers=powers,
    )


@transaction.atomic
def load_pack(*, actor: Actor, now: datetime | None = None) -> int:
    """Bring agencies and units of the country's pack into the tables; units that left it become inactive.

    Returns the number of units. Idempotent: a second load changes nothing.
    """
    country, known = pack(), {unit.code: unit for unit in Unit.objects.select_for_update()}
    agencies = {agency.code: agency for agency in country.agencies}
    for item in country.units:
        agency = agencies[item.agency]
        values = {
            "agency": agency.code,
            "agency_kind": agency.kind,
            "kind": item.kind,
            "name_ar": item.ar,
            "name_en": item.en,
            "agency_name_ar": agency.ar,
            "agency_name_en": agency.en,
            "area": item.area or "",
            "active": True,
        }
        Unit.objects.update_or_create(code=item.code, defaults=values)
    gone = [unit.pk for code, unit in known.items() if code not in {item.code for item in country.units}]
    Unit.objects.filter(pk__in=gone).update(active=False)
    journal.record(
        actor=actor,
        did="access.pack_loaded",
        to=[f"pack:{country.code}"],
        at=now or clock.now(),
        version=str(country.version),
        units=len(country.units),
    )
    return len(country.units)


@transaction.atomic
def create_user(
    *,
    actor: Actor,
    username: str,
    name_ar: str,
    name_en: str,
    password: str,
    now: datetime,
    personal_token: bytes | None = None,
    language: str = "ar",
    is_demo: bool = False,
    must_change_password: bool = False,
    hashed: bool = False,
) -> User:
    """An account. `must_change_password`: the password is known to somebody else, so it opens one page only.
    `hashed`: the password is one that `make_password` gave already.

    Raises AccessRefused(no_power | bad_username | name_in_both_languages | username_taken).
    """
    rules.check_power(actor, rules.Power.ACCESS_MANAGE)
    rules.check_account(username=username, name_ar=name_ar, name_en=name_en)
    if User.objects.filter(username__iexact=username).exists():
        raise rules.AccessRefused(rules.Reason.USERNAME_TAKEN, username=username)
    user = User(
        username=username,
        name_ar=name_ar,
        name_en=name_en,
        personal_token=personal_token,
        language=language,
        is_demo=is_demo,
        must_change_password=must_change_password,
    )
    if hashed:
        user.password = password
    else:
        user.set_password(password)
    user.save()
    journal.record(actor=actor, did="access.user_created", to=[f"user:{user.pk}"], at=now)
    return user


@transaction.atomic
def give_role(*, actor: Actor, user_id: UUID, unit_code: str, role: str, now: datetime) -> Membership:
    """Put a user into a unit in a role. Her running sessions end, so that no old power lives on."""
    rules.check_power(actor, rules.Power.ACCESS_MANAGE)
    unit = Unit.objects.filter(code=unit_code, active=True).first()
    if unit is None:
        raise rules.AccessRefused(rules.Reason.UNKNOWN_UNIT, unit=unit_code)
    check_role_fits(country=pack(), role=role, agency_kind=unit.agency_kind)
    rules.check_not_own(actor, user_id=user_id)
    user = _locked_user(user_id)
    _check_together(user, role)
    membership, _ = Membership.objects.get_or_create(
        user=user, unit=unit, role=role, until=None, defaults={"since": now}
    )
    _end_sessions(user)
    journal.record(
        actor=actor, did="access.role_given", to=[f"user:{user.pk}"], at=now, role=role, unit_code=unit_code
    )
    return membership


@transaction.atomic
def take_role(*, actor: Actor, membership_id: UUID, now: datetime) -> None:
    """End a membership at once: the user's sessions end with it."""
    rules.check_power(actor, rules.Power.ACCESS_MANAGE)
    membership = (
        Membership.objects.select_for_update(of=("self",))
        .select_related("user", "unit")
        .filter(pk=membership_id, until=None)
        .first()
    )
    if membership is None:
        raise rules.AccessRefused(rules.Reason.ALREADY_ENDED)
    rules.check_not_own(actor, user_id=membership.user_id)
    membership.until = now
    membership.save(update_fields=["until"])
    _end_sessions(membership.user)
    journal.record(
        actor=actor,
        did="access.role_taken",
        to=[f"user:{membership.user_id}"],
        at=now,
        role=membership.role,
        unit_code=membership.unit.code,
    )


def check_role_fits(*, country: Pack, role: str, agency_kind: str) -> None:
    found = next((item for item in country.roles if item.code == role), None)
    if found is None:
        raise rules.AccessRefused(rules.Reason.UNKNOWN_ROLE, role=role)
    if found.agency_kinds and agency_kind not in found.agency_kinds:
        raise rules.AccessRefused(rules.Reason.ROLE_NOT_FOR_AGENCY, role=role, agency_kind=agency_kind)


def _check_together(user: User, role: str) -> None:
    """Refuses a role whose powers, with those of the roles she holds already, must be apart."""
    held = [role, *Membership.objects.filter(user=user, until=None).values_list("role", flat=True)]
    powers = frozenset().union(*map(selectors.powers_of, held))
    if rules.separate_duties_broken(powers):
        raise rules.AccessRefused(rules.Reason.SEPARATE_DUTIES, role=role)


def _end_sessions(user: User) -> None:
    """Close every session of a user: a change of role acts at once.

    The counter is what ends them, also those that nobody wrote down; the rows are only swept away.
    """
    from allauth.usersessions.models import UserSession
    from django.contrib.sessions.models import Session

    User.objects.filter(pk=user.pk).update(sessions_ended=F("sessions_ended") + 1)
    user.refresh_from_db(fields=["sessions_ended"])
    keys = list(UserSession.objects.filter(user_id=user.pk).values_list("session_key", flat=True))
    Session.objects.filter(session_key__in=keys).delete()
    UserSession.objects.filter(user_id=user.pk).delete()


@dataclass(frozen=True, slots=True, kw_only=True)
class Opens:
    """A grant to be made: `subject_id` of `kind` opens to `unit_id` at `level`.

    `fresh`: the subject was made in this very transaction, so nobody can hold anything on it yet.
    """

    kind: str
    subject_id: UUID
    unit_id: UUID
    level: int
    basis: str
    fresh: bool = False


def open_many(*, actor: Actor, opens: Sequence[Opens], now: datetime) -> int:
    """Make the grants that are not there yet, in the caller's transaction; returns how many were made.

    The caller journals the deed that the grants belong to.
    """
    wanted = {(item.unit_id, item.subject_id): item for item in opens}
    if not wanted:
        return 0
    known = {key for key, item in wanted.items() if not item.fresh}
    if known:
        held = Grant.objects.filter(
            Q(user=None) & selectors.in_force(now),
            unit_id__in={unit for unit, _ in known},
            subject_id__in={subject for _, subject in known},
        ).values_list("unit_id", "subject_id", "level")
        for unit_id, subject_id, level in held:
            if (unit_id, subject_id) in wanted and level >= wanted[unit_id, subject_id].level:
                del wanted[unit_id, subject_id]
    rows = [
        {
            "id": new_id(),
            "subject_kind": item.kind,
            "subject_id": item.subject_id,
            "unit_id": item.unit_id,
            "level": item.level,
            "basis": item.basis,
            "purpose": actor.purpose,
            "reason": "",
            "since": now,
            "granted_by": actor.user_id,
        }
        for item in wanted.values()
    ]
    bulk.insert(Grant, rows)
    return len(wanted)


@transaction.atomic
def break_glass(
    *, actor: Actor, case_id: UUID, person_ids: Sequence[UUID], reason: str, now: datetime
) -> datetime:
    """Open one case to one user for one hour, for a stated reason. Returns until when.

    The caller opens the guardian's review duty in the same transaction.
    Raises AccessRefused(no_power | reason_too_short | conflict_of_interest | already_open).
    """
    unit_id = rules.check_unit(actor)
    rules.check_break_glass(actor=actor, reason=reason)
    if selectors.is_locked_out(actor, subject_ids=[case_id, *person_ids]):
        raise rules.AccessRefused(rules.Reason.CONFLICT_OF_INTEREST)
    if selectors.level_on(actor, subject_id=case_id, now=now) >= rules.Level.FULL:
        raise rules.AccessRefused(rules.Reason.ALREADY_OPEN)
    until = now + rules.BREAK_GLASS_TIME
    for kind, subject_id in [("case", case_id), *[("person", person_id) for person_id in person_ids]]:
        Grant.objects.create(
            subject_kind=kind,
            subject_id=subject_id,
            unit_id=unit_id,
            user_id=actor.user_id,
            level=rules.Level.FULL,
            basis=rules.Basis.BREAK_GLASS.value,
            purpose=actor.purpose,
            reason=" ".join(reason.split())[:500],
            since=now,
            until=until,
            granted_by=actor.user_id,
        )
    journal.record(
        actor=actor,
        did="access.glass_broken",
        to=[f"case:{case_id}"],
        at=now,
        basis=rules.Basis.BREAK_GLASS.value,
        until=until.isoformat(),
    )
    return until


@transaction.atomic
def give_grant(
    *,
    actor: Actor,
    case_id: UUID,
    person_ids: Sequence[UUID],
    unit_code: str,
    level: rules.Level,
    basis: rules.Basis,
    purpose: str,
    until: datetime | None,
    now: datetime,
) -> Grant:
    """Let another unit into a case: how far, on which basis, for what, until when. Who is in it whole may do so.

    A full grant opens the persons of the case too. What the unit holds already is not taken from it.
    Raises AccessRefused (see `rules.check_give`), also unknown_unit, own_unit and already_open.
    """
    rules.check_give(actor=actor, level=level, basis=basis, purpose=purpose, until=until, now=now)
    if selectors.level_on(actor, subject_id=case_id, now=now) < rules.Level.FULL:
        raise rules.AccessRefused(rules.Reason.NOT_VISIBLE)
    unit = Unit.objects.filter(code=unit_code, active=True).first()
    if unit is None:
        raise rules.AccessRefused(rules.Reason.UNKNOWN_UNIT, unit=unit_code)
    if unit.pk == actor.unit_id:
        raise rules.AccessRefused(rules.Reason.OWN_UNIT)
    held = [one for one in selectors.openings(actor, subject_id=case_id) if one.unit_id == unit.pk]
    if any(one.user_id is None and one.level >= level for one in held):
        raise rules.AccessRefused(rules.Reason.ALREADY_OPEN)
    subjects = [("case", case_id)]
    if level == rules.Level.FULL:
        subjects += [("person", person_id) for person_id in person_ids]
    rows = [
        Grant(
            subject_kind=kind,
            subject_id=subject_id,
            unit=unit,
            level=level,
            basis=basis.value,
            purpose=purpose.strip(),
            since=now,
            until=until,
            granted_by=actor.user_id,
        )
        for kind, subject_id in subjects
    ]
    # Who describes the persons herself holds no grant on them that the database could ask for.
    with acting(replace(actor, scope="linker")):
        Grant.objects.bulk_create(rows)
    journal.record(
        actor=actor.for_purpose(purpose.strip()),
        did="access.grant_given",
        to=[f"case:{case_id}", f"unit:{unit.pk}"],
        at=now,
        basis=basis.value,
        level=int(level),
        until=until.isoformat() if until else None,
    )
    return rows[0]


@transaction.atomic
def end_grant(
    *, actor: Actor, case_id: UUID, person_ids: Sequence[UUID], unit_id: UUID, reason: str, now: datetime
) -> int:
    """Close a case to a unit it was given to; what a unit holds because it reported itself stays. How many ended.

    Raises AccessRefused(no_power | not_visible | reason_too_short).
    """
    rules.check_power(actor, rules.Power.CASE_WRITE)
    rules.check_reason(reason)
    if selectors.level_on(actor, subject_id=case_id, now=now) < rules.Level.FULL:
        raise rules.AccessRefused(rules.Reason.NOT_VISIBLE)
    if unit_id == actor.unit_id:
        raise rules.AccessRefused(rules.Reason.OWN_UNIT)
    with acting(replace(actor, scope="linker")):
        wanted = list(
            Grant.objects.filter(
                selectors.in_force(now),
                unit_id=unit_id,
                user=None,
                subject_id__in=[case_id, *person_ids],
                basis__in=[basis.value for basis in rules.GIVEN],
            ).values_list("pk", flat=True)
        )
    with acting(system("access.end_grant")):
        ended = Grant.objects.filter(pk__in=wanted).update(revoked_at=now)
    if ended:
        to = [f"case:{case_id}", f"unit:{unit_id}"]
        journal.record(actor=actor, did="access.grant_ended", to=to, at=now)
    return ended


def lock_out(*, actor: Actor, locks: Iterable[tuple[UUID, UUID, str]], now: datetime) -> int:
    """Keep users from subjects: (user, subject, why). In the caller's transaction; each new lock is journalled."""
    wanted = {(user, subject): why for user, subject, why in locks}
    held = Lock.objects.filter(
        user_id__in={user for user, _ in wanted},
        subject_id__in={subject for _, subject in wanted},
        lifted_at=None,
    ).values_list("user_id", "subject_id")
    for key in held:
        wanted.pop(key, None)
    # Two reports of one moment may both want a lock: the second finds it made.
    Lock.objects.bulk_create(
        [
            Lock(user_id=user, subject_id=subject, why=why, since=now)
            for (user, subject), why in wanted.items()
        ],
        ignore_conflicts=True,
    )
    for (user, subject), why in wanted.items():
        to = [f"user:{user}", f"subject:{subject}"]
        journal.record(actor=actor, did="access.locked_out", to=to, at=now, why=why)
    return len(wanted)


def follow(
    *,
    actor: Actor,
    moves: Mapping[UUID, tuple[str, UUID]],
    now: datetime,
    opens: Mapping[UUID, Collection[UUID]] | None = None,
) -> dict[str, list[str]]:
    """Files became parts of others (old → kind, new): who saw the one sees the other, who was locked out of either is
    locked out of both. `opens`: case → persons whom everybody sees whole who sees the case whole. Broken glass opens
    nothing more.

    In the caller's transaction and the system's sight; returns the ids of what was made, for `take_back`.
    """
    grants = [
        Grant(
            subject_kind=moves[one.subject_id][0],
            subject_id=moves[one.subject_id][1],
            unit_id=one.unit_id,
            level=one.level,
            basis=one.basis,
            purpose=one.purpose,
            since=now,
            until=one.until,
            granted_by=one.granted_by,
        )
        for one in Grant.objects.filter(selectors.in_force(now), user=None, subject_id__in=moves).order_by(
            "pk"
        )
    ]
    held = set(
        Grant.objects.filter(
            selectors.in_force(now), user=None, until=None, subject_id__in=[new for _, new in moves.values()]
        ).values_list("unit_id", "subject_id", "level")
    )
    grants = [
        one
        for one in grants
        if not any((one.unit_id, one.subject_id, level) in held for level in range(one.level, 4))
    ]
    pairs = {(old, new) for old, (_, new) in moves.items()} | {(new, old) for old, (_, new) in moves.items()}
    standing = Lock.objects.filter(subject_id__in={one for one, _ in pairs}, lifted_at=None)
    locked = {(lock.user_id, lock.subject_id): lock.why for lock in standing}
    locks = [
        Lock(user_id=user, subject_id=other, why=why, since=now)
        for (user, subject), why in locked.items()
        for one, other in pairs
        if one == subject and (user, other) not in locked
    ]
    Grant.objects.bulk_create(grants)
    grants += _open_persons(opens or {}, now)
    Lock.objects.bulk_create(locks)
    for lock in locks:
        to = [f"user:{lock.user_id}", f"subject:{lock.subject_id}"]
        journal.record(actor=actor, did="access.locked_out", to=to, at=now, why=lock.why)
    return {"grants": [str(one.pk) for one in grants], "locks": [str(one.pk) for one in locks]}


def _open_persons(opens: Mapping[UUID, Collection[UUID]], now: datetime) -> list[Grant]:
    full = Grant.objects.filter(selectors.in_force(now), user=None, level=rules.Level.FULL)
    persons = {person for ones in opens.values() for person in ones}
    held = set(full.filter(subject_id__in=persons).values_list("unit_id", "subject_id"))
    wanted = {
        (one.unit_id, person): one
        for one in full.filter(subject_id__in=opens).order_by("pk")
        for person in opens[one.subject_id]
    }
    grants = [
        Grant(
            subject_kind="person",
            subject_id=person,
            unit_id=unit_id,
            level=rules.Level.FULL,
            basis=one.basis,
            purpose=one.purpose,
            since=now,
            until=one.until,
        )
        for (unit_id, person), one in wanted.items()
        if (unit_id, person) not in held
    ]
    return Grant.objects.bulk_create(grants)


def take_back(*, actor: Actor, made: Mapping[str, Sequence[str]], now: datetime) -> None:
    """End what `follow` made. In the caller's transaction and the system's sight."""
    Grant.objects.filter(pk__in=made["grants"], revoked_at=None).update(revoked_at=now)
    for lock in Lock.objects.filter(pk__in=made["locks"], lifted_at=None):
        Lock.objects.filter(pk=lock.pk).update(lifted_at=now)
        to = [f"user:{lock.user_id}", f"subject:{lock.subject_id}"]
        journal.record(actor=actor, did="access.lock_lifted", to=to, at=now)


@transaction.atomic
def note_attempt(*, actor: Actor, subject_ids: Sequence[UUID], did: str, now: datetime) -> bool:
    """Journal an attempt to open what a conflict of interest keeps closed; says whether it was one."""
    if not selectors.is_locked_out(actor, subject_ids=subject_ids):
        return False
    journal.record(
        actor=actor,
        did="access.conflict_attempt",
        to=[f"subject:{subject}" for subject in subject_ids],
        at=now,
        deed=did,
    )
    return True


@transaction.atomic
def lift_lock(*, actor: Actor, lock_id: UUID, reason: str, now: datetime) -> None:
    """Lift a conflict-of-interest lock that was wrong; who, why and when stays in the journal."""
    rules.check_power(actor, rules.Power.CONFLICT_MANAGE)
    rules.check_reason(reason)
    lock = Lock.objects.select_for_update().get(pk=lock_id, lifted_at=None)
    lock.lifted_at = now
    lock.save(update_fields=["lifted_at"])
    journal.record(
        actor=actor,
        did="access.lock_lifted",
        to=[f"user:{lock.user_id}", f"subject:{lock.subject_id}"],
        at=now,
    )


@transaction.atomic
def expire(*, actor: Actor, now: datetime) -> int:
    """Mark grants whose time is over. They open nothing already; this only keeps the table tidy."""
    return Grant.objects.filter(revoked_at=None, until__lte=now).update(revoked_at=now)


def sign_in_seconds_left(*, actor: Actor, key: str, now: datetime) -> int:
    row = SignInDelay.objects.filter(pk=key).first()
    return 0 if row is None or row.wait_until <= now else int((row.wait_until - now).total_seconds()) + 1


@transaction.atomic
def sign_in_failed(*, actor: Actor, key: str, now: datetime) -> int:
    """Count a failure; returns the seconds to wait before the next try."""
    row, _ = SignInDelay.objects.select_for_update().get_or_create(pk=key, defaults={"wait_until": now})
    row.failures += 1
    wait = rules.sign_in_wait(row.failures)
    row.wait_until = now + timedelta(seconds=wait)
    row.save()
    if wait:
        with acting(actor):
            sign_in = f"sign_in:k{keyring().blind('access.sign_in', key).hex()}"
            journal.record(
                actor=actor, did="access.sign_in_slowed", to=sign_in, at=now, failures=row.failures
            )
    return wait


@transaction.atomic
def signed_in(*, actor: Actor, key: str, user: User, now: datetime) -> None:
    SignInDelay.objects.filter(pk=key).delete()
    journal.record(actor=actor, did="access.signed_in", to=[f"user:{user.pk}"], at=now)


def anonymous(purpose: str) -> Actor:
    """Who stands before the sign-in page: nobody yet; the journal still needs an actor."""
    return system(purpose)


# --- Accounts -----------------------------------------------------------------------------------------------------


def _locked_user(user_id: UUID) -> User:
    user = User.objects.select_for_update().filter(pk=user_id).first()
    if user is None:
        raise rules.AccessRefused(rules.Reason.UNKNOWN_USER)
    return user


@transaction.atomic
def set_active(*, actor: Actor, user_id: UUID, active: bool, now: datetime) -> User:
    """Close an account, or open it again. Closing ends its sessions at once; the history stays.

    Raises AccessRefused(no_power | own_account | unknown_user).
    """
    rules.check_power(actor, rules.Power.ACCESS_MANAGE)
    rules.check_not_own(actor, user_id=user_id)
    user = _locked_user(user_id)
    user.is_active = active
    user.save(update_fields=["is_active"])
    _end_sessions(user)
    journal.record(
        actor=actor,
        did="access.account_opened_again" if active else "access.account_closed",
        to=[f"user:{user.pk}"],
        at=now,
    )
    return user


@transaction.atomic
def remember_number(*, actor: Actor, user_id: UUID, token: bytes, now: datetime) -> None:
    """Keep the keyed token of a user's personal number, by which it is noticed that she is a party. Not the number.

    `cases.openings.know_number` is the whole deed: it also locks her out of what is there already.
    Raises AccessRefused(no_power | own_account | unknown_user).
    """
    rules.check_power(actor, rules.Power.ACCESS_MANAGE)
    rules.check_not_own(actor, user_id=user_id)
    user = _locked_user(user_id)
    user.personal_token = token
    user.save(update_fields=["personal_token"])
    journal.record(actor=actor, did="access.number_known", to=[f"user:{user.pk}"], at=now)


@transaction.atomic
def reset_password(*, actor: Actor, user_id: UUID, now: datetime) -> str:
    """Give a new password that is told once and opens only the page where she chooses her own. Sessions end.

    Raises AccessRefused(no_power | own_account | unknown_user).
    """
    rules.check_power(actor, rules.Power.ACCESS_MANAGE)
    rules.check_not_own(actor, user_id=user_id)
    user = _locked_user(user_id)
    password = temporary_password(actor=actor)
    user.set_password(password)
    user.must_change_password = True
    user.save(update_fields=["password", "must_change_password"])
    _end_sessions(user)
    journal.record(actor=actor, did="access.password_reset", to=[f"user:{user.pk}"], at=now)
    return password


def temporary_password(*, actor: Actor) -> str:
    """Four groups of four letters and digits, none taken for another: to be read out and typed once."""
    letters = "abcdefghjkmnpqrstuvwxyz23456789"
    return "-".join("".join(secrets.choice(letters) for _ in range(4)) for _ in range(4))


@transaction.atomic
def reset_second_factor(*, actor: Actor, user_id: UUID, now: datetime) -> int:
    """Forget a user's authenticator, passkeys and recovery codes: at the next sign-in she sets up new ones.

    Raises AccessRefused(no_power | own_account | unknown_user).
    """
    from allauth.mfa.models import Authenticator

    rules.check_power(actor, rules.Power.ACCESS_MANAGE)
    rules.check_not_own(actor, user_id=user_id)
    user = _locked_user(user_id)
    gone: int = Authenticator.objects.filter(user_id=user.pk).delete()[0]
    _end_sessions(user)
    journal.record(
        actor=actor, did="access.second_factor_reset", to=[f"user:{user.pk}"], at=now, factors=gone
    )
    return gone


@transaction.atomic
def password_chosen(*, actor: Actor, user: User, password: str, now: datetime) -> None:
    """Her own new password."""
    user.set_password(password)
    user.must_change_password = False
    user.save(update_fields=["password", "must_change_password"])
    journal.record(actor=actor, did="access.password_changed", to=[f"user:{user.pk}"], at=now)


@transaction.atomic
def change_own_account(
    *, actor: Actor, name_ar: str, name_en: str, language: str, arabic_digits: bool, now: datetime
) -> User:
    """Name, language and digits of the actor's own account. Raises AccessRefused(name_in_both_languages)."""
    rules.check_names(name_ar=name_ar, name_en=name_en)
    user = _own(actor)
    user.name_ar, user.name_en = name_ar.strip(), name_en.strip()
    user.language, user.arabic_digits = language, arabic_digits
    user.save(update_fields=["name_ar", "name_en", "language", "arabic_digits"])
    journal.record(actor=actor, did="access.account_changed", to=[f"user:{user.pk}"], at=now)
    return user


@transaction.atomic
def choose_language(*, actor: Actor, language: str) -> None:
    """Remember the language she reads in, for the next sign-in."""
    User.objects.filter(pk=actor.own_user).exclude(language=language).update(language=language)


@transaction.atomic
def choose_context(*, actor: Actor, membership_id: UUID, now: datetime) -> Membership:
    """Act in another unit or role from now on. Raises AccessRefused(not_a_member)."""
    membership = (
        Membership.objects.select_related("unit")
        .filter(pk=membership_id, user_id=actor.own_user, until=None, unit__active=True)
        .first()
    )
    if membership is None:
        raise rules.AccessRefused(rules.Reason.NOT_A_MEMBER)
    journal.record(
        actor=actor,
        did="access.context_chosen",
        to=[f"user:{actor.user_id}"],
        at=now,
        role=membership.role,
        unit_code=membership.unit.code,
    )
    return membership


def _own(actor: Actor) -> User:
    if actor.user_id is None:
        raise rules.AccessRefused(rules.Reason.UNKNOWN_USER)
    return _locked_user(actor.user_id)


# --- Review of broken glass ---------------------------------------------------------------------------------------


@transaction.atomic
def review_glass(*, actor: Actor, grant_id: UUID, verdict: rules.Verdict, now: datetime) -> Grant:
    """Say of an emergency opening whether it was justified; an unjustified one is also closed at once.

    Nobody reviews her own. Raises AccessRefused(no_power | not_broken_glass | already_reviewed | own_opening).
    """
    rules.check_power(actor, rules.Power.BREAK_GLASS_REVIEW)
    opening = (
        Grant.objects.select_for_update()
        .filter(pk=grant_id, basis=rules.Basis.BREAK_GLASS.value, subject_kind="case")
        .first()
    )
    if opening is None or opening.user_id is None:
        raise rules.AccessRefused(rules.Reason.NOT_BROKEN_GLASS)
    if opening.reviewed_at is not None:
        raise rules.AccessRefused(rules.Reason.ALREADY_REVIEWED)
    if opening.user_id == actor.user_id:
        raise rules.AccessRefused(rules.Reason.OWN_OPENING)
    opening.verdict, opening.reviewed_at, opening.reviewed_by = verdict.value, now, actor.user_id
    opening.save(update_fields=["verdict", "reviewed_at", "reviewed_by"])
    if verdict is rules.Verdict.UNJUSTIFIED:
        # The persons of the case were opened with it, at the same moment to the same user.
        Grant.objects.filter(
            basis=rules.Basis.BREAK_GLASS.value,
            user_id=opening.user_id,
            since=opening.since,
            revoked_at=None,
            until__gt=now,
        ).update(revoked_at=now)
    journal.record(
        actor=actor,
        did="access.glass_reviewed",
        to=[f"case:{opening.subject_id}", f"user:{opening.user_id}"],
        at=now,
        verdict=verdict.value,
    )
    return opening
