"""The services, asked over HTTP with what schemathesis makes of ``docs/openapi.yaml``: bodies that are right, nearly right and wrong.

No answer is an internal error, and each has a status, a type, headers and a shape that are described. ``make api-test`` sends as many cases
as are asked for; with ``ARGS=--log-cli-level=INFO`` it tells who got which status.
"""

from base64 import b64encode
from collections import Counter
from collections.abc import Collection
from collective.smsauth.testing import last_code
from collective.smsauth.testing import PASSWORD
from collective.smsauth.testing import SERVER
from collective.smsauth.tests.support import openapi
from collective.smsauth.tests.support.members import bind
from collective.smsauth.tests.support.members import commit
from collective.smsauth.tests.support.post_office import PostOffice
from datetime import datetime
from datetime import timezone
from functools import cache
from hypothesis import given
from hypothesis import HealthCheck
from hypothesis import Phase
from hypothesis import seed
from hypothesis import settings
from hypothesis import strategies
from importlib import import_module
from importlib.util import find_spec
from plone import api
from plone.app.testing import SITE_OWNER_NAME
from plone.app.testing import SITE_OWNER_PASSWORD
from typing import Any
from unittest import skipUnless
from unittest import TestCase
from urllib.parse import parse_qs
from urllib.parse import urlsplit

import logging
import os
import requests

log = logging.getLogger(__name__)
HAS_SCHEMATHESIS = find_spec("schemathesis") is not None and openapi.DESCRIPTION.exists()
if HAS_SCHEMATHESIS:
    # Before there is a server: Python 3.11 cannot compile in two threads at once, and pytest compiles what is imported here.
    import_module("schemathesis.specs.openapi.schemas")

#: How many cases there are for all services together, and what they are made from.
CASES = int(os.environ.get("SMSAUTH_API_CASES") or 2000)
SEED = int(os.environ.get("SMSAUTH_API_SEED") or 1)
NUMBER, OTHER, THIRD = "+31612345678", "+31687654321", "+4915112345678"
DAY = 24 * 60 * 60
#: Seconds between two cases, so that limits on texts and acts swallow none; cases after which members sign in anew.
BETWEEN, EACH = 10 * 60, 12
#: Seconds after which a code is answered, or another one asked for.
ANSWERED = 60
ROOT = "Basic " + b64encode(f"{SITE_OWNER_NAME}:{SITE_OWNER_PASSWORD}".encode()).decode()
PROPERTIES = [{"key": "RecoveryScenario", "value": "MOBILE_VERIFICATION_ON_UPDATE"}]

#: What is sent before a case of an operation, so that there is something to be answered or changed: method, path and body.
BEFORE = {
    "confirm": ("POST", "@smsauth/set-up", {"mobile_number": OTHER}),
    "validateCode": ("PATCH", "@users/anna", {"mobile_number": OTHER}),
    "resendCode": ("PATCH", "@users/anna", {"mobile_number": OTHER}),
    "confirmContact": ("POST", "@smsauth/contacts", {"address": OTHER}),
    "resendToContact": ("POST", "@smsauth/contacts", {"address": OTHER}),
    "makePrimary": ("POST", "@smsauth/contacts", {"address": OTHER}),
    "removeContact": ("POST", "@smsauth/contacts", {"address": OTHER}),
    "stepUpVerify": ("POST", "@smsauth/step-up", None),
    "recoveryCodesLeft": ("POST", "@smsauth/recovery-codes", {"current_password": PASSWORD}),
    "withdrawBypass": ("POST", "@smsauth-members/anna/bypass", {"until": "$UNTIL", "reason": "abroad"}),
    "sendCode": ("POST", "@login", {"login": "anna", "password": PASSWORD}),
    "confirmReset": ("POST", "@smsauth-reset", {"username": "anna", "mobile_number": THIRD}),
    "confirmAccess": ("POST", "@smsauth-access", {"username": "anna"}),
}
#: Where opaque names are listed.
LISTS = {"contacts": "@smsauth/contacts", "browsers": "@smsauth/browsers", "sessions": "@smsauth/sessions"}


class Scene:
    """The site, its members, and what is known of them for the next case."""

    def __init__(self, layer, operation, post_office: PostOffice) -> None:
        self._layer, self._operation, self._post_office = layer, operation, post_office
        self._url = f"http://localhost:{layer['port']}/plone/++api++"
        self._count, self._is_out = 0, False
        self.tokens: dict[str, str] = {}

    @property
    def url(self) -> str:
        """The address below which the services are."""
        return self._url

    def begin(self) -> None:
        """Set up members and settings."""
        self._post_office.serve()
        for name in ("frank", "greta"):
            api.user.create(username=name, email=f"{name}@example.org", password=PASSWORD)
        with api.env.adopt_roles(["Manager"]):
            api.user.grant_roles(username="frank", roles=["Site Administrator"])
        for name, value in (("trust_days", 30), ("access_page", True), ("default_region", "NL")):
            api.portal.set_registry_record(f"collective.smsauth.{name}", value)
        if self._operation.definition.raw["operationId"] == "loginSetup":
            api.portal.set_registry_record("collective.smsauth.enforcement", "required")
        commit()

    def ready(self) -> None:
        """Let some time pass, and see to it now and then that members are as they were, and signed in."""
        self._layer["clock"].advance(BETWEEN)
        if self._count % EACH == 0 or self._is_out:
            self._is_out = False
            commit()
            for user_id, number in (("anna", NUMBER), ("frank", "+31611111111")):
                accounts = api.portal.get().acl_users.smsauth.accounts
                if accounts.get(user_id) is None or accounts.get(user_id).number != number:
                    bind(self._layer["clock"], user_id, number, ago=DAY)
                self.tokens[user_id] = self._sign_in(user_id, number)
            self.tokens["bert"] = self._send("POST", "@login", {"login": "bert", "password": PASSWORD}).get("token", "")
        self._count += 1

    def note(self, actor: str, status: int) -> None:
        """See to it that whoever was signed in, and is not any more, is so for the next case."""
        self._is_out = self._is_out or (status == 401 and bool(self.tokens.get(actor)))

    def headers(self, actor: str) -> dict[str, str]:
        """Return the headers of an actor."""
        if actor == "root":
            return {"Authorization": ROOT}
        return {"Authorization": f"Bearer {self.tokens[actor]}"} if self.tokens.get(actor) else {}

    def known(self, actor: str, which: int) -> dict[str, Any]:
        """Return values that mean something to the site, by the names of fields, after what has to be sent before.

        ``which`` chooses among things that have names.
        """
        name, path = self._operation.definition.raw["operationId"], self._operation.path
        found: dict[str, Any] = {
            "login": "anna",
            "username": "anna",
            "password": PASSWORD,
            "current_password": PASSWORD,
            "reason": "phone broken",
            "mobile_number": OTHER,
            "address": OTHER,
            "to": NUMBER,
            "channel": "text",
            "properties": PROPERTIES,
            "primary": True,
            "verified_mobile_numbers": [NUMBER, OTHER],
            "user": {"username": "anna"},
            "id": "anna",
            "until": self._until(),
        }
        if name in BEFORE:
            method, before, body = BEFORE[name]
            body = body and {key: self._until() if value == "$UNTIL" else value for key, value in body.items()}
            sender = {"withdrawBypass": "frank", "confirmReset": "", "confirmAccess": "", "sendCode": ""}.get(
                name, actor
            )
            found.update(self._send(method, before, body, actor=sender))
        if name == "confirmReset":
            found["signed"] = parse_qs(urlsplit(self._post_office.last_link()).query).get("signature", [""])[0]
        if "/@login-" in path:
            login = "bert" if name == "loginSetup" else "anna"
            step = self._send("POST", "@login", {"login": login, "password": PASSWORD}).get("second_step", {})
            found["flow"] = step.get("flow", "")
            found["route"] = step["routes"][0]["name"] if step.get("routes") else ""
        if name == "addUser":
            found["username"] = f"carla{self._count}"
        if name == "login":
            found["login"] = ("anna", "bert")[which % 2]
        if name == "makePrimary" and "name" in found:
            self._send("POST", f"@smsauth/contacts/{found['name']}/confirm", {"code": last_code()}, actor=actor)
        for part, listed in LISTS.items():
            if f"{part}/{{name}}" in path and name != "makePrimary":
                items = self._send("GET", listed, actor=actor).get("items", [])
                found["name"] = items[which % len(items)]["name"] if items else "none"
        try:
            found["code"] = last_code()
        except LookupError:
            found["code"] = "123456"
        return found

    def _until(self) -> str:
        return datetime.fromtimestamp(self._layer["clock"]() + DAY, timezone.utc).isoformat()

    def _sign_in(self, user_id: str, number: str) -> str:
        step = self._send("POST", "@login", {"login": user_id, "password": PASSWORD}).get("second_step")
        if step is None:
            return ""
        body = {"flow": step["flow"], "code": last_code(number), "trust": True}
        return self._send("POST", "@login-verify", body).get("token", "")

    def _send(self, method: str, path: str, body: Any = None, actor: str = "") -> dict[str, Any]:
        headers = self.headers(actor) if actor else {}
        answer = requests.request(method, f"{self._url}/{path}", json=body, headers=headers, timeout=60)
        found = answer.json() if answer.content else {}
        return found if isinstance(found, dict) else {}


@cache
def described() -> Any:
    """Return the description as schemathesis reads it."""
    import schemathesis

    return schemathesis.openapi.from_dict(openapi.description())


@skipUnless(
    HAS_SCHEMATHESIS, "optional: schemathesis needs Python 3.11, and the documentation is only in the repository"
)
class ApiTest(TestCase):
    """Has a test for each operation of a section of the description."""

    layer = SERVER
    section = ""
    #: Who asks: anna and frank, an administrator, with a second step, the user of the Zope root with a password, bert without two-step
    #: verification, and a visitor. Those who get furthest come more often.
    actors = ("anna", "frank", "anna", "root", "bert", "")
    maxDiff = None

    def __init_subclass__(cls) -> None:
        """Add the tests."""
        for method, path, operation in openapi.operations() if HAS_SCHEMATHESIS else ():
            if cls.section in operation["tags"]:

                def test(self, method=method, path=path):
                    self.ask(method, path)

                setattr(cls, f"test_{operation['operationId']}", test)

    def setUp(self):
        self.post_office = PostOffice()
        self.addCleanup(self.post_office.close)

    def ask(self, method: str, path: str) -> None:
        """Send the share of an operation in all cases, and assert that each answer is as it is described."""
        import schemathesis

        self.operation = described()[path][method]
        self.scene = Scene(self.layer, self.operation, self.post_office)
        self.found: dict[str, str] = {}
        self.statuses: Counter = Counter()
        self.scene.begin()
        modes = list(schemathesis.GenerationMode)

        def one(data) -> None:
            actor = data.draw(strategies.sampled_from(self.actors))
            case = data.draw(self.operation.as_strategy(data.draw(strategies.sampled_from(modes))))
            left = data.draw(strategies.sets(strategies.integers(0, 9), max_size=3))
            self.send(actor, case, which=data.draw(strategies.integers(0, 5)), left=left)

        actors = tuple(dict.fromkeys(self.actors))
        for which, actor in enumerate(actors * 2):
            self.send(actor, self.right_case(path), which=which % 3)
        bounded = settings(
            max_examples=max(1, CASES // sum(1 for _ in openapi.operations()) - 2 * len(actors)),
            database=None,
            deadline=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        seed(SEED)(bounded(given(strategies.data())(one)))()
        told = (f"{who or 'visitor'} {status}: {count}" for (who, status), count in sorted(self.statuses.items()))
        log.info("%s %s: %s", method, path, ", ".join(told))
        self.assertEqual({}, self.found)
        self.assertTrue(
            any(200 <= status < 300 for _who, status in self.statuses), f"nobody got anywhere: {self.statuses}"
        )

    def right_case(self, path: str) -> Any:
        """Return a case that is right: the example of the description."""
        body = self.operation.definition.raw.get("requestBody")
        names = {name: "none" for name in ("name", "id") if f"{{{name}}}" in path}
        if body is None:
            return self.operation.Case(path_parameters=names)
        example = dict(body["content"]["application/json"]["example"])
        return self.operation.Case(path_parameters=names, body=example, media_type="application/json")

    def send(self, actor: str, case: Any, *, which: int, left: Collection[int] = ()) -> None:
        """Send a case, with what means something to the site in its places but those ``left``; keep what is wrong with the answer."""
        from schemathesis.core.failures import FailureGroup
        from schemathesis.specs.openapi import checks

        import schemathesis

        self.scene.ready()
        known = self.scene.known(actor, which)
        self.layer["clock"].advance(ANSWERED)
        for holder in (case.body, case.path_parameters):
            for place, name in enumerate(sorted(holder)) if isinstance(holder, dict) else ():
                if name in known and place not in left:
                    holder[name] = known[name]
        response = case.call(base_url=self.scene.url, headers=self.scene.headers(actor), timeout=60)
        self.statuses[actor, response.status_code] += 1
        self.scene.note(actor, response.status_code)
        held = [
            schemathesis.checks.not_a_server_error,
            checks.status_code_conformance,
            checks.content_type_conformance,
            checks.response_headers_conformance,
            checks.response_schema_conformance,
        ]
        try:
            case.validate_response(response, checks=held)
        except FailureGroup as group:
            for failure in group.exceptions:
                kind = f"{type(failure).__name__} {response.status_code}"
                self.found.setdefault(kind, f"{actor}: {failure}\n{case.as_curl_command()}\n{response.text[:2000]}")


class SigningInTest(ApiTest):
    section = "Signing in"
    actors = ("", "anna", "", "bert", "frank", "root")


class OwnTest(ApiTest):
    section = "A member's own second step"


class NumbersTest(ApiTest):
    section = "Numbers as data"


class AdministratorsTest(ApiTest):
    section = "Administrators"
    actors = ("frank", "root", "frank", "root", "anna", "bert", "")


class LosingAccessTest(ApiTest):
    section = "Losing access"
    actors = ("", "", "anna", "bert", "frank", "root")
