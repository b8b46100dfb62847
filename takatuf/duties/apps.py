from django.apps import AppConfig


class DutiesConfig(AppConfig):
    name = "takatuf.duties"
    label = "duties"
