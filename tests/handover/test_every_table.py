"""Every table of a service is fenced, but for those that are named here with their reason."""

import importlib

import psycopg
import pytest

from stack import testing

# Not part of the domain: each side makes them by itself, and they do not travel.
UNFENCED = {
    "catalog": {"migration", "inbox_event", "popularity"},
    "inventory": {"migration"},
    "notifications": {"migration", "notice"},
    "orders": {
        *("migration", "projection", "history", "customer", "sale"),
        *("sales_of_day", "sales_of_product", "sales_of_customer"),
    },
    "payments": {"migration"},
}


@pytest.mark.parametrize("service", UNFENCED)
def test_every_table_of_a_service_is_fenced_or_named(service: str, servers: dict[str, str]) -> None:
    migrate = importlib.import_module(f"extracted.{service}.migrate").migrate
    with testing.scratch_database(service) as variables:
        url = variables[f"{service.upper()}_OWNER_DATABASE_URL"]
        migrate(url)
        with psycopg.connect(url, autocommit=True) as connection:
            query = f"SELECT relname FROM pg_class WHERE oid = ANY(ARRAY(SELECT handover.unfenced('{service}', '%')::oid))"
            found = {name for (name,) in connection.execute(query.encode())}
            assert found == UNFENCED[service]
            connection.execute(
                f"CREATE TABLE {service}.later (at date) PARTITION BY RANGE (at); CREATE TABLE "
                f"{service}.later_1 PARTITION OF {service}.later DEFAULT".encode()
            )
            found = {name for (name,) in connection.execute(query.encode())}
        assert found - UNFENCED[service] == {"later", "later_1"}
