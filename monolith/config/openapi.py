"""Check the committed description of the API, or make it anew.

python -m monolith.config.openapi            # exit code 1 when the file is out of date
python -m monolith.config.openapi --write    # make the file anew
"""

import os
import sys

import django

from extracted.contracts.parser import Parser


def main() -> int:
    """Check the file, or write it; return the exit code."""
    parser = Parser(prog="python -m monolith.config.openapi", description="The API as OpenAPI 3.1.")
    parser.add_argument("--write", action="store_true", help="make the file anew")
    arguments = parser.parse_args()
    # No server is asked, and the settings of the tests need none.
    os.environ["DJANGO_SETTINGS_MODULE"] = "monolith.config.settings.test"
    django.setup()
    from monolith.web import openapi  # noqa: PLC0415 - DRF wants its settings first

    made = openapi.text()
    if arguments.write:
        openapi.GOLDEN.write_text(made, encoding="utf-8")
    if not openapi.GOLDEN.exists() or openapi.GOLDEN.read_text(encoding="utf-8") != made:
        print("openapi: the file does not describe the code; review, then --write", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
