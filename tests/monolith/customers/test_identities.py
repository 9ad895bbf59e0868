import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command

from monolith.customers import models

pytestmark = pytest.mark.django_db


def test_the_invented_merchant_sells_and_the_clerk_sees_everybody(
    api, sign_in, monkeypatch, settings
):
    settings.AUTH_REQUIRED = True
    for password in ("first try at this", "second try at this"):
        monkeypatch.setenv("SEED_PASSWORD", password)
        call_command("make_identities", verbosity=0)
    assert models.Customer.objects.count() == 2

    def header(email):
        session = sign_in(email=email, password="second try at this").json()
        return {"Authorization": f"Bearer {session['access_token']}"}

    merchant, clerk = header("merchant@shop.example"), header("clerk@shop.example")
    assert api._client.get("/api/v1/customers", headers=merchant).status_code == 403
    found = api._client.get("/api/v1/customers", headers=clerk).json()
    assert len(found["items"]) == 2


def test_without_a_password_in_the_environment_nobody_is_made(monkeypatch):
    monkeypatch.delenv("SEED_PASSWORD", raising=False)
    with pytest.raises(ImproperlyConfigured, match="SEED_PASSWORD"):
        call_command("make_identities", verbosity=0)
    assert not models.Customer.objects.exists()
