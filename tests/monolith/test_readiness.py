import pytest
from django.db import OperationalError

from monolith.web import health


@pytest.mark.django_db
def test_with_the_database_it_is_ready(client):
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json() == {"status": "ready", "checks": {"database": "ok"}}


def test_without_the_database_it_is_not_ready_and_alive_all_the_same(client, monkeypatch):
    def refuse():
        raise OperationalError("the connection is refused")

    monkeypatch.setattr(health.connection, "cursor", refuse)
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json() == {
        "status": "not ready",
        "checks": {"database": "does not answer"},
    }
    assert client.get("/healthz").status_code == 200


def test_a_database_that_nobody_has_migrated_is_none(client, monkeypatch, django_db_blocker):
    with django_db_blocker.unblock():
        monkeypatch.setattr(health, "TABLE", "no_such_table")
        assert client.get("/readyz").status_code == 503
