"""``docs/openapi.yaml`` describes each service, and nothing else; its examples are what it says."""

from collective.smsauth import services
from collective.smsauth.domain.challenge import Outcome
from collective.smsauth.flows.problems import Problem
from collective.smsauth.services import control_panel
from collective.smsauth.services import help_desk
from collective.smsauth.services import own
from collective.smsauth.services import password_access
from collective.smsauth.services import phone_reset
from collective.smsauth.services import refusals
from collective.smsauth.services import step_up
from collective.smsauth.services.service import Field
from collective.smsauth.services.service import ServiceTable
from collective.smsauth.services.service import StepService
from collective.smsauth.tests.support import openapi
from collective.smsauth.tests.support.openapi import needs_description
from collective.smsauth.verification.results import SendRefusal
from importlib import import_module
from jsonschema import Draft202012Validator
from lxml import etree
from pathlib import Path
from unittest import TestCase

import ast

PLONE = "{http://namespaces.plone.org/plone}"
ROOM = Path(services.__file__).parent
TABLES = {"@smsauth": own.SERVICES, "@smsauth-members": help_desk.SERVICES}
#: Plone's own services, which are only kept from some of those who ask.
PLONES = {("POST", "@groups", ""), ("PATCH", "@groups", "")}
#: What stands below a service besides what is in the tables: its class takes the names apart.
FURTHER = {
    ("POST", "@smsauth", "contacts/{name}/confirm"),
    ("POST", "@smsauth", "contacts/{name}/resend"),
    ("GET", "@smsauth", "contacts/{name}"),
    ("GET", "@smsauth", "browsers/{name}"),
    ("DELETE", "@smsauth", "browsers/{name}"),
    ("GET", "@smsauth", "sessions/{name}"),
    ("DELETE", "@smsauth", "sessions/{name}"),
    ("POST", "@smsauth", f"step-up/{step_up.VERIFY}"),
    ("POST", "@smsauth-reset", phone_reset.CONFIRM),
    ("POST", "@smsauth-access", password_access.CONFIRM),
    ("POST", "@users", "{id}/reset-password"),
}
#: Services that are only there for a name below them.
NAMED = {("PATCH", "@smsauth", "contacts"): "contacts/{name}", ("DELETE", "@smsauth", "contacts"): "contacts/{name}"}
USERS = {("GET", "@users", ""): "{id}", ("PATCH", "@users", ""): "{id}"}
TYPES = {str: "string", bool: "boolean", dict: "object", list: "array"}


def registered() -> set[tuple[str, str]]:
    """Return method and name of each service in the ZCML."""
    tree = etree.parse(str(ROOM / "configure.zcml"))
    return {(one.get("method"), one.get("name")) for one in tree.iter(f"{PLONE}service")}


def factories() -> dict[tuple[str, str, str], type]:
    """Return the classes of the services by method, name, and what follows in the address."""
    found = {}
    for one in etree.parse(str(ROOM / "configure.zcml")).iter(f"{PLONE}service"):
        module, _dot, name = one.get("factory").removeprefix(".").rpartition(".")
        factory = getattr(import_module(f"collective.smsauth.services.{module}"), name)
        if not issubclass(factory, ServiceTable):
            found[one.get("method"), one.get("name"), ""] = factory
    for service, table in TABLES.items():
        for (method, place), factory in table.items():
            found[method, service, place.replace("ID", "{id}")] = factory
    return found


def described() -> dict[tuple[str, str, str], dict]:
    """Return the operations by method, name of the service, and what follows in the address."""
    return {
        (method, *path.removeprefix("/").partition("/")[::2]): operation
        for method, path, operation in openapi.operations()
    }


@needs_description
class OpenApiTest(TestCase):
    def test_each_service_is_described_and_each_description_is_of_a_service(self):
        served = {
            (method, service, {**NAMED, **USERS}.get((method, service, place), place))
            for method, service, place in factories()
        }
        panel = {(method, "@controlpanels", "smsauth") for method in ("GET", "PATCH")}
        self.assertEqual("smsauth", control_panel.SMSAuthControlpanel.configlet_id)
        self.assertEqual(set(described()), (served - PLONES) | FURTHER | panel)

    def test_each_table_is_registered_for_its_methods(self):
        for service, table in TABLES.items():
            self.assertEqual(
                {method for method, _place in table}, {one for one, name in registered() if name == service}
            )

    def test_the_bodies_have_the_fields_that_the_services_look_at(self):
        for (method, service, place), factory in factories().items():
            if not issubclass(factory, StepService) or not isinstance(factory.fields, tuple):
                continue
            with self.subTest(service=f"{method} {service} {place}"):
                bodies = [
                    openapi.body_of(operation)
                    for (its_method, its_service, its_place), operation in described().items()
                    if (its_method, its_service) == (method, service)
                    and its_place.replace("/{name}", "").startswith(place)
                    and (place or not its_place)
                    and (not service.endswith("members") or its_place == place)
                ]
                fields = {}
                for body in bodies:
                    fields.update(body.get("properties", {}))
                self.assertEqual({field.name for field in factory.fields}, set(fields))
                for field in factory.fields:
                    self.assert_described(field, fields[field.name], bodies)

    def assert_described(self, field: Field, schema: dict, bodies: list[dict]) -> None:
        found = openapi.resolved(schema)
        types = {resolved.get("type") for one in found.get("anyOf", ()) if (resolved := openapi.resolved(one))}
        types = types or ({found["type"]} if isinstance(found["type"], str) else set(found["type"]))
        self.assertEqual({TYPES[field.type]}, types - {"null"})
        if field.required:
            self.assertTrue(any(field.name in body.get("required", ()) for body in bodies), field)

    def test_each_reason_in_the_code_is_described_and_no_other(self):
        found = {one.value for one in SendRefusal}
        found |= {one.value for one in Outcome if one is not Outcome.ACCEPTED} - {Outcome.EARLIER.value} | {
            "earlier-code"
        }
        names = set()
        for module in ROOM.glob("*.py"):
            for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
                if isinstance(node, ast.keyword) and node.arg == "reason":
                    if isinstance(node.value, ast.Constant):
                        found.add(node.value.value)
                    names |= {one.attr for one in ast.walk(node.value) if isinstance(one, ast.Attribute)}
                    names |= {one.id for one in ast.walk(node.value) if isinstance(one, ast.Name)}
        found |= {value for name, value in vars(refusals).items() if name in names and isinstance(value, str)}
        self.assertIn(refusals.SECOND_STEP, found)
        self.assertEqual(found, openapi.reasons())

    def test_a_step_may_have_a_problem_as_its_reason(self):
        further = openapi.description()["components"]["schemas"]["StepReason"]["oneOf"]
        told = {one["const"] for one in further if "const" in one} | openapi.reasons()
        self.assertEqual(set(), {problem.value for problem in Problem} - told)

    def test_each_refusal_has_a_status_that_some_service_describes(self):
        told = {status for _method, _path, operation in openapi.operations() for status in operation["responses"]}
        self.assertEqual(set(), {str(status) for status in refusals._TYPES} - told)

    def test_each_body_and_each_answer_has_an_example_of_its_shape(self):
        for method, path, operation in openapi.operations():
            bodies = {"body": operation["requestBody"]} if "requestBody" in operation else {}
            bodies.update((status, openapi.resolved(one)) for status, one in operation["responses"].items())
            for name, body in bodies.items():
                content = body.get("content")
                if not content or content["application/json"]["schema"] == {"type": "null"}:
                    continue
                with self.subTest(operation=f"{method} {path}", of=name):
                    Draft202012Validator(openapi.schema_of(content)).validate(content["application/json"]["example"])

    def test_each_operation_has_a_name_a_section_and_a_summary(self):
        sections = {tag["name"] for tag in openapi.description()["tags"]}
        names = [operation["operationId"] for _method, _path, operation in openapi.operations()]
        self.assertEqual(len(names), len(set(names)))
        for _method, _path, operation in openapi.operations():
            self.assertTrue(operation["summary"].endswith("."), operation)
            self.assertLessEqual(set(operation["tags"]), sections)
