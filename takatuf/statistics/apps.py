from django.apps import AppConfig


class StatisticsConfig(AppConfig):
    name = "takatuf.statistics"
    label = "statistics"
