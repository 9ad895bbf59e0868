"""How staff sign in to the admin: as people do elsewhere, with tries that are counted."""

from typing import Any

from django.contrib.admin.forms import AdminAuthenticationForm
from django.core.exceptions import ValidationError

from extracted.contracts.problems import ProblemError
from monolith.customers import seam as customers
from monolith.web.rate import client_of


class StaffSignIn(AdminAuthenticationForm):
    """Django's own form, behind the counter of tries."""

    def clean(self) -> dict[str, Any]:
        """Check name and password; raises ValidationError, also when there were too many tries."""
        assert self.request is not None  # noqa: S101 - the view gives it
        who = {
            # No customer's account: their addresses have no such beginning.
            "email": f"staff {self.cleaned_data.get('username', '')}",
            "address": client_of(self.request),
        }
        try:
            customers.admit_try(**who)
        except ProblemError as refusal:
            raise ValidationError(refusal.detail or "", code="too-many-requests") from None
        known: dict[str, Any] = super().clean()
        customers.forgive_tries(**who)
        return known
