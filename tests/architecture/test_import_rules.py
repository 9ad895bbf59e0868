"""Who may import whom: kept by the tree as it is, and total (nothing is left out)."""

from tests.architecture.lint import complaint
from tests.architecture.tree import PACKAGES, ROOT, root_packages


def test_the_tree_keeps_every_import_rule() -> None:
    assert complaint(ROOT) is None


def test_every_import_root_is_under_the_rules() -> None:
    assert root_packages() == PACKAGES.keys()
