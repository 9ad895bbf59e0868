import pytest
from django.contrib.auth.models import Permission, User
from uuid_utils.compat import uuid7

from monolith.catalog import models
from monolith.inventory.models import Adjustment, Stock, Warehouse
from monolith.outbox.record import recorded

pytestmark = pytest.mark.django_db

PRODUCTS = "/admin/catalog/product/"
CATEGORIES = "/admin/catalog/category/"


@pytest.fixture
def staff(client):
    client.force_login(User.objects.create_superuser("ada"))
    return client


def product_form(category, **changes):
    return {
        "sku": "A-1",
        "name": "Lamp",
        "description": "Shines.",
        "category": str(category.id),
        "price_amount": 100,
        "price_currency": "EUR",
        **changes,
    }


def said(response):
    return [str(message) for message in response.context["messages"]]


def test_strangers_are_asked_to_sign_in_and_the_api_gives_no_cookies(client, make_product):
    assert client.get(PRODUCTS).status_code == 302
    assert client.get("/admin/login/").status_code == 200
    style = client.get("/admin/static/admin/css/base.css")
    # Read to its end, the client closes the file.
    assert b"".join(style.streaming_content)
    answer = client.get(f"/api/v1/products/{make_product()['id']}")
    assert not answer.cookies
    assert "Vary" not in answer


def test_a_product_is_created_changed_and_deleted_by_the_actions(staff, make_category, api):
    category = make_category()
    staff.post(f"{PRODUCTS}add/", product_form(category))
    made = models.Product.objects.get(sku="A-1")
    assert api.get(f"/products/{made.id}").json()["price"]["amount"] == 100
    staff.post(f"{PRODUCTS}{made.id}/change/", product_form(category, price_amount=7))
    changed = models.Product.objects.get(sku="A-1")
    assert (changed.price_amount, changed.version) == (7, 2)
    assert staff.get(PRODUCTS, {"q": "A-1"}).status_code == 200
    staff.post(f"{PRODUCTS}{made.id}/delete/", {"post": "yes"})
    assert not models.Product.objects.exists()
    # An idempotency record each: it was the API's own way.
    assert models.Command.objects.count() == 3


def test_what_the_contract_refuses_is_a_mistake_in_the_form(staff, make_category):
    category = make_category()
    answer = staff.post(f"{PRODUCTS}add/", product_form(category, price_currency="XXX"))
    assert answer.status_code == 200
    assert answer.context["errors"]
    assert not models.Product.objects.exists()
    staff.post(f"{PRODUCTS}add/", product_form(category))
    taken = staff.post(f"{PRODUCTS}add/", product_form(category))
    assert taken.status_code == 200
    assert models.Product.objects.count() == 1


def test_the_fence_holds_in_the_admin_too(staff, make_product, set_mode):
    made = make_product("A-1")
    category = models.Category.objects.get()
    set_mode("REPLICA")
    path = f"{PRODUCTS}{made['id']}/change/"
    answer = staff.post(path, product_form(category, name="New"), follow=True)
    assert "belongs to the catalog service" in said(answer)[0]
    staff.post(f"{PRODUCTS}{made['id']}/delete/", {"post": "yes"})
    staff.post(f"{CATEGORIES}{category.id}/change/", {"name": "New", "parent": ""})
    shown = models.Product.objects.select_related("category").get()
    assert (shown.name, shown.version, shown.category.version) == (made["name"], 1, 1)


def test_categories_are_put_up_renamed_and_moved(staff, api, make_category):
    above = make_category("things")
    staff.post(f"{CATEGORIES}add/", {"slug": "chairs", "name": "Chairs", "parent": ""})
    chairs = models.Category.objects.get(slug="chairs")
    form = {"name": "All chairs", "parent": str(above.id)}
    staff.post(f"{CATEGORIES}{chairs.id}/change/", form)
    shown = {shelf["slug"]: shelf for shelf in api.get("/categories").json()["items"]}
    assert (shown["chairs"]["name"], shown["chairs"]["parent"]) == ("All chairs", "things")
    assert models.Category.objects.get(slug="chairs").version == 2
    circle = {"name": "Things", "parent": str(chairs.id)}
    answer = staff.post(f"{CATEGORIES}{above.id}/change/", circle, follow=True)
    assert "A category cannot stand below itself." in said(answer)
    assert models.Category.objects.get(slug="things").parent is None
    staff.post(f"{CATEGORIES}{chairs.id}/delete/", {"post": "yes"})
    assert models.Category.objects.count() == 2


@pytest.fixture
def stocked(make_product):
    """Build a product of which one warehouse has five, two of them reserved."""
    product = make_product()["id"]
    with recorded("inventory"):
        warehouse = Warehouse.objects.create(id=uuid7(), slug="north", name="North", position=1)
        Stock.objects.create(
            id=uuid7(), product_id=product, warehouse=warehouse, on_hand=5, reserved=2
        )
    return product


def say_sold_out(staff, *products):
    return staff.post(
        PRODUCTS, {"action": "sold_out", "_selected_action": [str(each) for each in products]}
    )


def test_of_what_is_sold_out_nothing_is_available(staff, api, stocked):
    assert api.get(f"/stock/{stocked}").json()["available"] == 3
    assert say_sold_out(staff, stocked).status_code == 302
    assert api.get(f"/stock/{stocked}").json()["available"] == 0
    found = Stock.objects.get()
    assert (found.on_hand, found.reserved, found.version) == (2, 2, 2)
    why = Adjustment.objects.get()
    assert (why.change, why.reason, why.note, why.on_hand) == (-3, "counted", "sold out", 2)


def test_who_may_change_products_only_leaves_the_stock_alone(client, api, stocked):
    clerk = User.objects.create_user("bob", is_staff=True)
    granted = Permission.objects.filter(codename__in=["view_product", "change_product"])
    clerk.user_permissions.set(granted)
    client.force_login(clerk)
    say_sold_out(client, stocked)
    assert api.get(f"/stock/{stocked}").json()["available"] == 3


def test_the_stock_stays_while_another_side_owns_it(staff, api, stocked, set_mode):
    set_mode("RELEASED", domain="inventory")
    answer = staff.post(
        PRODUCTS, {"action": "sold_out", "_selected_action": [stocked]}, follow=True
    )
    (words,) = said(answer)
    assert words.startswith("nobody takes a write of inventory now")
    assert api.get(f"/stock/{stocked}").json()["available"] == 3


def test_many_products_are_not_deleted_past_the_actions(staff, make_product):
    made = make_product()["id"]
    staff.post(PRODUCTS, {"action": "delete_selected", "_selected_action": [made], "post": "yes"})
    assert models.Product.objects.filter(pk=made).exists()
