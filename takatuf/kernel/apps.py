from django.apps import AppConfig


class KernelConfig(AppConfig):
    name = "takatuf.kernel"
    label = "kernel"
