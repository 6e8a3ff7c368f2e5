"""A Wagtail site with the whole desk in it, for tests.

Needs no service: SQLite, the in-memory channel layer, tasks run where they are queued. The
environment chooses real ones: ``DATABASE_URL``, ``REDIS_URL`` and ``Q_BROKER`` (``orm``, ``redis``).
"""

import os
import tempfile
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

SECRET_KEY = "only-for-tests"
DEBUG = False
ALLOWED_HOSTS = ["testserver", "localhost", "127.0.0.1", "[::1]"]
INTERNAL_IPS: list[str] = []

INSTALLED_APPS = [
    *(["daphne"] if find_spec("daphne") else []),
    "wagtail_escalated",
    "wagtail_escalated.kb",
    "wagtail_escalated.widget",
    "wagtail.contrib.forms",
    "wagtail.contrib.redirects",
    "wagtail.contrib.routable_page",
    "wagtail.contrib.search_promotions",
    "wagtail.contrib.settings",
    "wagtail.contrib.simple_translation",
    "wagtail.api.v2",
    "wagtail.embeds",
    "wagtail.sites",
    "wagtail.users",
    "wagtail.snippets",
    "wagtail.documents",
    "wagtail.images",
    "wagtail.search",
    "wagtail.admin",
    "wagtail",
    "modelcluster",
    "taggit",
    "channels",
    "django_q",
    "django_filters",
    "rest_framework",
    "drf_spectacular",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.sitemaps",
    "django.contrib.staticfiles",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "wagtail.contrib.redirects.middleware.RedirectMiddleware",
]

ROOT_URLCONF = "tests.urls"
ASGI_APPLICATION = "tests.asgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [ROOT / "tests" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.debug",
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "wagtail.contrib.settings.context_processors.settings",
            ],
        },
    },
]

# A file, not memory: live servers and sockets read it from other threads without locking each
# other out. One per process, so that several runs may go on beside each other.
SQLITE_TEST_FILE = Path(tempfile.gettempdir()) / f"escalated-test-{os.getpid()}.sqlite3"
SQLITE_OPTIONS = {
    "timeout": 20,
    "transaction_mode": "IMMEDIATE",
    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF;",
}

(ROOT / "var").mkdir(exist_ok=True)
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": ROOT / "var" / "tests.sqlite3",
        "OPTIONS": SQLITE_OPTIONS,
        "TEST": {"NAME": str(SQLITE_TEST_FILE)},
    }
}
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
CHANNEL_LAYERS = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}
Q_CLUSTER = {
    "name": "escalated-tests",
    "orm": "default",
    "sync": True,
    "workers": 1,
    "poll": 0.2,
    "timeout": 60,
    "retry": 120,
    "max_attempts": 3,
    "catch_up": False,
    "save_limit": 50,
    "log_level": "INFO" if os.environ.get("Q_BROKER") else "WARNING",
}

if os.environ.get("DATABASE_URL"):
    import dj_database_url

    DATABASES["default"] = dj_database_url.parse(os.environ["DATABASE_URL"])
    if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
        DATABASES["default"]["OPTIONS"] = SQLITE_OPTIONS
    if DATABASES["default"]["ENGINE"].endswith("mysql"):
        # The connection compares as the tables do, or Wagtail's own migrations mix collations.
        DATABASES["default"].setdefault("OPTIONS", {}).update(
            charset="utf8mb4",
            collation="utf8mb4_unicode_ci",
            # By itself MariaDB waits a day for who holds a table that is to be dropped.
            init_command="SET SESSION lock_wait_timeout = 60",
        )
        DATABASES["default"]["TEST"] = {"CHARSET": "utf8mb4", "COLLATION": "utf8mb4_unicode_ci"}

if os.environ.get("REDIS_URL"):
    # Emptying the cache empties its whole database: each process of the tests has one of its own,
    # and none of them is the one of layer and broker.
    SERVER, _slash, NUMBER = os.environ["REDIS_URL"].rpartition("/")
    PROCESS = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    CACHES["default"] = {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": f"{SERVER}/{(int(NUMBER or 0) + 1 + PROCESS) % 16}",
        "KEY_PREFIX": f"escalated-tests-{os.getpid()}",
    }
    CHANNEL_LAYERS["default"] = {
        "BACKEND": "channels_redis.core.RedisChannelLayer",
        "CONFIG": {
            "hosts": [os.environ["REDIS_URL"]],
            "prefix": os.environ.get("ESCALATED_LAYER_PREFIX", f"escalated-tests-{os.getpid()}"),
        },
    }

if os.environ.get("Q_BROKER"):
    # tests/conftest.py empties the queue after each task that is put in, see `worker_beside_the_test`.
    Q_CLUSTER["sync"] = False
    Q_CLUSTER["name"] = os.environ.get("Q_NAME", f"escalated-tests-{os.getpid()}")
    if os.environ["Q_BROKER"] == "redis":
        del Q_CLUSTER["orm"]
        Q_CLUSTER["redis"] = os.environ.get("REDIS_URL", "redis://127.0.0.1:6379/0")

AUTH_PASSWORD_VALIDATORS: list[dict] = []
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
LOGIN_URL = "wagtailadmin_login"
LOGIN_REDIRECT_URL = "/support/tickets/"

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("de", "German"), ("fr", "French"), ("ar", "Arabic")]
WAGTAIL_CONTENT_LANGUAGES = [("en", "English"), ("de", "German")]
WAGTAIL_I18N_ENABLED = True
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

STATIC_URL = "/static/"
MEDIA_URL = "/media/"
MEDIA_ROOT = Path(tempfile.gettempdir()) / "escalated-tests-media"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    "escalated": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
}
if os.environ.get("ESCALATED_FILES"):  # a folder that several processes share
    STORAGES["escalated"] = {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": os.environ["ESCALATED_FILES"]},
    }

EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
if os.environ.get("ESCALATED_MAILS"):
    EMAIL_BACKEND = "tests.mail_to_files.EmailBackend"
DEFAULT_FROM_EMAIL = "Support <support@support.example.com>"

WAGTAIL_SITE_NAME = "Escalated tests"
WAGTAILADMIN_BASE_URL = os.environ.get("ESCALATED_URL", "http://localhost:8000")
WAGTAIL_GRAVATAR_PROVIDER_URL = None
WAGTAIL_ENABLE_UPDATE_CHECK = False
WAGTAIL_ENABLE_WHATS_NEW_BANNER = False

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_621_440  # Django's default: our doors must not depend on more

WAGTAIL_ESCALATED = {
    "MAIL_DOMAIN": "support.example.com",
    "INBOUND_SECRET": "test-secret",
}
