"""Every path of the monolith."""

from django.urls import include, path

from extracted.contracts.identity import JWKS_PATH
from monolith.customers import session_api
from monolith.web import health, metrics, openapi, problems

urlpatterns = [
    path("api/v1/", include("monolith.customers.urls")),
    path("api/v1/", include("monolith.reports.urls")),
    path("api/v1/openapi.json", openapi.published),
    path(JWKS_PATH.lstrip("/"), session_api.publish_keys),
    path("healthz", health.alive),
    path("readyz", health.ready),
    path("metrics", metrics.exposed),
]

handler400 = problems.bad_request
handler403 = problems.forbidden
handler404 = problems.not_found
handler500 = problems.server_error
