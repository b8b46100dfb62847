"""Search, reports, cases, imports."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
