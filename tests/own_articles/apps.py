from django.apps import AppConfig


class OwnArticlesConfig(AppConfig):
    name = "tests.own_articles"
    label = "own_articles"
    default_auto_field = "django.db.models.BigAutoField"
