"""Every path of the monolith."""

from pathlib import Path

from django.contrib import admin
from django.urls import include, path
from django.views.static import serve

from extracted.contracts.identity import JWKS_PATH
from monolith.customers import session_api
from monolith.staff.signing_in import StaffSignIn
from monolith.web import health, metrics, openapi, problems

# The admin's own files, by Django itself: few people look at them, and nothing else is static.
STATIC = Path(admin.__file__).parent / "static"

admin.site.login_form = StaffSignIn

urlpatterns = [
    path("admin/static/<path:path>", serve, {"document_root": STATIC}),
    path("admin/", admin.site.urls),
    path("api/v1/", include("monolith.catalog.urls")),
    path("api/v1/", include("monolith.customers.urls")),
    path("api/v1/", include("monolith.inventory.urls")),
    path("api/v1/", include("monolith.orders.urls")),
    path("api/v1/openapi.json", openapi.published),
    path(JWKS_PATH.lstrip("/"), session_api.publish_keys),
    path("healthz", health.alive),
    # By the way of a seam's reads: which side answers? For domains that have no public path.
    path("probes/<str:seam>", health.probed),
    path("readyz", health.ready),
    path("metrics", metrics.exposed),
]

handler400 = problems.bad_request
handler403 = problems.forbidden
handler404 = problems.not_found
handler500 = problems.server_error
