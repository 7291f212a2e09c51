"""The cookies of the second step: those of one member or site never take the place of another's."""

from base64 import urlsafe_b64decode
from collective.smsauth.flows.trusted_browsers import MOST_MEMBERS
from collective.smsauth.testing import last_code
from collective.smsauth.testing import PASSWORD
from collective.smsauth.tests.support import wired as wiring
from collective.smsauth.tests.support.doors import commit
from collective.smsauth.tests.support.doors import DAY
from collective.smsauth.tests.support.doors import DoorTest
from collective.smsauth.tests.support.doors import fields_of
from collective.smsauth.tests.support.doors import sign_in_form
from collective.smsauth.tests.support.members import bind
from plone import api
from plone.app.testing import applyProfile
from plone.keyring.interfaces import IKeyManager
from Products.CMFPlone.factory import addPloneSite
from zope.component import getUtility
from zope.component.hooks import setSite

PENDING, TRUSTED = "smsauth_pending", "smsauth_trusted"


class CookieTest(DoorTest):
    def setUp(self):
        super().setUp()
        self.configure(trust_days=30)

    def begin(self, client, user_id, site="plone"):
        """Give the password; return where it leads."""
        client.cookies.pop("__ac", None)
        return client.post(f"/{site}/login", form=sign_in_form(user_id)).location

    def answer(self, client, site="plone", **more):
        fields = fields_of(client.get(f"/{site}/@@smsauth-verify"), form__widgets__code=last_code())
        return client.post(f"/{site}/@@smsauth-verify", form={**fields, "form.buttons.verify": "1", **more})

    def trust(self, client, user_id, site="plone"):
        """Have a browser trusted by a member."""
        self.clock.advance(DAY)
        self.begin(client, user_id, site)
        self.answer(client, site, **{"form.widgets.trust:list": "selected"})

    def is_spared(self, client, user_id, site="plone"):
        return "smsauth" not in self.begin(client, user_id, site)


class MembersTest(CookieTest):
    """Several members of one browser."""

    def setUp(self):
        super().setUp()
        self.bind("bert", "+31622222222")
        self.bind("edith", "+31633333333")
        self.client_ = self.client()

    def test_each_keeps_their_trust(self):
        for user_id in ("anna", "bert", "edith"):
            self.trust(self.client_, user_id)
        for user_id in ("anna", "bert", "edith"):
            self.assertTrue(self.is_spared(self.client_, user_id), user_id)

    def test_whom_one_forgets_the_others_do_not(self):
        for user_id in ("anna", "bert"):
            self.trust(self.client_, user_id)
        self.assertTrue(self.is_spared(self.client_, "bert"))
        fields = fields_of(self.client_.get(self.path("@@smsauth-browsers")), form__buttons__forget_all="1")
        self.client_.post(self.path("@@smsauth-browsers"), form=fields)
        self.assertFalse(self.is_spared(self.client_, "bert"))
        self.assertTrue(self.is_spared(self.client_, "anna"))

    def test_the_cookie_of_one_spares_no_other_under_any_name(self):
        self.trust(self.client_, "anna")
        [name] = self.client_.named(TRUSTED)
        stolen = self.client(**{wiring.cookie_name(TRUSTED, "bert"): self.client_.cookies[name]})
        self.assertFalse(self.is_spared(stolen, "bert"))

    def test_neither_name_nor_value_tells_who_it_is(self):
        self.trust(self.client_, "anna")
        [name] = self.client_.named(TRUSTED)
        value = self.client_.cookies[name]
        said = urlsafe_b64decode(value.partition(".")[0] + "===")
        self.assertNotIn("anna", name + value)
        self.assertNotIn(b"anna", said)

    def test_it_lasts_through_a_rotation_of_the_key_and_stays_one(self):
        self.trust(self.client_, "anna")
        getUtility(IKeyManager).rotate("_system")
        commit()
        self.assertTrue(self.is_spared(self.client_, "anna"))
        self.client_.cookies = {name: value for name, value in self.client_.cookies.items() if name != "__ac"}
        self.gate.accounts.save("anna", self.gate.accounts.get("anna").without_trusted())
        commit()
        self.trust(self.client_, "anna")
        self.assertEqual(1, len(self.client_.named(TRUSTED)))

    def test_a_sign_in_begun_before_a_rotation_of_the_key_is_completed_after_it(self):
        client = self.client()
        self.begin(client, "anna")
        getUtility(IKeyManager).rotate("_system")
        commit()
        self.answer(client)
        self.assertTrue(self.is_signed_in(client, "anna"))
        self.assertEqual([], client.named(PENDING))

    def test_a_browser_is_sent_no_more_than_so_many(self):
        self.configure(texts_per_address=10000)
        with api.env.adopt_roles(["Manager"]):
            for number in range(MOST_MEMBERS + 2):
                api.user.create(email=f"m{number}@example.org", username=f"member{number}", password=PASSWORD)
                bind(self.clock, f"member{number}", f"+316444444{number:02}", ago=2 * DAY)
        commit()
        for number in range(MOST_MEMBERS + 2):
            self.trust(self.client_, f"member{number}")
        self.assertEqual(MOST_MEMBERS, len(self.client_.named(TRUSTED)))
        self.assertFalse(self.is_spared(self.client_, "member1"))
        self.assertTrue(self.is_spared(self.client_, "member2"))
        self.assertLess(len("; ".join(f"{k}={v}" for k, v in self.client_.cookies.items())), 4000)


class SitesTest(CookieTest):
    """Two sites of one host, with members of the same names."""

    def setUp(self):
        super().setUp()
        with api.env.adopt_roles(["Manager"]):
            addPloneSite(self.app, "other", setup_content=False, default_language="en")
        setSite(self.app.other)
        self.addCleanup(setSite, self.portal)
        try:
            applyProfile(self.app.other, "collective.smsauth:default")
            self.app.other.acl_users.userFolderAddUser("anna", PASSWORD, ["Member"], [])
            api.portal.set_registry_record("collective.smsauth.trust_days", 30)
            bind(self.clock, "anna", "+31611111111", ago=2 * DAY)
        finally:
            setSite(self.portal)

    def test_a_sign_in_to_one_ends_none_to_the_other(self):
        client = self.client()
        self.begin(client, "anna")
        code = last_code("+31612345678")
        for site in ("other", "plone/other"):
            self.begin(client, "anna", site)
        self.assertEqual(2, len(client.named(PENDING)))
        fields = fields_of(client.get("/plone/@@smsauth-verify"), form__widgets__code=code, form__buttons__verify="1")
        client.post("/plone/@@smsauth-verify", form=fields)
        self.assertTrue(self.is_signed_in(client, "anna"))
        self.assertIn("form.widgets.code", self.client(**self.others(client)).get("/other/@@smsauth-verify").text)

    def others(self, client):
        return {name: client.cookies[name] for name in client.named(PENDING)}

    def test_trust_in_one_ends_none_in_the_other(self):
        client = self.client()
        for site in ("plone", "other"):
            self.trust(client, "anna", site)
        self.assertEqual(2, len(client.named(TRUSTED)))
        for site in ("plone", "other"):
            self.assertTrue(self.is_spared(client, "anna", site))

    def test_the_cookie_of_one_is_worth_nothing_in_the_other_under_any_name(self):
        client = self.client()
        self.trust(client, "anna")
        [name] = client.named(TRUSTED)
        setSite(self.app.other)
        there = wiring.cookie_name(TRUSTED, "anna")
        setSite(self.portal)
        self.assertNotEqual(name, there)
        self.assertFalse(self.is_spared(self.client(**{there: client.cookies[name]}), "anna", "other"))
