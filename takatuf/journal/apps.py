from django.apps import AppConfig


class JournalConfig(AppConfig):
    name = "takatuf.journal"
    label = "journal"
