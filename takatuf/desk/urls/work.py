"""Worklists, oversight, the journal, accounts, the law."""

from django.urls import URLPattern, path

import takatuf.desk.urls.converters  # noqa: F401 - <short:…>
from takatuf.desk.views import account, accounts, glass, journal, overdue, reference, worklist

urlpatterns: list[URLPattern] = [
    path("", worklist.worklist, name="worklist"),
    path("duties/assign/", worklist.duties_assign, name="duties_assign"),
    path("duties/<short:duty_id>/done/", worklist.duty_done, name="duty_done"),
    path("duties/<short:duty_id>/undo/", worklist.duty_undo, name="duty_undo"),
    path("overdue/", overdue.overdue, name="overdue"),
    path("national/", overdue.national, name="national"),
    path("glass/", glass.glass, name="glass"),
    path("glass/<short:grant_id>/", glass.glass_opening, name="glass_opening"),
    path("glass/<short:grant_id>/review/", glass.glass_review, name="glass_review"),
    path("journal/", journal.journal_page, name="journal"),
    path("journal/export/", journal.journal_export, name="journal_export"),
    path("users/", accounts.accounts, name="accounts"),
    path("users/new/", accounts.account_new, name="account_new"),
    path("users/<short:user_id>/", accounts.account_of, name="account_of"),
    path("users/<short:user_id>/roles/", accounts.role_give, name="role_give"),
    path("users/<short:user_id>/roles/<short:membership_id>/end/", accounts.role_end, name="role_end"),
    path("users/<short:user_id>/state/", accounts.account_state, name="account_state"),
    path("users/<short:user_id>/password/", accounts.password_reset, name="password_reset"),
    path("users/<short:user_id>/second-factor/", accounts.second_factor_reset, name="second_factor_reset"),
    path("account/", account.account, name="account"),
    path("contexts/", account.contexts, name="contexts"),
    path("language/", account.language, name="language"),
    path("law/", reference.reference, name="reference"),
    path("law/holidays/", reference.holiday_announce, name="holiday_announce"),
    path("law/holidays/<short:holiday_id>/retire/", reference.holiday_retire, name="holiday_retire"),
    path("law/moon/", reference.moon_set, name="moon_set"),
]
