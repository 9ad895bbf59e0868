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
# Nobody there: the broker of the whole system, which other tests start meanwhile, is not this suite's.
AMQP_URL = "amqp://127.0.0.1:1/nowhere"
