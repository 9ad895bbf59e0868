"""The health check of our images: whether the process on PORT says that it is ready.

In Python, because the images have no curl, and in a file, because four images ask the same.
"""

import os
import sys
import urllib.error
import urllib.request


def is_ready(port: str) -> bool:
    """Whether /readyz answers 200."""
    # Past any proxy that the environment names: it is this container that is asked.
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with direct.open(f"http://127.0.0.1:{port}/readyz", timeout=2) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


if __name__ == "__main__":
    sys.exit(0 if is_ready(os.environ["PORT"]) else 1)
