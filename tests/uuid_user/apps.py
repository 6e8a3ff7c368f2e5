from django.apps import AppConfig


class UUIDUserConfig(AppConfig):
    name = "tests.uuid_user"
    label = "uuid_user"
