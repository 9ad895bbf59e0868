import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from extracted.contracts.identity import Role, identify
from monolith.customers import keys, models, passwords
from tests.monolith.customers.conftest import PASSWORD, kind_of

pytestmark = pytest.mark.django_db


def identity_in(session):
    known = keys.public_keys()
    return identify(f"Bearer {session['access_token']}", keys=known.get)


def test_who_registers_can_sign_in(ada, sign_in):
    answer = sign_in()
    assert answer.status_code == 201
    assert answer["Cache-Control"] == "no-store"
    session = answer.json()
    assert session["customer_id"] == ada["id"]
    assert session["expires_in_s"] == 900
    identity = identity_in(session)
    assert str(identity.subject) == ada["id"]
    assert identity.roles == (Role.CUSTOMER,)


def test_an_address_is_the_same_in_capitals(ada, sign_in):
    assert sign_in(email="ADA@Example.com").status_code == 201


def test_a_password_is_kept_as_argon2id_and_never_shown(ada):
    row = models.Customer.objects.get(pk=ada["id"])
    assert row.password.startswith("argon2$argon2id$")
    assert "password" not in ada
    kept = models.Command.objects.get(aggregate_id=ada["id"])
    assert PASSWORD not in str(kept.response)


def test_a_password_costs_a_guesser_what_owasp_asks_for(monkeypatch):
    monkeypatch.undo()
    assert "$m=19456,t=2,p=1$" in passwords.hashed("a horse, a battery")


def test_the_record_of_a_registration_is_no_digest_to_guess_the_password_from(ada, register):
    from extracted.contracts.http import request_hash

    body = b'{"email":"ada@example.com","name":"Ada","password":"%s"}' % PASSWORD.encode()
    plain = request_hash(method="POST", path="/api/v1/customers", body=body)
    assert models.Command.objects.get(aggregate_id=ada["id"]).request_hash != plain


def test_a_registration_with_a_password_happens_once(register):
    key = {"Idempotency-Key": str(uuid.uuid4())}
    first, again = register(headers=key), register(headers=key)
    assert first.json() == again.json()
    assert again["Idempotency-Replayed"] == "true"
    assert kind_of(register(password="another long one", headers=key)) == "idempotency-key-reused"


@pytest.mark.parametrize(
    "password", ["short", "1234567890", "qwertyuiop", "x" * 129, "a\x00bcdefghijk", ""]
)
def test_a_bad_password_is_refused_by_name(register, password):
    answer = register(password=password)
    assert answer.status_code == 422
    assert {error["field"] for error in answer.json()["errors"]} == {"password"}


@pytest.mark.parametrize("fields", [{"password": "not this one"}, {"email": "eve@example.com"}])
def test_what_was_wrong_is_not_told(ada, sign_in, fields):
    answer = sign_in(**fields)
    assert (answer.status_code, kind_of(answer)) == (401, "wrong-credentials")
    assert answer.json() == sign_in(email="x@example.com", password="y").json()


def test_a_customer_without_a_password_cannot_sign_in(api, sign_in):
    api.post("/customers", {"email": "old@example.com", "name": "Old"})
    assert kind_of(sign_in(email="old@example.com", password="!")) == "wrong-credentials"


def test_guessing_ends_for_the_account_and_the_right_password_too(ada, sign_in, settings):
    settings.SIGN_IN_TRIES = 3
    assert [sign_in(password="guess").status_code for _ in range(4)] == [401, 401, 401, 429]
    answer = sign_in()
    assert (answer.status_code, kind_of(answer)) == (429, "too-many-requests")
    assert 0 < int(answer["Retry-After"]) <= 900
    assert sign_in(email="eve@example.com").status_code == 401


def test_the_window_passes(ada, sign_in, settings):
    settings.SIGN_IN_TRIES = 1
    sign_in(password="guess")
    assert sign_in().status_code == 429
    models.SignInCount.objects.update(since=timezone.now() - timedelta(minutes=16))
    assert sign_in().status_code == 201


def test_one_guess_at_many_accounts_is_noticed(sign_in, settings):
    settings.SIGN_IN_TRIES_PER_ADDRESS = 3
    heard = {"X-Forwarded-For": "10.0.0.1, 10.9.9.9"}
    found = [sign_in(email=f"{n}@example.com", headers=heard).status_code for n in range(5)]
    assert found == [401, 401, 401, 429, 429]
    elsewhere = {"X-Forwarded-For": "10.9.9.9, 10.0.0.1"}
    assert sign_in(email="9@example.com", headers=elsewhere).status_code == 401


def test_people_who_know_their_password_do_not_use_up_their_address(ada, sign_in, settings):
    settings.SIGN_IN_TRIES_PER_ADDRESS = 2
    assert {sign_in().status_code for _ in range(5)} == {201}


def test_a_repeated_sign_in_is_the_same_session(ada, sign_in):
    key = {"Idempotency-Key": str(uuid.uuid4())}
    first, again = sign_in(headers=key), sign_in(headers=key)
    assert first.json()["refresh_token"] == again.json()["refresh_token"]
    assert again["Idempotency-Replayed"] == "true"
    assert models.Session.objects.count() == 1


def test_a_session_goes_on_with_a_new_token_each_time(ada, sign_in, refresh):
    first = sign_in().json()
    second = refresh(first["refresh_token"])
    assert second.status_code == 200
    third = refresh(second.json()["refresh_token"])
    tokens = {first["refresh_token"], second.json()["refresh_token"], third.json()["refresh_token"]}
    assert len(tokens) == 3
    assert str(identity_in(third.json()).subject) == ada["id"]


def test_a_lost_answer_can_be_asked_for_again(ada, sign_in, refresh):
    token = sign_in().json()["refresh_token"]
    key = {"Idempotency-Key": str(uuid.uuid4())}
    first, again = refresh(token, headers=key), refresh(token, headers=key)
    assert first.json()["refresh_token"] == again.json()["refresh_token"]
    assert again["Idempotency-Replayed"] == "true"
    assert refresh(first.json()["refresh_token"]).status_code == 200


def test_a_used_token_ends_the_session_for_the_thief_and_the_owner(ada, sign_in, refresh):
    stolen = sign_in().json()["refresh_token"]
    kept = refresh(stolen).json()["refresh_token"]
    assert kind_of(refresh(stolen)) == "session-ended"
    assert kind_of(refresh(kept)) == "session-ended"
    assert sign_in().status_code == 201


def test_a_key_of_another_session_is_refused(ada, sign_in, refresh):
    key = {"Idempotency-Key": str(uuid.uuid4())}
    sign_in(headers=key)
    other = sign_in().json()["refresh_token"]
    assert kind_of(refresh(other, headers=key)) == "idempotency-key-reused"


@pytest.mark.parametrize(
    "change",
    [lambda t: t[:-1] + "~", lambda t: "x", lambda t: "é.1.a"],
    ids=["changed", "none", "odd"],
)
def test_a_forged_token_is_refused(ada, sign_in, refresh, change):
    token = sign_in().json()["refresh_token"]
    assert kind_of(refresh(change(token))) == "session-ended"
    session_id, _, code = token.split(".")
    assert kind_of(refresh(f"{session_id}.2.{code}")) == "session-ended"


def test_a_session_has_an_end(ada, sign_in, refresh):
    token = sign_in().json()["refresh_token"]
    models.Session.objects.update(expires_at=timezone.now())
    assert kind_of(refresh(token)) == "session-ended"


def test_who_signs_out_stays_out(api, ada, sign_in, refresh):
    token = sign_in().json()["refresh_token"]
    for _ in range(2):
        assert api.post("/sessions/revoke", {"refresh_token": token}).status_code == 204
    assert kind_of(refresh(token)) == "session-ended"


def test_signing_out_everywhere_ends_all_sessions(api, ada, sign_in, refresh):
    tokens = [sign_in().json()["refresh_token"] for _ in range(2)]
    assert api.delete(f"/customers/{ada['id']}/sessions").status_code == 204
    assert {refresh(token).status_code for token in tokens} == {401}


def test_every_write_needs_a_key(api):
    for path in ("/sessions", "/sessions/refresh", "/sessions/revoke"):
        answer = api.post(path, {}, headers={"Idempotency-Key": None})
        assert kind_of(answer) == "missing-idempotency-key"


def test_roles_come_with_the_next_sign_in(ada, sign_in, refresh):
    from django.core.management import call_command

    session = sign_in().json()
    call_command("grant_role", "ADA@example.com", "merchant", verbosity=0)
    assert kind_of(refresh(session["refresh_token"])) == "session-ended"
    assert identity_in(sign_in().json()).roles == (Role.CUSTOMER, Role.MERCHANT)
