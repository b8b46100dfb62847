from django.apps import AppConfig
from django.core import checks


class KernelConfig(AppConfig):
    name = "takatuf.kernel"
    label = "kernel"

    def ready(self) -> None:
        from takatuf.kernel.checks import right_keys

        checks.register(right_keys, checks.Tags.database)
