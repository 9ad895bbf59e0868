"""Who may import whom: kept by the tree as it is, and total (nothing is left out)."""

from tests.architecture.lint import complaint
from tests.architecture.tree import PACKAGES, ROOT, folder, import_rules, root_packages


def test_the_tree_keeps_every_import_rule() -> None:
    assert complaint(ROOT) is None


def test_every_import_root_is_under_the_rules() -> None:
    assert root_packages() == PACKAGES.keys()


def test_every_app_with_a_seam_has_a_rule_that_guards_it() -> None:
    apps = {path.parent.name for path in folder("monolith").glob("*/seam.py")}
    guarded = {name.removesuffix("-seam") for name in import_rules() if name.endswith("-seam")}
    assert guarded >= apps
    # An app without a seam may be guarded too: then nobody but the house's wiring enters it.
    for name in guarded - apps:
        allowed = set(import_rules()[f"{name}-seam"]["allowed_importers"])
        assert allowed <= {f"monolith.{name}", "monolith.config"}


def test_behind_a_seam_every_module_with_rows_or_writes_is_protected() -> None:
    inner = {"models", "actions", "selectors", "local", "remote"}
    for app in (path.parent for path in folder("monolith").glob("*/seam.py")):
        present = {path.stem for path in app.glob("*.py")} & inner
        protected = import_rules()[f"{app.name}-seam"]["protected_modules"]
        # A domain may split its writes over more modules; they are protected by name as well.
        assert set(protected) >= {f"monolith.{app.name}.{name}" for name in present}
