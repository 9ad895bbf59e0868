"""Catalog in Django's admin: it writes by the same actions as the API, and so through the fence."""

from collections.abc import Callable
from functools import partial
from typing import Any, ClassVar
from uuid import UUID, uuid4

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from pydantic import BaseModel, ValidationError

from extracted.contracts.catalog import ChangeProduct, CreateProduct, PutCategory
from extracted.contracts.problems import ProblemError
from extracted.contracts.rpc import Unanswered
from monolith.catalog import actions, models, shelves
from monolith.inventory.seam import INVENTORY
from monolith.outbox.once import Attempt
from monolith.seams.fence import NotOwner


class CommandForm(forms.ModelForm):  # type: ignore[type-arg]
    """A form that is right when the contract takes what it asks for."""

    def clean(self) -> dict[str, Any]:
        """Make the command, `self.command`."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if not self.errors:
            try:
                self.command = self.make_command(cleaned)
            except ValidationError as error:
                raise forms.ValidationError([found["msg"] for found in error.errors()]) from None
        return cleaned

    def make_command(self, cleaned: dict[str, Any]) -> BaseModel:
        """Return what the form asks for; raises pydantic's ValidationError."""
        raise NotImplementedError


class ProductForm(CommandForm):
    """A product, new or changed."""

    def make_command(self, cleaned: dict[str, Any]) -> BaseModel:
        """Return the command."""
        fields = {
            "name": cleaned["name"],
            "description": cleaned["description"],
            "category": cleaned["category"].slug,
            "price": {"amount": cleaned["price_amount"], "currency": cleaned["price_currency"]},
        }
        if self.instance._state.adding:  # noqa: SLF001 - Django's own way to ask
            return CreateProduct.model_validate({"sku": cleaned["sku"], **fields})
        return ChangeProduct.model_validate(fields)


class CategoryForm(CommandForm):
    """A category, new, renamed or moved."""

    def make_command(self, cleaned: dict[str, Any]) -> BaseModel:
        """Return the command."""
        parent = cleaned["parent"].slug if cleaned["parent"] else None
        slug = cleaned.get("slug", self.instance.slug)
        return PutCategory.model_validate({"slug": slug, "name": cleaned["name"], "parent": parent})


class ByAction(admin.ModelAdmin):  # type: ignore[type-arg]
    """An admin whose refusals are messages, and that leaves Django's own writes aside."""

    # No bulk actions: Django's would write past ours.
    actions: tuple[str, ...] | None = None
    show_full_result_count = False

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show the form, or write."""
        return _refused_kindly(request, partial(super().changeform_view, request, *args, **kwargs))

    def delete_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Ask, or delete."""
        return _refused_kindly(request, partial(super().delete_view, request, *args, **kwargs))


@admin.register(models.Product)
class ProductAdmin(ByAction):
    """Products."""

    form = ProductForm
    fields = ("sku", "name", "description", "category", "price_amount", "price_currency")
    list_display = ("sku", "name", "category", "price_amount", "price_currency", "version")
    list_select_related: ClassVar = ["category"]
    search_fields = ("=sku",)
    ordering = ("-id",)
    actions = ("sold_out",)

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Offer ours; Django's deletion of many would write past the actions."""
        offered: dict[str, Any] = super().get_actions(request)
        return {name: action for name, action in offered.items() if name != "delete_selected"}

    def has_stock_permission(self, request: HttpRequest) -> bool:
        """Whoever may adjust stock may do it from here."""
        staff: Any = request.user
        return bool(staff.has_perm("inventory.add_adjustment"))

    @admin.action(description="Nothing is left: take the stock off", permissions=["stock"])
    def sold_out(self, request: HttpRequest, chosen: QuerySet[models.Product]) -> None:
        """Ask inventory, product by product: each is a transaction of its own."""
        try:
            for product_id in list(chosen.values_list("id", flat=True)):
                INVENTORY.sell_out(product_id=product_id)
        except Unanswered as error:
            self.message_user(request, str(error), messages.ERROR)
        else:
            self.message_user(request, "Nothing of them is left.")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:  # noqa: ARG002 - Django's
        """Keep the SKU: it never changes."""
        return ("sku",) if obj else ()

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:  # noqa: ARG002, FBT001 - Django's
        """Write by the action of the API."""
        if change:
            actions.change_product(obj.pk, form.command, attempt=_attempt())
        else:
            obj.pk = actions.create_product(form.command, attempt=_attempt()).aggregate_id

    def delete_model(self, request: HttpRequest, obj: Any) -> None:  # noqa: ARG002 - Django's
        """Delete by the action of the API."""
        actions.delete_product(UUID(str(obj.pk)), attempt=_attempt())


@admin.register(models.Category)
class CategoryAdmin(ByAction):
    """Categories; a product may stand in any of them, so none is deleted."""

    form = CategoryForm
    fields = ("slug", "name", "parent")
    list_display = ("slug", "name", "parent", "version")
    list_select_related: ClassVar = ["parent"]
    search_fields = ("slug", "name")
    ordering = ("slug",)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:  # noqa: ARG002 - Django's
        """Keep the slug: it is in other people's bookmarks."""
        return ("slug",) if obj else ()

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002 - Django's
        """Nobody may."""
        return False

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:  # noqa: ARG002, FBT001 - Django's
        """Write by our actions."""
        if change:
            shelves.change_category(form.command)
        else:
            obj.pk = shelves.create_category(form.command)


def _refused_kindly(request: HttpRequest, view: Callable[[], HttpResponse]) -> HttpResponse:
    try:
        return view()
    except NotOwner:
        text = "Catalog belongs to the catalog service now: change it there."
    except ProblemError as error:
        text = error.detail
    messages.error(request, text)
    return redirect(request.get_full_path())


def _attempt() -> Attempt:
    # A form that is sent twice is two writes, as everywhere in the admin.
    return Attempt(key=uuid4(), request_hash="admin")
