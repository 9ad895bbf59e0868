"""The public surface is what `__all__` says, and it stands alone."""

import subprocess
import sys
from types import ModuleType

import kong_admin


def test_all_names_every_public_import_and_nothing_else() -> None:
    public = {
        name
        for name, value in vars(kong_admin).items()
        if not name.startswith("_") and not isinstance(value, ModuleType)
    }
    assert public == set(kong_admin.__all__)


def test_nothing_else_of_the_project_is_imported() -> None:
    script = "import sys, kong_admin.__main__; print(*{name.split('.')[0] for name in sys.modules})"
    loaded = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    ).stdout.split()
    project = {"monolith", "extracted", "strangler", "handover", "embedded_gateway", "django"}
    assert not project & set(loaded)
