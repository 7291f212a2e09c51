"""Plugins of other add-ons that refuse: by emptying the credentials that PAS hands round, as lock-out add-ons do, or by an exception."""

from collective.smsauth.administration.checks import site
from collective.smsauth.setuphandlers import put_in_place
from collective.smsauth.testing import PASSWORD
from collective.smsauth.tests.support.doors import basic
from collective.smsauth.tests.support.doors import commit
from collective.smsauth.tests.support.doors import DoorTest
from collective.smsauth.tests.support.doors import sign_in_form
from collective.smsauth.tests.support.doors import TICKET
from Products.PluggableAuthService.interfaces.plugins import IAuthenticationPlugin
from Products.PluggableAuthService.plugins.BasePlugin import BasePlugin
from zExceptions import Unauthorized
from zope.interface import implementer

#: Whom the plugins here keep out; edith is let in, so that each door is seen to be one.
LOCKED = ("anna", "bert")


@implementer(IAuthenticationPlugin)
class VetoPlugin(BasePlugin):
    """Refuses some logins in the way that ``refuses`` names, and knows nobody."""

    meta_type = "Veto plugin"
    refuses = "empties"

    def __init__(self, id):
        self._setId(id)

    def authenticateCredentials(self, credentials):
        if credentials.get("login") not in LOCKED:
            return
        if self.refuses == "forbids":
            raise Unauthorized("This account is locked.")
        if self.refuses == "breaks":
            raise RuntimeError("The list of locked accounts cannot be read.")
        if self.refuses == "takes the password":
            del credentials["password"]
        else:
            credentials.clear()
        if self.refuses == "empties and stumbles":
            raise KeyError("login")


class VetoTest(DoorTest):
    """Anna's phone is set up, bert and edith have none."""

    def setUp(self):
        super().setUp()
        self.users._setObject("veto", VetoPlugin("veto"))
        plugins = self.users.plugins
        plugins.activatePlugin(IAuthenticationPlugin, "veto")
        while plugins.listPluginIds(IAuthenticationPlugin)[0] != "veto":
            plugins.movePluginsUp(IAuthenticationPlugin, ["veto"])
        commit()

    def put_ours_first(self):
        put_in_place(self.users)
        commit()
        self.assertEqual(["smsauth", "veto"], list(self.users.plugins.listPluginIds(IAuthenticationPlugin))[:2])

    def opens(self, user_id: str) -> dict[str, bool]:
        """Return which doors a right password opens."""
        form, at_login = self.client(), self.client()
        form.post(self.path("login"), form=sign_in_form(user_id))
        answer = at_login.post(
            self.path("@login"), json={"login": user_id, "password": PASSWORD}, Accept="application/json"
        )
        return {
            "form": TICKET in form.cookies or any(name.startswith("smsauth_pending") for name in form.cookies),
            "@login": "token" in answer.json or TICKET in at_login.cookies,
            "basic": self.reads(user_id, Authorization=basic(user_id)),
            "query": self.reads(user_id, query={"__ac_name": user_id, "__ac_password": PASSWORD}),
            "json": self.reads(user_id, method="POST", json={"login": user_id, "password": PASSWORD}),
        }

    def refuse(self, how: str) -> None:
        self.users.veto.refuses = how
        commit()

    def assert_veto(self):
        self.assertEqual({True}, set(self.opens("edith").values()), "a door is none")
        for user_id in LOCKED:
            self.assertEqual({False}, set(self.opens(user_id).values()), user_id)

    def test_what_it_empties_stays_empty_for_those_asked_later_when_ours_is_asked_first(self):
        self.put_ours_first()
        for how in ("empties", "takes the password", "empties and stumbles"):
            with self.subTest(how):
                self.refuse(how)
                self.assert_veto()

    def test_and_when_it_is_asked_before_ours(self):
        for how in ("empties", "takes the password", "empties and stumbles"):
            with self.subTest(how):
                self.refuse(how)
                self.assert_veto()

    def test_one_that_ends_the_request_ends_it_in_both_orders(self):
        self.refuse("forbids")
        self.assert_veto()
        self.put_ours_first()
        self.assert_veto()

    def test_one_that_breaks_lets_in_nobody_whom_it_may_have_refused(self):
        self.put_ours_first()
        self.refuse("breaks")
        self.assertTrue(self.reads("edith", Authorization=basic("edith")))
        with self.assertRaises(AssertionError), self.assertLogs("collective.smsauth", "WARNING") as logs:
            self.reads("bert", Authorization=basic("bert"))
        self.assertIn("veto", logs.output[0])

    def test_a_password_that_is_asked_again_is_refused_as_well(self):
        self.put_ours_first()
        for how in ("empties", "takes the password"):
            self.refuse(how)
            self.assertIsNone(self.users.authenticate("bert", PASSWORD, self.layer["request"]))
            self.assertIsNotNone(self.users.authenticate("edith", PASSWORD, self.layer["request"]))

    def test_the_order_that_the_self_check_asks_for_keeps_the_veto(self):
        self.assertFalse(site.plugin_in_place(self.portal))
        self.put_ours_first()
        self.assertTrue(site.plugin_in_place(self.portal))
        ids = list(self.users.plugins.listPluginIds(IAuthenticationPlugin))
        self.assertLess(ids.index("veto"), ids.index("source_users"))
