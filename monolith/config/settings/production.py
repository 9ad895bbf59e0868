"""What a real installation adds to the settings the load tests measure: who we are, and TLS."""

from monolith.config.settings.dev import *  # noqa: F403 - Django's own way to layer settings
from monolith.web.environment import required

ALLOWED_HOSTS = [name.strip() for name in required("ALLOWED_HOSTS").split(",")]

# The gateway ends TLS and says so; it must drop this header from what clients send.
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_HSTS_SECONDS = 31_536_000
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
SILENCED_SYSTEM_CHECKS = [
    # The API knows no cookie, so no browser can be made to send one along.
    "security.W003",
    # The gateway redirects; health checks and the services ask us directly, without TLS.
    "security.W008",
]
