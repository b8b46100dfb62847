from django.apps import AppConfig


class CasesConfig(AppConfig):
    name = "takatuf.cases"
    label = "cases"
