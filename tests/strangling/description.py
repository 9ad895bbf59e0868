"""What the published description promises of an answer, asked of each answer, whoever gives it."""

import json
import re
from functools import cache
from typing import Any

import httpx
from jsonschema import Draft202012Validator

from extracted.contracts.http import FORWARDED_WRITE
from tests.extracted.running import ROOT

FILE = ROOT / "extracted" / "contracts" / "openapi.json"
# Of HTTP itself, for any address: nothing has changed, and there is no such method.
NOT_MODIFIED, NO_SUCH_METHOD = 304, 405
# Said by one side to the other, about a write that was passed on already; no client is told.
NOT_THE_OWNER = 421
# Signed by whichever side has answered.
SIGNATURE = "X-Served-By"


@cache
def document() -> dict[str, Any]:
    """The description, as it is committed."""
    found: dict[str, Any] = json.loads(FILE.read_text())
    return found


def complaint(answer: httpx.Response) -> str | None:
    """What is not as described; None for an answer as promised, and for paths that nobody described."""
    template = _template(answer.request.url.path)
    if template is None:
        return None
    method, status = answer.request.method.lower(), answer.status_code
    operation = document()["paths"][template].get("get" if method == "head" else method)
    if status == NOT_THE_OWNER and FORWARDED_WRITE in answer.request.headers:
        return None
    if status == NOT_MODIFIED and "If-None-Match" in answer.request.headers:
        return None
    if operation is None:
        return None if status == NO_SUCH_METHOD else f"{method} is not described"
    promised = operation["responses"].get(str(status))
    if promised is None:
        return f"status {status} is not described: {answer.text[:200]}"
    return None if method == "head" else _of_content(answer, promised.get("content", {}))


def _of_content(answer: httpx.Response, promised: dict[str, Any]) -> str | None:
    if not promised:
        return None
    kind = answer.headers.get("Content-Type", "").partition(";")[0]
    if kind not in promised:
        return f"{kind!r} is not described, but {', '.join(promised)}"
    wrong = next(_validator(json.dumps(promised[kind]["schema"])).iter_errors(answer.json()), None)
    return wrong and f"{wrong.json_path}: {wrong.message}"[:300]


@cache
def _validator(schema: str) -> Draft202012Validator:
    # References are to the components of the document.
    return Draft202012Validator({"components": document()["components"], **json.loads(schema)})


@cache
def _templates() -> dict[str, re.Pattern[str]]:
    return {
        path: re.compile(re.sub(r"\\{\w+\\}", "[^/]+", re.escape(path)))
        for path in document()["paths"]
    }


def _template(path: str) -> str | None:
    """The described path; of several the one with the fewest parameters."""
    fitting = [template for template, regex in _templates().items() if regex.fullmatch(path)]
    return min(fitting, key=lambda template: template.count("{"), default=None)


def promised(answer: httpx.Response) -> None:
    """Fail where a side's answer is not as described; a hook for a client of that side."""
    answer.read()
    wrong = complaint(answer)
    by = answer.headers.get(SIGNATURE, "nobody who says so")
    assert wrong is None, f"{answer.request.method} {answer.request.url}, by {by}: {wrong}"


def promised_behind_a_gateway(answer: httpx.Response) -> None:
    """The same for a client of the gateway: what that refuses by itself has Kong's form."""
    if SIGNATURE in answer.headers:
        promised(answer)
    else:
        assert answer.is_error, f"{answer.request.method} {answer.request.url}: nobody signs it"
