from django.apps import AppConfig


class PeopleConfig(AppConfig):
    name = "takatuf.people"
    label = "people"
