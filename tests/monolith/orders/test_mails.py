import pytest

from monolith.notifications.seam import NOTIFICATIONS


@pytest.mark.django_db
def test_a_mail_is_written_when_an_order_is_placed(api, make_product, customer):
    line = {"product_id": make_product()["id"], "quantity": 1}
    order = api.post("/orders", {"customer_id": customer["id"], "lines": [line]}).json()
    (mail,) = NOTIFICATIONS.about_order(order_id=order["id"])
    assert (mail.status, str(mail.customer_id)) == ("placed", customer["id"])
