"""The description of the REST services, ``docs/openapi.yaml``: read, with what it refers to in place."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any
from unittest import skipUnless

import yaml

ROOT = Path(__file__).resolve().parents[5]
DESCRIPTION = ROOT / "docs" / "openapi.yaml"
METHODS = ("get", "post", "patch", "delete")

needs_description = skipUnless(DESCRIPTION.exists(), "optional: the documentation is only in the repository")


@cache
def description() -> dict[str, Any]:
    """Return the description as it stands."""
    return yaml.load(DESCRIPTION.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)


def resolved(part: Any) -> Any:
    """Return a part of the description, or what it refers to."""
    while isinstance(part, dict) and "$ref" in part:
        found: Any = description()
        for name in part["$ref"].removeprefix("#/").split("/"):
            found = found[name]
        part = found
    return part


def operations() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Return method, path and description of each operation."""
    for path, item in description()["paths"].items():
        for method in METHODS:
            if method in item:
                yield method.upper(), path, item[method]


def schema_of(content: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of a body, with the names that it refers to."""
    return {**content["application/json"]["schema"], "components": description()["components"]}


def body_of(operation: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of what an operation takes; {} if it takes nothing."""
    body = operation.get("requestBody")
    return resolved(body["content"]["application/json"]["schema"]) if body else {}


def reasons() -> set[str]:
    """Return the reasons that are described."""
    return {one["const"] for one in description()["components"]["schemas"]["Reason"]["oneOf"]}
