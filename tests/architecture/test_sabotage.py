"""An architecture rule that nobody has watched fail is decoration: here each one is broken.

The packages are copied once; each sabotage adds one line to the copy, must be caught by its rule,
and is taken back.
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.architecture.lint import complaint
from tests.architecture.tree import PYPROJECT, import_rules, modules, name_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Sabotage:
    """One forbidden line: in which file of the copy (a new one may be named), under which rule."""

    rule: str
    file: str
    line: str = ""


SABOTAGES = (
    Sabotage(rule="no-way-back", file="extracted/chassis/http.py", line="import django.http"),
    Sabotage(
        rule="extracted-house",
        file="extracted/chassis/inbox.py",
        line="from extracted.catalog import store",
    ),
    Sabotage(
        rule="extracted-house",
        file="extracted/contracts/values.py",
        line="from extracted.chassis import config",
    ),
    Sabotage(rule="extracted-house", file="extracted/newcomer/__init__.py"),
    Sabotage(rule="monolith-house", file="monolith/newcomer/__init__.py"),
    Sabotage(rule="pure-language", file="extracted/contracts/catalog.py", line="import psycopg"),
    Sabotage(
        rule="pure-language",
        file="extracted/contracts/http.py",
        line="from django.http import HttpRequest",
    ),
    Sabotage(rule="pure-decisions", file="extracted/catalog/domain.py", line="import psycopg"),
    Sabotage(
        rule="tooling",
        file="gateway-config/kong_admin/sync.py",
        line="from strangler import plans",
    ),
    Sabotage(rule="tooling", file="migration-plan/handover/relay.py", line="import strangler.plan"),
    Sabotage(
        rule="tooling-without-django",
        file="migration-plan/handover/relay.py",
        line="import nameko.messaging",
    ),
    Sabotage(
        rule="tooling-without-django",
        file="gateway-config/kong_admin/client.py",
        line="from django.conf import settings",
    ),
    Sabotage(
        rule="survey-alone",
        file="migration-plan/strangler/survey/files.py",
        line="import handover.install",
    ),
    Sabotage(
        rule="stack-by-process",
        file="deploy/stack/tasks.py",
        line="from monolith.config import wsgi",
    ),
    Sabotage(rule="stack-by-process", file="deploy/demo/story.py", line="import nameko"),
    Sabotage(
        rule="gateway-parts-alone",
        file="gateway-config/kong_admin/client.py",
        line="from embedded_gateway import errors",
    ),
    Sabotage(
        rule="stages-alone",
        file="migration-plan/stages/check.py",
        line="from stack import environment",
    ),
    Sabotage(
        rule="nobody-asks-the-stages",
        file="deploy/stack/suites.py",
        line="from stages import manifest",
    ),
    Sabotage(
        rule="bank-asks-nobody",
        file="deploy/bank/books.py",
        line="from extracted.contracts import payments",
    ),
    Sabotage(
        rule="load-speaks-http",
        file="loadtests/verdict.py",
        line="from extracted.contracts import catalog",
    ),
    Sabotage(rule="load-speaks-http", file="loadtests/calls.py", line="import handover.wire"),
    Sabotage(
        rule="seam-crossing",
        file="monolith/reports/remote.py",
        line="from extracted.catalog import store",
    ),
    Sabotage(
        rule="seam-crossing",
        file="migration-plan/strangler/survey/files.py",
        line="from extracted.chassis import config",
    ),
    Sabotage(
        rule="no-way-back",
        file="extracted/catalog/store.py",
        line="from monolith.customers import models",
    ),
    Sabotage(
        rule="monolith-house",
        file="monolith/customers/actions.py",
        line="from monolith.reports import sales",
    ),
    Sabotage(
        rule="monolith-house",
        file="monolith/web/view.py",
        line="from monolith.customers import selectors",
    ),
    Sabotage(
        rule="customers-seam",
        file="monolith/reports/sales.py",
        line="from monolith.customers.models import Customer",
    ),
    Sabotage(
        rule="customers-seam",
        file="monolith/reports/api.py",
        line="from monolith.customers import tokens",
    ),
    Sabotage(
        rule="monolith-alone",
        file="monolith/reports/rpc.py",
        line="from kong_admin import KongAdmin",
    ),
    Sabotage(rule="monolith-alone", file="monolith/web/health.py", line="import stack.profile"),
    Sabotage(rule="tooling", file="migration-plan/handover/process.py", line="import seeding.load"),
    Sabotage(rule="tooling", file="deploy/seeding/load.py", line="from demo import story"),
    Sabotage(
        rule="tooling-without-django",
        file="migration-plan/strangler/survey/files.py",
        line="from monolith.customers import models",
    ),
    Sabotage(
        rule="stack-by-process",
        file="deploy/seeding/load.py",
        line="from monolith.customers import models",
    ),
    Sabotage(
        rule="gateway-parts-alone",
        file="migration-plan/handover/process.py",
        line="import kong_admin.client",
    ),
    Sabotage(
        rule="bank-is-a-stranger",
        file="extracted/payments/bank.py",
        line="from bank.books import Books",
    ),
)


@pytest.fixture(scope="session")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    tree = tmp_path_factory.mktemp("tree")
    shutil.copy(PYPROJECT, tree)
    for module in modules():
        target = tree / name_of(module)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(module, target)
    return tree


@contextmanager
def sabotaged(tree: Path, sabotage: Sabotage) -> Iterator[None]:
    target = tree / sabotage.file
    before = target.read_text(encoding="utf-8") if target.exists() else None
    target.parent.mkdir(exist_ok=True)
    target.write_text(f"{before or ''}\n{sabotage.line}\n", encoding="utf-8")
    try:
        yield
    finally:
        if before is None:
            shutil.rmtree(target.parent)
        else:
            target.write_text(before, encoding="utf-8")


def test_the_copy_keeps_every_rule_until_it_is_sabotaged(copy: Path) -> None:
    assert complaint(copy) is None


@pytest.mark.parametrize("sabotage", SABOTAGES, ids=lambda s: f"{s.rule}-{s.file}")
def test_a_forbidden_import_breaks_its_rule(copy: Path, sabotage: Sabotage) -> None:
    is_new = sabotage.line == ""
    assert is_new or (copy / sabotage.file).exists(), "the sabotaged file has moved"
    with sabotaged(copy, sabotage):
        assert complaint(copy, rule=sabotage.rule) is not None


def test_every_rule_has_been_seen_to_fail() -> None:
    assert {sabotage.rule for sabotage in SABOTAGES} == import_rules().keys()
