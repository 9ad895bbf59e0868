"""Settings of the test suite; `tests/monolith/conftest.py` points them at a real server."""

import os

# Type checking and collection load the settings too, where no server is.
os.environ.setdefault("MONOLITH_DATABASE_URL", "postgresql://monolith_app@127.0.0.1:1/monolith")
os.environ.setdefault(
    "MONOLITH_OWNER_DATABASE_URL", "postgresql://monolith_owner@127.0.0.1:1/monolith"
)

from monolith.config.settings.base import *  # noqa: F403 - after the defaults above

DEBUG = False
SECRET_KEY = "only-for-tests"  # noqa: S105 - guards nothing
AUTH_MASTER_KEY = "only-for-tests-and-long-enough-for-the-rule"
AUTH_REQUIRED = False  # whatever the environment says: a test that needs it switches it on
# Likewise: the stack's bank is a process, and a test that wants it says so.
PAYMENT_PROVIDER = "monolith.payments.sandbox.Sandbox"
# Nobody there: the services of the whole system, which other tests start meanwhile, are not this suite's.
CATALOG_URLS = INVENTORY_URLS = ORDERS_URLS = ("http://127.0.0.1:1",)
AMQP_URL = "amqp://127.0.0.1:1/nowhere"
