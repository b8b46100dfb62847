"""Instances of the packs made for one agency's files: they stand apart, with accounts of their own."""

from typing import Any

import pytest

from config.instance import open_demo_accounts
from takatuf.cases.imports.tests.test_shipped import SHIPPED, instance
from takatuf.kernel import reference


@pytest.mark.parametrize("code", SHIPPED)
@pytest.mark.django_db
def test_such_an_instance_opens_with_its_own_accounts(code: str, settings: Any) -> None:
    settings.DEMO = True
    with instance(code) as clerk:
        made = open_demo_accounts()
        accounts = reference.pack().demo
        assert made == len(accounts) > 5
        assert any(account.role == "data_clerk" and account.unit == clerk.unit for account in accounts)
