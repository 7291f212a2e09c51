"""The stories of ``docs/rest.rst``: each request is sent as it stands there, and its answer is the one that stands below it."""

from collective.smsauth.testing import last_code
from collective.smsauth.testing import PASSWORD
from collective.smsauth.tests.support import openapi
from collective.smsauth.tests.support.openapi import needs_description
from collective.smsauth.tests.support.rest import RestTest
from dataclasses import dataclass
from plone import api
from typing import Any

import json
import re
import transaction

PAGE = openapi.ROOT / "docs" / "rest.rst"
_BLOCK = re.compile(r"^\.\. code-block:: http\n\n((?:(?: {3}.*)?\n)+)", re.MULTILINE)
_HEADING = re.compile(r"^(\S.*)\n=+\n$", re.MULTILINE)


@dataclass(frozen=True, kw_only=True)
class Block:
    """A request or an answer: its first line, headers and body."""

    first: str
    headers: dict[str, str]
    body: Any


def story(title: str) -> list[tuple[Block, Block]]:
    """Return the requests below a heading of the page, each with its answer."""
    text = PAGE.read_text(encoding="utf-8")
    begin = re.search(rf"^{title}\n=+\n", text, re.MULTILINE).end()
    end = _HEADING.search(text, begin)
    blocks = [_block(found[1]) for found in _BLOCK.finditer(text[begin : end.start() if end else len(text)])]
    return list(zip(blocks[::2], blocks[1::2], strict=True))


def _block(text: str) -> Block:
    head, _blank, body = "\n".join(line[3:] for line in text.rstrip().splitlines()).partition("\n\n")
    first, *lines = head.splitlines()
    headers = dict(line.split(": ", 1) for line in lines)
    return Block(first=first, headers=headers, body=json.loads(body) if body else None)


@needs_description
class StoriesTest(RestTest):
    def replay(self, title: str, token: str = "") -> None:
        """Send each request of a story, and compare the answers."""
        known, told = {"$TOKEN": token}, story(title)
        self.assertGreaterEqual(len(told), 4)
        for request, answer in told:
            with self.subTest(request=request.first):
                method, path, _version = request.first.split()
                headers = {name: self.filled(value, known) for name, value in request.headers.items()}
                headers.pop("Content-Type", None)
                body = json.loads(self.filled(json.dumps(request.body), known)) if request.body is not None else None
                found = self.client().send(method, self.path(path.removeprefix("/")), json=body, **headers)
                self.assertEqual(int(answer.first.split()[1]), found.status_int, found.text)
                for name, value in answer.headers.items():
                    self.assertEqual(value, found.headers[name].partition(";")[0], name)
                if answer.body is not None:
                    self.compare(answer.body, found.json, known)

    def filled(self, text: str, known: dict[str, str]) -> str:
        """Return a text with the values of its variables."""
        values = {
            **known,
            "$CODE": last_code() if "$CODE" in text else "",
            "$WRONG": self.wrong_code() if "$WRONG" in text else "",
        }
        for name, value in values.items():
            text = text.replace(name, value)
        return text

    def compare(self, shown: Any, found: Any, known: dict[str, str]) -> None:
        """Assert that what is shown of an answer is in it; keep what variables stand for."""
        if isinstance(shown, dict) and shown:
            for name, value in shown.items():
                self.assertIn(name, found)
                self.compare(value, found[name], known)
        elif isinstance(shown, str) and shown.startswith("$"):
            self.assertTrue(isinstance(found, str) and found)
            known[shown] = found
        else:
            self.assertEqual(shown, found)

    def test_a_script_signs_in(self):
        self.replay("A script signs in")

    def test_an_app_changes_a_number(self):
        token = self.token("anna")
        self.clock.advance(60)
        self.replay("An app changes a number", token)

    def test_an_administrator_proves_a_number_by_phone(self):
        with api.env.adopt_roles(["Manager"]):
            api.user.create(username="frank", email="frank@example.org", password=PASSWORD)
            api.user.grant_roles(username="frank", roles=["Site Administrator"])
        transaction.commit()
        self.replay("An administrator proves a number by phone", self.login("frank").json["token"])
