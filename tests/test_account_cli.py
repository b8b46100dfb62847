"""The first administrator: opened at the server, able to open others, with a password for one sign-in."""

import json

import pytest
from click.testing import CliRunner

from config.cli.account import app
from takatuf.access.models import Membership, User


@pytest.fixture
def run(world):
    def call(*arguments):
        return CliRunner().invoke(app, list(arguments))

    return call


def administer(run, username="first.admin", unit="MOI-FCPO-CAP", role="administrator"):
    names = ("--name-ar", "مريم التجربة", "--name-en", "Maryam Trial")
    return run("administrator", username, "--unit", unit, "--role", role, *names, "--json")


def test_the_first_administrator_signs_in_once_and_must_change_the_password(run, client):
    done = administer(run)

    assert done.exit_code == 0, done.output
    said = json.loads(done.output)
    user = User.objects.get(username="first.admin")
    assert user.check_password(said["password"]) and user.must_change_password
    assert Membership.objects.get(user=user).role == "administrator"
    assert "first.admin" in run("list", "--json").output


def test_a_role_without_the_power_is_refused_in_both_languages(run):
    done = administer(run, role="officer")

    assert done.exit_code == 1
    assert "may not open accounts" in done.output and "لا يفتح الحسابات" in done.output
    assert not User.objects.filter(username="first.admin").exists()


@pytest.mark.parametrize(("unit", "twice"), [("NOWHERE", False), ("MOI-FCPO-CAP", True)])
def test_an_unknown_unit_or_a_taken_name_leaves_nothing_behind(run, unit, twice):
    if twice:
        administer(run)
    before = User.objects.count()

    done = administer(run, unit=unit)

    assert done.exit_code == 1 and len(done.output.strip().splitlines()) == 2
    assert User.objects.count() == before
