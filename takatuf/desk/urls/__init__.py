"""Addresses of the staff pages: the desk's own work, and what it is about."""

from takatuf.desk.urls import matters, work

app_name = "desk"
urlpatterns = [*work.urlpatterns, *matters.urlpatterns]
