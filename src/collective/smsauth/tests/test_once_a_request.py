"""The parts of a request are made once: what a page asks for again and again is not looked up, read and derived again and again."""

from collections import Counter
from collective.smsauth.domain import codes
from collective.smsauth.pas import lookup
from collective.smsauth.settings.stored import SitePolicies
from collective.smsauth.storage import accounts
from collective.smsauth.testing import last_code
from collective.smsauth.tests.support.doors import DoorTest
from collective.smsauth.tests.support.doors import fields_of
from collective.smsauth.tests.support.doors import sign_in_form
from collective.smsauth.verification.verifier import Verifier
from contextlib import contextmanager
from contextlib import ExitStack
from plone.keyring.interfaces import IKeyManager
from unittest import mock
from zope.component import getUtility

import sys


class OnceTest(DoorTest):
    @contextmanager
    def counting(self):
        """Count how often each part is made while this lasts."""
        made = Counter()

        def counted(name, original):
            def wrapper(*args, **named):
                made[name(*args) if callable(name) else name] += 1
                return original(*args, **named)

            return wrapper

        with ExitStack() as stack:
            for owner, attribute, name in (
                (Verifier, "__init__", "verifier"),
                (SitePolicies, "__call__", "policy"),
                (SitePolicies, "requirement", "requirement"),
                (accounts, "load", "record"),
                (codes, "derive", lambda secret, usage: f"keys for {usage}"),
                *((module, "plugin_of", "plugin") for module in self.modules_that_look_up()),
            ):
                stack.enter_context(mock.patch.object(owner, attribute, counted(name, getattr(owner, attribute))))
            yield made

    def modules_that_look_up(self):
        """Return the modules in which the plugin is looked up."""
        modules = [module for name, module in sys.modules.items() if name.startswith("collective.smsauth.")]
        return [module for module in modules if getattr(module, "plugin_of", None) is lookup.plugin_of]

    def assert_made_once(self, made: Counter) -> None:
        """Assert that nothing was made more often than needed: at most once for the request, and once for what is judged apart."""
        secrets = len([secret for secret in getUtility(IKeyManager)["_system"] if secret])
        most = {"verifier": 1, "policy": 1, "requirement": 1, "plugin": 2, "record": 2}
        too_often = {name: count for name, count in made.items() if count > most.get(name, secrets)}
        self.assertEqual({}, too_often)

    def pending(self):
        """Return a client that has given the password."""
        client = self.client()
        client.post(self.path("login"), form=sign_in_form("anna"))
        return client

    def test_a_wrong_code(self):
        client = self.pending()
        code = last_code()
        form = fields_of(client.get(self.path("@@smsauth-verify")), form__buttons__verify="1")
        form["form.widgets.code"] = code[:-1] + ("0" if code[-1] != "0" else "1")
        with self.counting() as made:
            client.post(self.path("@@smsauth-verify"), form=form)
        self.assertEqual(1, made["verifier"])
        self.assert_made_once(made)

    def test_the_code_form(self):
        client = self.pending()
        with self.counting() as made:
            client.get(self.path("@@smsauth-verify"))
        self.assertEqual(1, made["verifier"])
        self.assert_made_once(made)

    def test_an_ordinary_page_of_a_member(self):
        client = self.proven("anna")
        client.get(self.path())
        with self.counting() as made:
            client.get(self.path())
        self.assertEqual(0, made["verifier"])
        self.assert_made_once(made)
