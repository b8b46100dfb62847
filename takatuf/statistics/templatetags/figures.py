"""Counts as they are printed."""

from django import template

from takatuf.statistics import words

register = template.Library()


@register.filter
def figure(count: int | None) -> str:
    """Thousands apart; what nobody can know is a dash, never a zero."""
    return words.figure(count)
