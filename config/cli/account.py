"""`takatuf account …`: the first administrator of an instance, and a way back in when none can sign in."""

import json
from collections.abc import Callable

import click

from config.cli import REFUSED, django_ready, fail
from takatuf.kernel.errors import Refusal
from takatuf.kernel.text import Text


@click.group(name="account", help="Open an administrator's account; list who administers.")
def app() -> None:
    django_ready()


def both(said: Callable[[Refusal], str], refusal: Refusal) -> Text:
    """What a function says of a refusal, in both languages."""
    from django.utils.translation import override

    with override("ar"):
        arabic = said(refusal)
    with override("en"):
        return Text(ar=arabic, en=said(refusal))


@app.command()
@click.argument("username")
@click.option("--unit", required=True, help="Code of the unit she administers, as in the pack.")
@click.option("--name-ar", required=True, help="Her name in Arabic.")
@click.option("--name-en", required=True, help="Her name in English.")
@click.option("--role", default="administrator", show_default=True, help="Code of the role, as in the pack.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object for programs.")
def administrator(username: str, unit: str, name_ar: str, name_en: str, role: str, as_json: bool) -> None:
    """Open an account that may open others. Prints a password for one sign-in, to be changed at once.

    For the person at the server only: every other account is opened on the page of users and roles.
    """
    from django.db import transaction

    from takatuf.access import selectors, services
    from takatuf.access.rules import AccessRefused, Power
    from takatuf.desk import words
    from takatuf.kernel import clock
    from takatuf.kernel.actor import system
    from takatuf.kernel.context import acting

    actor = system("account.administrator", powers=frozenset({Power.ACCESS_MANAGE.value}))
    if Power.ACCESS_MANAGE.value not in selectors.powers_of(role):
        fail(
            Text(
                en=f"The role {role} may not open accounts: choose one that does.",
                ar=f"الدور {role} لا يفتح الحسابات: اختر دورًا يملك هذه الصلاحية.",
            ),
            REFUSED,
        )
    now, password = clock.now(), services.temporary_password(actor=actor)
    try:
        with acting(actor), transaction.atomic():
            user = services.create_user(
                actor=actor,
                username=username,
                name_ar=name_ar,
                name_en=name_en,
                password=password,
                must_change_password=True,
                now=now,
            )
            services.give_role(actor=actor, user_id=user.pk, unit_code=unit, role=role, now=now)
    except AccessRefused as refusal:
        fail(both(words.sentence, refusal), REFUSED)
    if as_json:
        click.echo(json.dumps({"username": username, "unit": unit, "role": role, "password": password}))
        return
    click.echo(f"{username}: {password}")
    click.echo("Good for one sign-in, then to be changed · لتسجيل دخول واحد ثم تُغيَّر")


@app.command(name="list")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
def list_(as_json: bool) -> None:
    """Who may open accounts: user, unit, role."""
    from django.db import transaction

    from takatuf.access import selectors
    from takatuf.access.rules import Power
    from takatuf.kernel.actor import system
    from takatuf.kernel.context import acting

    actor = system("account.list", powers=frozenset({Power.ACCESS_MANAGE.value}))
    with acting(actor), transaction.atomic():
        rows = [
            {"username": one.user.username, "unit": one.unit.code, "role": one.role}
            for one in selectors.holders_of(actor, power=Power.ACCESS_MANAGE)
        ]
    for row in rows:
        click.echo(json.dumps(row) if as_json else f"{row['username']:30} {row['unit']:20} {row['role']}")
