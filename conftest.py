"""What every test may rely on: a real PostgreSQL, migrated, reached as the app role, in a known state."""

import os
from collections.abc import Iterator

import pytest
from pytest_django import DjangoDbBlocker

_stash: "pytest.StashKey[tests.database.Copy]"  # noqa: F821 - imported when a database is first needed
_stash = pytest.StashKey()


def pytest_configure(config: pytest.Config) -> None:
    """A clean checkout has no compiled Arabic yet. Once, before the workers start."""
    if not hasattr(config, "workerinput"):
        from config import messages

        messages.compile_if_stale()


@pytest.fixture(scope="session")
def django_db_setup(
    request: pytest.FixtureRequest, django_test_environment: None, django_db_blocker: DjangoDbBlocker
) -> Iterator[None]:
    """In place of pytest-django's: copies a migrated template instead of migrating, see tests/database.py."""
    from tests.database import database

    with django_db_blocker.unblock(), database(os.environ.get("PYTEST_XDIST_WORKER", "main")) as copy:
        request.config.stash[_stash] = copy
        with django_db_blocker.block():
            yield
        del request.config.stash[_stash]


def commits(item: pytest.Item) -> bool:
    """Whether a test really commits: then it gets, and leaves, a database of its own."""
    marker = item.get_closest_marker("django_db")
    transactional = bool(marker and (marker.kwargs.get("transaction") or (marker.args and marker.args[0])))
    return transactional or bool({"transactional_db", "live_server"} & set(getattr(item, "fixturenames", ())))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item) -> Iterator[None]:
    """Append-only tables cannot be flushed, by design: after a committing test the copy is made anew."""
    result = yield
    copy = item.config.stash.get(_stash, None)
    if copy is not None and commits(item):
        from pytest_django.plugin import blocking_manager_key

        with item.config.stash[blocking_manager_key].unblock():
            copy.fresh()
    return result
