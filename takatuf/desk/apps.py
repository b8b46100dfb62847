from django.apps import AppConfig


class DeskConfig(AppConfig):
    name = "takatuf.desk"
    label = "desk"
