"""Worklists, oversight, the journal, accounts, the law."""

from django.urls import URLPattern, path

import takatuf.desk.urls.converters  # noqa: F401 - <short:…>
from takatuf.desk.views import overdue, worklist

urlpatterns: list[URLPattern] = [
    path("", worklist.worklist, name="worklist"),
    path("duties/assign", worklist.duties_assign, name="duties_assign"),
    path("duties/<short:duty_id>/done", worklist.duty_done, name="duty_done"),
    path("duties/<short:duty_id>/undo", worklist.duty_undo, name="duty_undo"),
    path("overdue", overdue.overdue, name="overdue"),
    path("national", overdue.national, name="national"),
]
