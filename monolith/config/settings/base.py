"""What the settings of all environments share."""

import os
import tempfile
import warnings
from pathlib import Path
from typing import Any

from monolith.web.environment import addresses, database, switched

ROLE = os.environ.get("MONOLITH_DATABASE_ROLE", "").upper()

# Said once, in decision 4, and not at every start.
warnings.filterwarnings("ignore", message=r"[\s\S]*Eventlet is deprecated")

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.postgres",
    "rest_framework",
    "monolith.outbox",
    "monolith.seams",
    "monolith.catalog",
    "monolith.customers",
    "monolith.inventory",
    "monolith.notifications",
    "monolith.orders",
    "monolith.payments",
    "monolith.profiling",
    "monolith.seeding",
    "monolith.staff",
]

# Sessions and logins are for the admin's paths: the API's carry only what every request needs.
MIDDLEWARE = [
    "monolith.web.middleware.measured",
    "monolith.web.tracing.traced",
    "monolith.web.middleware.correlated",
    # What they say is in the contracts as SECURITY_HEADERS, because the service says the same.
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "monolith.web.middleware.unambiguous",
    "monolith.web.rate.throttled",
    "monolith.web.middleware.limited",
    "monolith.staff.middleware.for_staff",
]

# Django wants them in MIDDLEWARE, where every request would pay; `for_staff` has them inside.
SILENCED_SYSTEM_CHECKS = ["admin.E408", "admin.E409", "admin.E410"]
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True
STATIC_URL = "/admin/static/"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

ROOT_URLCONF = "monolith.config.urls"
WSGI_APPLICATION = "monolith.config.wsgi.application"
APPEND_SLASH = False
# The gateway decides which hosts are ours, and no URL is built from the Host header.
ALLOWED_HOSTS = ["*"]
# Requests per second of one client at one process; 0 is no limit. Far above what a person does, and
# above what the load tests send from their one address.
RATE_LIMIT_PER_S = float(os.environ.get("RATE_LIMIT_PER_S", "500"))
# `monolith.web.middleware.limited` holds the limit, before anything is read.
DATA_UPLOAD_MAX_MEMORY_SIZE = None
# A query is refused by the contract, as a 422 that names the field, however many fields it has.
DATA_UPLOAD_MAX_NUMBER_FIELDS = None

DATABASES: dict[str, dict[str, Any]] = {
    "default": database(f"MONOLITH_{ROLE}_DATABASE_URL" if ROLE else "MONOLITH_DATABASE_URL"),
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = False

REST_FRAMEWORK = {
    "EXCEPTION_HANDLER": "monolith.web.problems.answer_exception",
    "UNAUTHENTICATED_USER": None,
    "UNAUTHENTICATED_TOKEN": None,
    "DEFAULT_SCHEMA_CLASS": "monolith.web.secured.SecuredSchema",
}
# Only `monolith.config.openapi` reads it; no app of drf-spectacular is installed.
SPECTACULAR_SETTINGS = {
    "OAS_VERSION": "3.1.0",  # the version whose schemas are JSON Schema, which pydantic makes
    "TITLE": "Shop",
    "VERSION": "1",
    "DESCRIPTION": "Errors are problem details (RFC 9457). What changes something needs a key.",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "SERVERS": [{"url": "/"}],
    # The contracts have their names already, in both directions.
    "COMPONENT_SPLIT_PATCH": False,
    "POSTPROCESSING_HOOKS": ["monolith.web.described.tell_ids"],
}

# One switch for both sides: off, nobody is asked who they are. Who forgets it asks everybody.
AUTH_REQUIRED = switched("AUTH_REQUIRED", default="on")
# What encrypts the signing keys at rest and makes refresh tokens; whoever has it is the shop.
AUTH_MASTER_KEY = os.environ.get("AUTH_MASTER_KEY", "")
ACCESS_KEYS = "monolith.customers.keys.public_keys"
PASSWORD_HASHERS = ["monolith.customers.passwords.Argon2id"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
# Wrong ones within a quarter of an hour.
SIGN_IN_TRIES = 10
SIGN_IN_TRIES_PER_ADDRESS = 200
# Likewise; each makes us hash a password, which is dear on purpose.
REGISTRATIONS_PER_ADDRESS = 1_000

# Whom each domain is asked of when its service holds the answer.
CATALOG_URLS = addresses("CATALOG_URLS")
INVENTORY_URLS = addresses("INVENTORY_URLS")
ORDERS_URLS = addresses("ORDERS_URLS")
AMQP_URL = os.environ.get("AMQP_URL", "")
RPC_TIMEOUT_S = 1.0

# Who moves money: any class with the protocol `monolith.payments.provider.Provider`. The sandbox is
# played in a table of ours; once payments may move, both sides have to ask somebody outside.
PAYMENT_PROVIDER = os.environ.get("PAYMENT_PROVIDER", "monolith.payments.sandbox.Sandbox")
BANK_URL = os.environ.get("BANK_URL", "")
# How long a buyer waits for the bank; then the outcome is uncertain, and is asked for again.
BANK_TIMEOUT_S = float(os.environ.get("BANK_TIMEOUT_S", "1"))
# The service asks the bank at most twice for one request: for what is open, and for what is wanted.
PAYMENTS_RPC_TIMEOUT_S = 2 * BANK_TIMEOUT_S + 0.5

# Without a mail server, mails are files: the whole story can be told on one machine.
EMAIL_BACKEND = os.environ.get("EMAIL_BACKEND") or (
    "monolith.notifications.conversation.EmailBackend"
    if os.environ.get("EMAIL_HOST")
    else "django.core.mail.backends.filebased.EmailBackend"
)
EMAIL_FILE_PATH = Path(os.environ.get("STATE_DIR") or tempfile.gettempdir()) / "mail"
EMAIL_HOST = os.environ.get("EMAIL_HOST", "localhost")
EMAIL_PORT = int(os.environ.get("EMAIL_PORT", "25"))
EMAIL_TIMEOUT = 10  # per answer, for a backend of Django's own; ours has its own limits
DEFAULT_FROM_EMAIL = "shop@shop.example"

# What `manage.py chores` does, and after how many seconds again.
CHORES = {
    "send_mail": 1.0,
    "expire_reservations": 10.0,
    "settle_payments": 15.0,
    "settle_checkouts": 15.0,
    "forget_sign_ins": 60.0,
}

# What moves, or may: the applier keeps our copy of it current while a service owns the writes.
MOVING_DOMAINS = (
    "monolith.catalog.entities.CATALOG",
    "monolith.inventory.entities.INVENTORY",
    "monolith.notifications.entities.NOTIFICATIONS",
    "monolith.orders.entities.ORDERS",
    "monolith.payments.entities.PAYMENTS",
)

LOG_LEVEL = os.environ.get("LOG_LEVEL", "INFO")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"correlation": {"()": "monolith.web.correlation.CorrelationFilter"}},
    "formatters": {
        "json": {
            "()": "pythonjsonlogger.json.JsonFormatter",
            "format": "%(asctime)s %(levelname)s %(name)s %(message)s",
            "rename_fields": {"asctime": "at", "levelname": "level", "name": "logger"},
        },
    },
    "handlers": {
        "stderr": {
            "class": "logging.StreamHandler",
            "formatter": "json",
            "filters": ["correlation"],
        },
    },
    "root": {"handlers": ["stderr"], "level": LOG_LEVEL},
    "loggers": {
        # Answers of 4xx are counted, not logged; `monolith.web.problems` logs the unexpected, once.
        "django.request": {"level": "CRITICAL"},
        "django": {"handlers": [], "propagate": True},
        "httpx": {"level": "WARNING"},
        "amqp": {"level": "WARNING"},
    },
}
