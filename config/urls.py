"""All addresses. Staff pages at the root; sign-in by allauth."""

from django.urls import URLPattern, URLResolver, include, path

from config.health import healthz

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", healthz),
    path("accounts/", include("takatuf.desk.urls.entrance")),
    path("statistics/", include("takatuf.statistics.urls")),
    path("", include("takatuf.desk.urls")),
]
