import pytest


@pytest.mark.django_db
def test_lists_and_details_ask_the_database_a_fixed_number_of_times(
    api, make_product, django_assert_num_queries
):
    customer = api.post("/customers", {"email": "a@example.com", "name": "Ada"}).json()["id"]
    products = [make_product(f"P-{number}")["id"] for number in range(10)]
    lines = [{"product_id": product, "quantity": 1} for product in products]
    for _ in range(3):
        order = api.post("/orders", {"customer_id": customer, "lines": lines}).json()["id"]
    # The seam's standing is read at most twice a second; not by these counts.
    api.get("/categories")
    for path, query, queries in (
        ("/products", {"limit": 10}, 1),
        ("/products", {"category": "lamps", "search": "lamp", "sort": "price"}, 2),
        (f"/products/{products[0]}", {}, 1),
        ("/categories", {}, 1),
        ("/orders", {"customer_id": customer}, 2),
        (f"/orders/{order}", {}, 2),
        ("/customers", {}, 1),
        (f"/customers/{customer}", {}, 1),
    ):
        with django_assert_num_queries(queries, info=path):
            assert api.get(path, **query).status_code == 200
