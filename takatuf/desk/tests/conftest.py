"""The pages are tried without a second factor; that it is asked for has tests of its own."""

from typing import Any

import pytest


@pytest.fixture(autouse=True)
def _one_factor(settings: Any) -> None:
    settings.TAKATUF_SECOND_FACTOR = False
