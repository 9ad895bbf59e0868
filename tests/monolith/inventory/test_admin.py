"""The admin's classes, while no admin is installed yet: what they change goes through the actions."""

import uuid
from types import SimpleNamespace

import pytest
from django.conf import settings
from django.core import checks
from django.test import RequestFactory, override_settings

from monolith.inventory import models
from monolith.inventory.seam import INVENTORY
from monolith.seams.fence import NotOwner

pytestmark = pytest.mark.django_db
DJANGOS = ("contenttypes", "auth", "sessions", "messages", "admin")


@pytest.fixture
def site():
    apps = [f"django.contrib.{name}" for name in DJANGOS]
    missing = [name for name in apps if name not in settings.INSTALLED_APPS]
    with override_settings(INSTALLED_APPS=[*missing, *settings.INSTALLED_APPS]):
        from django.contrib import admin

        from monolith.inventory.admin import AdjustmentAdmin  # noqa: F401 - registers them all

        yield admin.site


@pytest.fixture
def request_of_staff():
    request = RequestFactory().post("/")
    request.user = SimpleNamespace(has_perm=lambda name: True)
    return request


@pytest.fixture
def fill_in(site, request_of_staff):
    """Send the form of an adjustment; returns its errors."""
    shown = site.get_model_admin(models.Adjustment)

    def fill_in(**fields):
        made = shown.get_form(request_of_staff)
        form = made({"key": str(uuid.uuid4()), "note": "", "reason": "counted", **fields})
        if form.is_valid():
            shown.save_model(request_of_staff, form.save(commit=False), form, change=False)
        return form.errors

    return fill_in


def test_an_adjustment_in_the_admin_is_made_by_the_action(
    fill_in, make_product, make_warehouse, levels
):
    warehouse, product = make_warehouse(), make_product()["id"]
    key = str(uuid.uuid4())
    for _ in range(2):
        assert not fill_in(product_id=product, warehouse=warehouse.pk, change=5, key=key)
    assert levels(product) == {"north": (5, 0)}
    assert models.Adjustment.objects.count() == models.Command.objects.count() == 1


def test_the_contract_judges_the_form(fill_in, make_product, make_warehouse):
    warehouse, product = make_warehouse(), make_product()["id"]
    assert fill_in(product_id=product, warehouse=warehouse.pk, change=9_999_999)
    assert fill_in(product_id=product, warehouse=warehouse.pk, change=0)
    assert not models.Adjustment.objects.exists()


def test_the_admin_stands_before_the_fence_like_everybody(
    fill_in, make_product, make_warehouse, set_mode
):
    warehouse, product = make_warehouse(), make_product()["id"]
    set_mode("RELEASED", domain="inventory")
    with pytest.raises(NotOwner):
        fill_in(product_id=product, warehouse=warehouse.pk, change=5)


def test_staff_release_what_was_kept_for_too_long(site, request_of_staff, reserved, levels):
    shown = site.get_model_admin(models.Reservation)
    assert shown.has_release_permission(request_of_staff)
    shown.release(request_of_staff, models.Reservation.objects.all())
    assert levels(reserved) == {"north": (3, 0)}


def test_staff_do_not_give_back_what_somebody_pays_for(site, request_of_staff, reserved, levels):
    [found] = models.Reservation.objects.all()
    INVENTORY.confirm(reservation_id=found.id)
    shown = site.get_model_admin(models.Reservation)
    shown.release(request_of_staff, models.Reservation.objects.all())
    assert levels(reserved) == {"north": (1, 0)}


def test_what_is_paid_for_while_staff_give_back_stays_sold(
    site, request_of_staff, reserved, levels, monkeypatch
):
    release = INVENTORY.release

    def release_late(*, reservation_id, **options):
        INVENTORY.confirm(reservation_id=reservation_id)
        return release(reservation_id=reservation_id, **options)

    monkeypatch.setattr(INVENTORY, "release", release_late)
    shown = site.get_model_admin(models.Reservation)
    shown.release(request_of_staff, models.Reservation.objects.all())
    assert levels(reserved) == {"north": (1, 0)}


@pytest.fixture
def reserved(make_warehouse, put, lines):
    product = put({make_warehouse(): 3})
    INVENTORY.reserve(reservation_id=uuid.uuid4(), lines=lines((product, 2)), expires_in_s=60)
    return product


@pytest.mark.parametrize(
    "model", [models.Warehouse, models.Stock, models.Reservation, models.Adjustment]
)
def test_no_row_is_saved_or_deleted_by_the_admin_itself(site, request_of_staff, model):
    shown = site.get_model_admin(model)
    assert not shown.has_change_permission(request_of_staff)
    assert not shown.has_delete_permission(request_of_staff)
    assert shown.has_add_permission(request_of_staff) == (model is models.Adjustment)
    assert [found for found in shown.check() if found.level >= checks.ERROR] == []
