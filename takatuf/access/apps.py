from django.apps import AppConfig


class AccessConfig(AppConfig):
    name = "takatuf.access"
    label = "access"

    def ready(self) -> None:
        from django.db.models import CharField
        from django.db.models.functions import Length

        CharField.register_lookup(Length)
