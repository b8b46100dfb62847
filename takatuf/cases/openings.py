"""Who is let into a case and who is kept out: grants, the review of broken glass, locks of a new account.

Each deed writes through the services of access and duties; what it knows of its own is which persons are in a case.
"""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from takatuf.access import rules as access_rules
from takatuf.access import selectors as access_selectors
from takatuf.access import services as access
from takatuf.access.rules import Basis, Level, Verdict
from takatuf.duties import selectors as duties_selectors
from takatuf.duties import services as duties
from takatuf.kernel.actor import Actor, system
from takatuf.kernel.context import acting
from takatuf.kernel.keyring import keyring
from takatuf.kernel.reference import pack
from takatuf.people import selectors as people_selectors
from takatuf.people import services as people
from takatuf.people.tokens import personal_number_token

from . import selectors
from .models import Case
from .rules import NotVisible, Reason

BROKEN_GLASS = "access.break_glass"


@transaction.atomic
def share(
    *,
    actor: Actor,
    case_id: UUID,
    unit_code: str,
    level: Level,
    basis: Basis,
    purpose: str,
    until: datetime | None,
    now: datetime,
) -> None:
    """Let another unit into a case. Raises NotVisible, and AccessRefused as `access.give_grant` does."""
    case = _seen(actor, case_id, now)
    access.give_grant(
        actor=actor,
        case_id=case.pk,
        person_ids=[case.victim_id, case.aggressor_id],
        unit_code=unit_code,
        level=level,
        basis=basis,
        purpose=purpose,
        until=until,
        now=now,
    )


@transaction.atomic
def stop_sharing(*, actor: Actor, case_id: UUID, unit_id: UUID, reason: str, now: datetime) -> int:
    """Close a case to a unit it was given to; how many grants ended. The persons stay open by another case of theirs.

    Raises NotVisible, and AccessRefused as `access.end_grant` does.
    """
    case = _seen(actor, case_id, now)
    persons = {case.victim_id, case.aggressor_id}
    with acting(system("cases.stop_sharing")):
        others = Case.objects.exclude(pk=case.pk)
        for person_id in tuple(persons):
            theirs = others.filter(victim_id=person_id) | others.filter(aggressor_id=person_id)
            held = access_selectors.full_holders(
                actor, subject_ids=theirs.values_list("pk", flat=True), now=now
            )
            if any(holder == unit_id for holder, _ in held):
                persons.discard(person_id)
    return access.end_grant(
        actor=actor, case_id=case.pk, person_ids=list(persons), unit_id=unit_id, reason=reason, now=now
    )


def _seen(actor: Actor, case_id: UUID, now: datetime) -> Case:
    case = selectors.cases(actor, now=now).filter(pk=case_id).first()
    if case is None:
        raise NotVisible(Reason.NOT_VISIBLE)
    return case


@transaction.atomic
def review_glass(*, actor: Actor, grant_id: UUID, verdict: Verdict, note: str, now: datetime) -> None:
    """The guardian's word on an emergency opening, with a note; her duty to review it is done with it.

    Raises AccessRefused as `access.review_glass` does, and note_needed.
    """
    access_rules.check_note(note)
    opening = access.review_glass(actor=actor, grant_id=grant_id, verdict=verdict, now=now)
    kinds = [kind.code for kind in pack().duties if kind.event == BROKEN_GLASS]
    for duty in duties_selectors.open_about(actor, subject_id=opening.subject_id, kinds=kinds):
        if duty.opened_at == opening.since:
            duties.complete(actor=actor, duty_id=duty.pk, now=now, note=note, outcome=verdict.value)


@transaction.atomic
def know_number(*, actor: Actor, user_id: UUID, personal_number: str, now: datetime) -> int:
    """Learn a user's personal number: only its keyed token is kept. From now on she is locked out where she is a party.

    Returns how many locks it made at once. The number itself is neither kept nor journalled.
    Raises AccessRefused(no_power | own_account | unknown_user | bad_personal_number).
    """
    token = personal_number_token(personal_number, country=pack(), keyring=keyring())
    if token is None:
        raise access_rules.AccessRefused(access_rules.Reason.BAD_PERSONAL_NUMBER)
    access.remember_number(actor=actor, user_id=user_id, token=token, now=now)
    return lock_out_account(actor=actor, user_id=user_id, now=now)


@transaction.atomic
def lock_out_account(*, actor: Actor, user_id: UUID, now: datetime) -> int:
    """Keep an account that is new, or whose number became known, from cases its owner or her kin is a party of.

    From then on every report does it by itself. Returns how many locks were made. Raises AccessRefused(no_power).
    """
    access_rules.check_power(actor, access_rules.Power.ACCESS_MANAGE)
    token = access_selectors.token_of(actor, user_id=user_id)
    if token is None:
        return 0
    with acting(system("conflict of interest")):
        persons = people_selectors.numbered(actor, token=token)
        found = Case.objects.filter(victim_id__in=persons) | Case.objects.filter(aggressor_id__in=persons)
        parties: dict[UUID, list[people.Party]] = {
            case.pk: [
                (
                    token if people_selectors.has_number(actor, person_id=person_id, token=token) else None,
                    person_id,
                )
                for person_id in (case.victim_id, case.aggressor_id)
            ]
            for case in found
        }
        return people.lock_out_parties(actor=actor, parties_by_case=parties, now=now)
