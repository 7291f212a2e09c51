"""Makes parts of a page from ``openapi.yaml``: all services, the fields of one schema, and the reasons of refusals.

sphinxcontrib-openapi reads OpenAPI 3.0 and needs three more packages; this takes what our own description uses, and nothing else.
"""

from collections.abc import Iterator
from docutils import nodes
from pathlib import Path
from sphinx.util.docutils import SphinxDirective
from typing import Any

import json
import yaml

DESCRIPTION = Path(__file__).parent.parent / "openapi.yaml"
METHODS = ("get", "post", "patch", "delete")
#: What a type is called in words.
WORDS = {
    "string": "text",
    "boolean": "true or false",
    "integer": "number",
    "array": "list",
    "object": "object",
    "null": "null",
}


class Description:
    """The description, and lines of reStructuredText made from its parts."""

    def __init__(self) -> None:
        self._all = yaml.safe_load(DESCRIPTION.read_text(encoding="utf-8"))

    def schema(self, name: str) -> dict[str, Any]:
        """Return the schema of that name."""
        return self._all["components"]["schemas"][name]

    def services(self) -> Iterator[str]:
        """Return a section for each tag, and in it one for each operation."""
        for tag in self._all["tags"]:
            yield from _heading(tag["name"], "~")
            yield from (tag["description"], "")
            for path, item in self._all["paths"].items():
                for method in METHODS:
                    if tag["name"] in item.get(method, {}).get("tags", ()):
                        yield from self._operation(method, path, item)

    def reasons(self) -> Iterator[str]:
        """Return what each reason says."""
        for one in self.schema("Reason")["oneOf"]:
            yield from _term(f"``{one['const']}``", one["description"])

    def fields(self, schema: dict[str, Any]) -> Iterator[str]:
        """Return what the fields of an object are."""
        for name, field in schema.get("properties", {}).items():
            found = self._resolved(field)
            words = field.get("description") or found.get("description", "")
            must = ", required" if name in schema.get("required", ()) else ""
            yield from _term(f"``{name}`` ({self._type(field)}{must})", words)

    def _operation(self, method: str, path: str, item: dict[str, Any]) -> Iterator[str]:
        operation = item[method]
        yield from _heading(f"{method.upper()} {path.removeprefix('/')}", "^")
        yield from (operation["summary"], "")
        if "description" in operation:
            yield from (operation["description"].strip(), "")
        for parameter in map(self._resolved, (*item.get("parameters", ()), *operation.get("parameters", ()))):
            place = {"path": "in the address", "query": "in the query", "header": "header"}[parameter["in"]]
            yield from _term(f"``{parameter['name']}`` ({place})", parameter["description"])
        if "requestBody" in operation:
            content = operation["requestBody"]["content"]["application/json"]
            yield from self.fields(self._resolved(content["schema"]))
            yield from _example(content["example"])
        for status, answer in operation["responses"].items():
            found = self._resolved(answer)
            yield f":{status}: {found['description']}"
        yield ""
        for status, answer in operation["responses"].items():
            content = self._resolved(answer).get("content", {}).get("application/json", {})
            if status.startswith("2") and "example" in content:
                yield from (f"Answer with {status}:", "")
                yield from _example(content["example"])

    def _resolved(self, part: dict[str, Any]) -> dict[str, Any]:
        while "$ref" in part:
            found: Any = self._all
            for name in part["$ref"].removeprefix("#/").split("/"):
                found = found[name]
            part = found
        return part

    def _type(self, field: dict[str, Any]) -> str:
        found = self._resolved(field)
        if "enum" in found:
            return ", ".join(json.dumps(one) for one in found["enum"])
        if "anyOf" in found:
            return " or ".join(dict.fromkeys(self._type(one) for one in found["anyOf"]))
        if "oneOf" in found:
            return "text"
        types = found.get("type", "anything")
        return " or ".join(WORDS.get(one, one) for one in ([types] if isinstance(types, str) else types))


def _heading(words: str, line: str) -> Iterator[str]:
    yield from (words, line * len(words), "")


def _term(term: str, words: str) -> Iterator[str]:
    yield from (term, f"   {words.strip() or '…'}", "")


def _example(example: Any) -> Iterator[str]:
    yield from (".. code-block:: json", "")
    yield from (f"   {line}" for line in json.dumps(example, indent=2, ensure_ascii=False).splitlines())
    yield ""


class _Part(SphinxDirective):
    """Base of the directives: the lines of a part of the description, in place of the directive."""

    def run(self) -> list[nodes.Node]:
        """Return the nodes."""
        self.env.note_dependency(str(DESCRIPTION))
        lines = "\n".join(self.lines(Description()))
        return self.parse_text_to_nodes(lines, allow_section_headings=True)

    def lines(self, description: Description) -> Iterator[str]:
        """Return the lines."""
        raise NotImplementedError


class Services(_Part):
    """``.. rest-services::``."""

    def lines(self, description: Description) -> Iterator[str]:
        """Return all services."""
        return description.services()


class Reasons(_Part):
    """``.. rest-reasons::``."""

    def lines(self, description: Description) -> Iterator[str]:
        """Return all reasons."""
        return description.reasons()


class Fields(_Part):
    """``.. rest-fields:: SCHEMA``."""

    required_arguments = 1

    def lines(self, description: Description) -> Iterator[str]:
        """Return the fields of the schema."""
        return description.fields(description.schema(self.arguments[0]))


def setup(app: Any) -> dict[str, Any]:
    """Register the directives."""
    app.add_directive("rest-services", Services)
    app.add_directive("rest-reasons", Reasons)
    app.add_directive("rest-fields", Fields)
    return {"version": "1", "parallel_read_safe": True}
