"""The databases, and who works in each: a role per kind of work."""

from collections.abc import Mapping
from types import MappingProxyType

# Variable -> (role, database).
DATABASES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "MONOLITH_DATABASE_URL": ("monolith_app", "monolith"),
        "MONOLITH_OWNER_DATABASE_URL": ("monolith_owner", "monolith"),
        "MONOLITH_RELAY_DATABASE_URL": ("monolith_relay", "monolith"),
        # The one role that the fence lets past: nobody has its work yet.
        "MONOLITH_APPLIER_DATABASE_URL": ("monolith_applier", "monolith"),
        # Who looks, and changes no row.
        "STRANGLER_MONOLITH_DATABASE_URL": ("strangler", "monolith"),
        "AUDITOR_MONOLITH_DATABASE_URL": ("auditor", "monolith"),
    }
)
# Database -> the role that owns it.
OWNERS: Mapping[str, str] = MappingProxyType({"monolith": "monolith_owner"})
