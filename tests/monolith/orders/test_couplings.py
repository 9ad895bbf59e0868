"""Nothing ties the domains to each other but their seams."""

import ast
import re
from pathlib import Path

import pytest

from tests.architecture.tree import folder, modules

DOMAINS = ("catalog", "customers", "inventory", "notifications", "orders", "payments")
FOREIGN_KEYS = """
    SELECT split_part(c.conrelid::regclass::text, '_', 1),
           split_part(c.confrelid::regclass::text, '_', 1)
      FROM pg_constraint c WHERE c.contype = 'f' AND c.connamespace = 'public'::regnamespace
"""


def test_no_foreign_key_crosses_the_border_of_a_domain(owner):
    found = owner.execute(FOREIGN_KEYS).fetchall()
    assert ("orders", "orders") in found
    # Django's own tables of staff refer to each other; what counts is whatever touches a domain.
    assert [
        (mine, theirs)
        for mine, theirs in found
        if mine != theirs and not {mine, theirs}.isdisjoint(DOMAINS)
    ] == []


def texts(path: Path) -> list[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]


def crossings(domain: str, text: str) -> list[str]:
    """Name the other domains whose tables or models a text reaches for."""
    others = "|".join(each for each in DOMAINS if each != domain)
    table = rf"(?:FROM|JOIN|UPDATE|INTO|TRUNCATE|TABLE)\s+\"?(?:public\.)?(?:{others})_[a-z]+"
    model = rf"^(?:{others})(?:\.[A-Z]\w+)?$"
    # Or alone, to be put into a statement by whatever quotes identifiers.
    alone = rf"^(?:public\.)?(?:{others})_[a-z]+$"
    return re.findall(table, text, re.IGNORECASE) + re.findall(f"{model}|{alone}", text)


@pytest.mark.parametrize("domain", DOMAINS)
def test_no_domain_names_the_tables_or_the_models_of_another(domain):
    root = folder("monolith") / domain
    own = [path for path in modules() if root in path.parents and "migrations" not in path.parts]
    assert own
    # An import names a module and is seen by the import rules; here it is what they cannot see.
    assert {
        path.name: found
        for path in own
        for text in texts(path)
        if (found := crossings(domain, text))
    } == {}


@pytest.mark.parametrize(
    "text",
    [
        "SELECT 1 FROM orders_order o JOIN catalog_product p ON p.id = o.id",
        "UPDATE inventory_stock SET reserved = 0",
        "INSERT INTO public.notifications_mail (id) VALUES (1)",
        "notifications",
        "customers.Customer",
        "inventory_stock",
    ],
)
def test_a_coupling_would_be_noticed(text):
    assert crossings("orders", text)


@pytest.mark.parametrize("text", ["UPDATE orders_order SET status = 'paid'", "all customers"])
def test_what_is_ones_own_is_no_coupling(text):
    assert crossings("orders", text) == []
