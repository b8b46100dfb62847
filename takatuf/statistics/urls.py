from django.urls import path

from . import views

app_name = "statistics"

urlpatterns = [
    path("", views.index, name="index"),
    path("snapshot/", views.take, name="take"),
    path("<slug:name>/", views.table, name="table"),
    path("<slug:name>/xlsx/", views.export, name="export"),
]
