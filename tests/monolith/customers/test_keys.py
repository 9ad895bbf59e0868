from datetime import timedelta

import jwt
import pytest
from cryptography.fernet import InvalidToken
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from extracted.contracts.identity import identify
from extracted.contracts.problems import ProblemError
from monolith.customers import keys, models, secrecy, tokens

pytestmark = pytest.mark.django_db


@pytest.fixture
def customer(ada):
    return models.Customer.objects.get(pk=ada["id"])


def published():
    response = Client().get("/.well-known/jwks.json")
    assert response.status_code == 200
    assert response["Cache-Control"] == "public, max-age=60"
    return {key["kid"]: key for key in response.json()["keys"]}


def kid_of(token):
    return jwt.get_unverified_header(token)["kid"]


def verify(token):
    return identify(f"Bearer {token}", keys=keys.public_keys().get)


def test_the_published_key_verifies_with_any_library(customer):
    token = tokens.access_token(customer)
    key = published()[kid_of(token)]
    assert set(key) == {"kty", "use", "alg", "kid", "n", "e"}
    claims = jwt.decode(token, jwt.PyJWK(key), algorithms=["RS256"], audience="shop")
    assert claims["sub"] == str(customer.id)
    assert claims["exp"] - claims["iat"] == 900


def test_a_private_key_is_unreadable_without_the_secret_of_the_environment(customer, settings):
    tokens.access_token(customer)
    sealed = bytes(models.SigningKey.objects.get().private_key)
    assert b"PRIVATE" not in secrecy.unseal(sealed)[:40]
    assert secrecy.unseal(sealed) not in sealed
    settings.AUTH_MASTER_KEY = "another secret that is also long enough"
    with pytest.raises(InvalidToken):
        secrecy.unseal(sealed)


def test_a_short_secret_is_refused(settings):
    settings.AUTH_MASTER_KEY = "short"
    with pytest.raises(ImproperlyConfigured, match="AUTH_MASTER_KEY"):
        secrecy.code("x", "y")


def test_a_new_key_is_published_before_it_signs_and_the_old_one_verifies_on(customer):
    old = tokens.access_token(customer)
    call_command("rotate_key", verbosity=0)
    assert len(published()) == 2
    assert kid_of(tokens.access_token(customer)) == kid_of(old)

    models.SigningKey.objects.filter(verifies_until=None).update(signs_from=timezone.now())
    keys.forget()
    new = tokens.access_token(customer)
    assert kid_of(new) != kid_of(old)
    assert verify(old) == verify(new)


def test_an_old_key_goes_when_nothing_it_signed_is_valid(customer):
    old = tokens.access_token(customer)
    call_command("rotate_key", verbosity=0)
    row = models.SigningKey.objects.get(pk=kid_of(old))
    assert row.verifies_until > timezone.now() + keys.ACCESS_LIFETIME + keys.PUBLISHED_AHEAD
    models.SigningKey.objects.filter(pk=row.pk).update(
        verifies_until=timezone.now() - timedelta(seconds=1)
    )
    assert kid_of(old) not in published()
    call_command("rotate_key", verbosity=0)
    assert not models.SigningKey.objects.filter(pk=row.pk).exists()


def test_the_first_key_can_be_there_before_anybody_signs_in(customer):
    models.SigningKey.objects.all().delete()
    keys.forget()
    call_command("rotate_key", "--if-none", verbosity=0)
    (first,) = published()
    call_command("rotate_key", "--if-none", verbosity=0)
    assert list(published()) == [first]
    assert kid_of(tokens.access_token(customer)) == first


def test_a_compromised_key_is_withdrawn_at_once(customer):
    old = tokens.access_token(customer)
    call_command("rotate_key", "--compromised", verbosity=0)
    assert kid_of(old) not in published()
    with pytest.raises(ProblemError, match="unknown key"):
        verify(old)
    assert verify(tokens.access_token(customer)).subject == customer.id


def test_the_application_reads_keys_and_the_auditor_does_not(customer, database):
    import psycopg

    tokens.access_token(customer)
    with psycopg.connect(database["AUDITOR_MONOLITH_DATABASE_URL"], autocommit=True) as auditor:
        for question in (
            "SELECT password FROM customers_customer",
            "SELECT private_key FROM customers_signingkey",
            "SELECT id FROM customers_session",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                auditor.execute(question)
        auditor.execute("SELECT id, email FROM customers_customer")
