"""Worklists, oversight, the journal, accounts, the law."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
