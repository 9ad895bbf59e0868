"""One word through the folders: what concerns a domain has its name everywhere, and the same few modules."""

import pytest

from tests.architecture.tree import ROOT, folder

DOMAINS = sorted(path.parent.name for path in folder("monolith").glob("*/models.py"))
DOMAINS.remove("writes")


def test_there_are_six_domains() -> None:
    assert DOMAINS == ["catalog", "customers", "inventory", "notifications", "orders", "payments"]


@pytest.mark.parametrize("domain", DOMAINS)
@pytest.mark.parametrize(
    "part", ["monolith/{}/selectors.py", "monolith/contracts/{}.py", "monolith/{}/migrations"]
)
def test_every_domain_has_the_same_parts(domain: str, part: str) -> None:
    assert (ROOT / part.format(domain)).exists()


def test_the_gateway_knows_one_service() -> None:
    files = {path.stem for path in (ROOT / "gateway-config" / "kong").glob("*.yaml")}
    assert files == {"base"}
