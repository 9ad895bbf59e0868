"""What the settings of all environments share."""

import os
import warnings
from typing import Any

from monolith.web.environment import database, switched

IS_OWNER = os.environ.get("MONOLITH_DATABASE_ROLE") == "owner"

# Said once, in decision 4, and not at every start.
warnings.filterwarnings("ignore", message=r"[\s\S]*Eventlet is deprecated")

INSTALLED_APPS = [
    "rest_framework",
    "monolith.customers",
    "monolith.reports",
]

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
    "default": database("MONOLITH_OWNER_DATABASE_URL" if IS_OWNER else "MONOLITH_DATABASE_URL"),
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

# One switch for all: off, nobody is asked who they are. Who forgets it asks everybody.
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

# Reports ask the services over RPC.
AMQP_URL = os.environ.get("AMQP_URL", "")
RPC_TIMEOUT_S = 1.0

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
