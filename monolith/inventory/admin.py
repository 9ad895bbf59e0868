"""What staff see of inventory. Whatever they change goes the way of everybody: through the actions.

Django would save rows itself, past the door and without a fact. Django finds this module when its
admin is among the installed apps, and not before.
"""

from collections.abc import Callable
from typing import Any, ClassVar, get_args
from uuid import uuid4

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from pydantic import ValidationError

from extracted.contracts.http import request_hash
from extracted.contracts.inventory import Adjustment, AdjustStock, Reason
from extracted.contracts.problems import ProblemError
from extracted.contracts.rpc import Unanswered
from monolith.inventory import adjustments, models
from monolith.inventory.seam import INVENTORY
from monolith.outbox.once import Attempt
from monolith.seams.fence import NotOwner


class AdjustmentForm(forms.ModelForm):  # type: ignore[type-arg]
    """An adjustment as the contract reads it; the key makes a double click harmless."""

    key = forms.UUIDField(initial=uuid4, widget=forms.HiddenInput)
    reason = forms.ChoiceField(choices=[(reason, reason) for reason in get_args(Reason)])

    class Meta:
        model = models.Adjustment
        fields: ClassVar = ["product_id", "warehouse", "change", "reason", "note"]

    def clean(self) -> dict[str, Any]:
        """Let the contract judge, as it judges a request."""
        found = super().clean() or self.cleaned_data
        if not self.errors:
            try:
                found["command"] = AdjustStock(
                    warehouse=found["warehouse"].slug,
                    change=found["change"],
                    reason=found["reason"],
                    note=found["note"],
                )
            except ValidationError as error:
                raise forms.ValidationError([item["msg"] for item in error.errors()]) from None
        return found


class ReadOnly(admin.ModelAdmin):  # type: ignore[type-arg]
    """Rows to look at."""

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002 - Django's signature
        """Nobody adds one here."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        """Nobody changes one here."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        """Nobody deletes one here."""
        return False


@admin.register(models.Warehouse)
class WarehouseAdmin(ReadOnly):
    """Where goods are kept."""

    list_display = ("slug", "name", "position")
    ordering = ("position",)


@admin.register(models.Stock)
class StockAdmin(ReadOnly):
    """What there is."""

    list_display = ("product_id", "warehouse", "on_hand", "reserved", "updated_at")
    list_filter = ("warehouse",)
    list_select_related = ("warehouse",)
    search_fields = ("=product_id",)
    show_full_result_count = False


@admin.register(models.Reservation)
class ReservationAdmin(ReadOnly):
    """What is kept for whom."""

    list_display = ("id", "status", "expires_at", "updated_at")
    list_filter = ("status",)
    show_full_result_count = False
    actions = ("release",)

    def has_release_permission(self, request: HttpRequest) -> bool:
        """Whoever may change a reservation may end it."""
        staff: Any = request.user
        return bool(staff.has_perm("inventory.change_reservation"))

    @admin.action(description="Give the goods back", permissions=["release"])
    def release(self, request: HttpRequest, chosen: QuerySet[models.Reservation]) -> None:
        """Release each that is held, in a transaction of its own.

        Goods of a purchase that was confirmed come back by its refund: somebody has paid for them,
        perhaps since this list was read, so the last word is had under the row's lock.
        """
        try:
            for reservation_id in list(chosen.filter(status="held").values_list("id", flat=True)):
                INVENTORY.release(reservation_id=reservation_id, only_held=True)
        except Unanswered as error:
            self.message_user(request, str(error), messages.ERROR)


@admin.register(models.Adjustment)
class AdjustmentAdmin(ReadOnly):
    """Why there is as much as there is; staff add to it."""

    form = AdjustmentForm
    list_display = ("adjusted_at", "product_id", "warehouse", "change", "reason", "on_hand")
    list_filter = ("reason", "warehouse")
    list_select_related = ("warehouse",)
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Ask Django's permissions."""
        return admin.ModelAdmin.has_add_permission(self, request)

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show the form, or do what it asks for; a refusal is shown beside it."""
        try:
            # Django's own opens a transaction first; the action asks catalog before it opens one.
            return self._without_transaction(request, object_id, form_url, extra_context)
        except (ProblemError, NotOwner) as error:
            self.message_user(request, str(error), messages.ERROR)
            return HttpResponseRedirect(request.get_full_path())

    @property
    def _without_transaction(self) -> Callable[..., HttpResponse]:
        found: Callable[..., HttpResponse] = self._changeform_view  # type: ignore[attr-defined]
        return found

    def save_model(
        self,
        request: HttpRequest,  # noqa: ARG002 - Django's signature
        obj: models.Adjustment,
        form: Any,
        change: bool,  # noqa: ARG002, FBT001 - Django's signature
    ) -> None:
        """Adjust, once per form."""
        command = form.cleaned_data["command"]
        fingerprint = request_hash(
            method="POST", path=str(obj.product_id), body=command.model_dump_json().encode()
        )
        answer = adjustments.adjust_stock(
            obj.product_id,
            command,
            attempt=Attempt(key=form.cleaned_data["key"], request_hash=fingerprint),
        )
        # What was written, for the log of the admin; nothing is left to save.
        obj.id = Adjustment.model_validate(answer.value, from_attributes=True).id
