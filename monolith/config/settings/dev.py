"""Production-like settings: what the stack runs and the load tests measure."""

import os

from monolith.config.settings.base import *  # noqa: F403 - Django's own way to layer settings
from monolith.config.settings.base import DATABASES, IS_OWNER
from monolith.web.environment import required

DEBUG = False
SECRET_KEY = required("DJANGO_SECRET_KEY")
AUTH_MASTER_KEY = required("AUTH_MASTER_KEY")
# All people of a load test come from one address.
REGISTRATIONS_PER_ADDRESS = 1_000_000

if not IS_OWNER:
    DATABASES["default"]["OPTIONS"] = {
        # Who waits for a lock gives up before its client does.
        "options": "-c statement_timeout=4500 -c idle_in_transaction_session_timeout=10000",
        "application_name": "monolith",
        "connect_timeout": 3,
    }
    if os.environ.get("MONOLITH_DATABASE_POOL", "on") == "on":
        DATABASES["default"]["OPTIONS"]["pool"] = {
            "min_size": 2,
            # 16 threads answer requests.
            "max_size": 16,
            "timeout": 4.0,
            "max_lifetime": 600.0,
            # A pool gives up one connection in such a time: what a stall opened is not kept for hours.
            "max_idle": 15.0,
        }
    else:
        # One thread, one connection, for as long as the command runs.
        DATABASES["default"]["CONN_MAX_AGE"] = None
    # One round trip more per request; a restarted PostgreSQL then costs no request.
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
