"""The cast is at hand in every test."""

from tests.cast import cast, signed_in, world

__all__ = ["cast", "signed_in", "world"]
