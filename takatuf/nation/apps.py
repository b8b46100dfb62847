from django.apps import AppConfig


class NationConfig(AppConfig):
    name = "takatuf.nation"
    label = "nation"
