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


def test_who_registered_an_address_before_does_not_get_its_role(
    register, sign_in, refresh, monkeypatch
):
    monkeypatch.setenv("SEED_PASSWORD", "a long invented password")
    assert register(email="CLERK@shop.example").status_code == 201
    before = sign_in("clerk@shop.example").json()
    call_command("make_identities", verbosity=0)
    assert refresh(before["refresh_token"]).json()["type"] == "urn:problem:session-ended"
    [clerk] = models.Customer.of_address("clerk@shop.example")
    assert clerk.roles == ["staff"]
