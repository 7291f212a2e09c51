"""The page where administrators help members."""

from collective.smsauth.domain.account import Account
from collective.smsauth.domain.bypass import Bypass
from collective.smsauth.domain.session import hashed
from collective.smsauth.domain.session import Means
from collective.smsauth.domain.session import new_session
from collective.smsauth.domain.session import TrustedBrowser
from collective.smsauth.pas.passwords import fingerprint
from collective.smsauth.storage.bypasses import Bypasses
from collective.smsauth.testing import FUNCTIONAL
from collective.smsauth.testing import PASSWORD
from collective.smsauth.tests.support import wired as wiring
from collective.smsauth.tests.support.administrator import add_site_administrator
from collective.smsauth.tests.support.administrator import Administrator
from collective.smsauth.tests.support.administrator import grant
from collective.smsauth.verification import lifecycle
from plone import api
from plone.app.testing import SITE_OWNER_NAME

import transaction
import unittest

PAGE = "@@smsauth-members"
NUMBER = "+31612345678"


class MembersTest(unittest.TestCase):
    """anna has a phone, ten wrong codes and two sessions; frank is Site Administrator."""

    layer = FUNCTIONAL

    def setUp(self):
        """Bind anna's phone."""
        add_site_administrator()
        self.frank = Administrator(self.layer, "frank", PASSWORD)
        self.protect("anna")

    def protect(self, user_id, failures=10):
        """Give a member a phone, failures and two sessions."""
        now = self.layer["clock"]()
        account = Account().bind(NUMBER, now=now)
        password = fingerprint(api.portal.get_tool("acl_users"), user_id)
        for _ in range(2):
            account = account.with_session(*new_session(now=now, lifetime=3600, fingerprint=password))
        for _ in range(failures):
            account = account.with_failure(now)
        wiring.plugin().accounts.save(user_id, account)
        transaction.commit()

    def account(self, user_id="anna"):
        """Return what is stored of a member."""
        transaction.begin()
        return wiring.plugin().accounts.get(user_id) or Account()

    def search(self, term, administrator=None):
        """Search, and return the page."""
        administrator = administrator or self.frank
        administrator.open(PAGE)
        administrator.browser.getControl(name="search", index=0).value = term
        administrator.browser.getForm(action=PAGE, index=0).submit()
        return administrator.browser.contents

    def test_a_member_may_not_look(self):
        self.assertNotIn('name="search"', Administrator(self.layer, "bert", PASSWORD).open(PAGE))

    def test_the_state_of_a_member(self):
        page = self.search("anna")
        self.assertIn("on since", page)
        self.assertIn("•••••••• 78", page)
        self.assertIn("Paused for another minute", page)
        self.assertIn("Open sessions: 2", page)
        self.assertNotIn(NUMBER, page)

    def test_sessions_that_ended_do_not_count(self):
        self.layer["clock"].advance(3601)
        self.assertIn("Open sessions: 0", self.search("anna"))

    def test_a_member_without_a_phone_has_nothing_to_be_changed(self):
        page = self.search("bert")
        self.assertIn("Two-step verification: off", page)
        self.assertNotIn("form.buttons.", page.split('id="content-core"')[1])

    def test_a_locked_member(self):
        self.protect("anna", failures=100)
        self.assertIn("Locked", self.search("anna"))

    def test_members_are_found_by_login_as_well_as_by_id(self):
        api.portal.get_tool("acl_users").updateLoginName("anna", "anna.jansen@example.org")
        transaction.commit()
        for term in ("jansen", "anna"):
            with self.subTest(term=term):
                self.assertIn("anna.jansen@example.org", self.search(term))

    def test_nobody_is_listed_without_a_search(self):
        self.assertNotIn("anna", self.frank.open(PAGE).split('id="content-core"')[1])
        self.assertNotIn("on since", self.search("   "))

    def test_users_of_the_root_are_not_members(self):
        self.assertIn("No member of this site was found", self.search(SITE_OWNER_NAME))

    def test_a_long_list_is_cut(self):
        for number in range(21):
            api.user.create(username=f"crowd{number:02}", email="crowd@example.org", password=PASSWORD)
        transaction.commit()
        page = self.search("crowd")
        self.assertIn("crowd19", page)
        self.assertNotIn("crowd20", page)
        self.assertIn("There are more", page)

    def test_ending_the_pause(self):
        self.search("anna")
        page = self.frank.press("release")
        self.assertIn("The pause of anna was ended.", page)
        self.assertEqual((self.account().failures, self.account().number), (0, NUMBER))
        self.assertNotIn("form.buttons.release", page)

    def test_ending_the_sessions(self):
        self.search("anna")
        self.assertIn("All sessions of anna were ended.", self.frank.press("end_sessions"))
        self.assertEqual((dict(self.account().sessions), self.account().number), ({}, NUMBER))

    def test_forgetting_trusted_browsers(self):
        account, now = self.account(), self.layer["clock"]()
        password = fingerprint(api.portal.get_tool("acl_users"), "anna")
        trusted = TrustedBrowser(issued=now, used=now, expires=now + 3600, browser="Firefox", fingerprint=password)
        proof, session = new_session(
            now=now, lifetime=3600, fingerprint="", means=Means.TRUSTED_BROWSER, browser=hashed("secret")
        )
        account = account.with_trusted("secret", trusted).with_session(proof, session)
        wiring.plugin().accounts.save("anna", account)
        transaction.commit()
        self.configure_trust()
        self.assertIn("form.buttons.forget_browsers", self.search("anna"))
        page = self.frank.press("forget_browsers")
        self.assertIn("All trusted browsers of anna were forgotten.", page)
        self.assertNotIn("form.buttons.forget_browsers", page)
        account = self.account()
        self.assertEqual((dict(account.trusted), len(account.sessions), account.number), ({}, 2, NUMBER))

    def configure_trust(self):
        """Let the site trust browsers."""
        api.portal.set_registry_record("collective.smsauth.trust_days", 30)
        transaction.commit()

    def test_turning_off(self):
        self.search("anna")
        page = self.frank.press("turn_off")
        self.assertIn("Two-step verification of anna was turned off.", page)
        self.assertIn("Two-step verification: off", page)
        self.assertEqual(self.account(), Account(ended_at=self.account().ended_at, endings=1))

    def test_a_site_administrator_cannot_act_on_a_manager(self):
        grant("anna", "Manager")
        page = self.search("anna")
        self.assertIn("Only Managers may do this for a Manager.", page)
        self.assertNotIn("form.buttons.turn_off", page)
        for action in ("turn_off", "end_sessions", "release"):
            with self.subTest(action=action):
                self.frank.post(PAGE, {"user_id": "anna", f"form.buttons.{action}": "1"})
                account = self.account()
                self.assertEqual((account.number, account.failures, len(account.sessions)), (NUMBER, 10, 2))

    def test_neither_on_one_who_is_a_manager_through_a_group(self):
        api.portal.get_tool("acl_users").source_groups.addGroup("chiefs")
        api.portal.get_tool("acl_users").source_groups.addPrincipalToGroup("anna", "chiefs")
        grant("chiefs", "Manager")
        self.frank.post(PAGE, {"user_id": "anna", "form.buttons.turn_off": "1"})
        self.assertEqual(self.account().number, NUMBER)

    def test_a_manager_can_act_on_a_manager(self):
        grant("anna", "Manager")
        owner = Administrator(self.layer)
        self.search("anna", owner)
        owner.press("turn_off")
        self.assertEqual(self.account().number, "")

    def test_nobody_acts_on_himself_here(self):
        self.assertIn("Your own two-step verification is changed in your account", self.search("frank"))
        wiring.plugin().accounts.save("frank", Account(failures=3))
        transaction.commit()
        self.frank.post(PAGE, {"user_id": "frank", "form.buttons.release": "1"})
        self.assertEqual(self.account("frank").failures, 3)

    def test_what_is_left_of_a_member_who_is_gone_is_found_and_removed_by_a_manager(self):
        self.protect("gone")
        owner = Administrator(self.layer)
        page = self.search(" GON ", owner)
        self.assertIn("The site does not find this member", page)
        self.assertIn("•• 78", page)
        self.assertNotIn(NUMBER, page)
        self.assertIn("Nothing is kept of gone any more.", owner.press("remove"))
        self.assertEqual(self.account("gone"), Account())
        self.assertIn("No member of this site was found.", owner.browser.contents)

    def test_so_is_a_record_without_a_number_and_one_whose_id_is_odd(self):
        owner = Administrator(self.layer)
        for name in (" gone", "gone ", "<b>gone</b>", "gone \u00e9"):
            with self.subTest(name):
                wiring.plugin().accounts.save(name, Account(failures=1))
                transaction.commit()
                page = self.search("gone", owner)
                self.assertNotIn("<b>gone</b>", page)
                self.assertIn("Nothing is kept of", owner.press("remove"))
                self.assertEqual(self.account(name), Account())

    def test_so_is_one_whose_id_is_part_of_those_of_many_members(self):
        for number in range(25):
            api.user.create(username=f"a{number}gone", email="a@example.org", password=PASSWORD)
            wiring.plugin().accounts.save(f"a{number}gone", Account(failures=1))
        self.protect("gone")
        self.assertEqual(1, self.search("gone").count("The site does not find this member"))

    def test_of_many_that_are_left_the_first_are_shown(self):
        for number in range(30):
            wiring.plugin().accounts.save(f"gone{number:02}", Account(failures=1))
        transaction.commit()
        page = self.search("gone")
        self.assertEqual(20, page.count("The site does not find this member"))
        self.assertIn("There are more.", page)

    def test_a_site_administrator_removes_nothing_since_it_may_be_that_of_a_manager(self):
        self.protect("gone")
        page = self.search("gone")
        self.assertIn("Only Managers may do this.", page)
        self.assertNotIn("form.buttons.remove", page)
        self.frank.post(PAGE, {"user_id": "gone", "form.buttons.remove": "1"})
        self.assertEqual(self.account("gone").number, NUMBER)

    def test_nothing_is_removed_so_of_a_member_who_is_there(self):
        owner = Administrator(self.layer)
        for name in ("anna", "nobody", "", "\udcff"):
            with self.subTest(name):
                self.assertEqual(owner.post(PAGE, {"user_id": name, "form.buttons.remove": "1"}).status_int, 302)
        self.assertEqual(self.account().number, NUMBER)

    def test_other_sites_remove_nothing(self):
        self.protect("gone")
        owner = Administrator(self.layer)
        owner.post(PAGE, {"user_id": "gone", "form.buttons.remove": "1"}, token=False)
        owner.get(f"{PAGE}?user_id=gone&form.buttons.remove=1")
        self.assertEqual(self.account("gone").number, NUMBER)

    def test_a_bypass_is_shown_and_withdrawn(self):
        now = self.layer["clock"]()
        given = Bypass(made=now, until=now + 3600, made_by="frank", reason="<b>phone lost</b>")
        lifecycle.give_bypass(wiring.plugin().accounts, "anna", given)
        Bypasses(wiring.plugin()).add("anna", given.until, now=now)
        transaction.commit()
        self.assertIn("These members are not asked for a code for a while", self.frank.open(PAGE))
        page = self.search("anna")
        self.assertIn("Not asked for a code until", page)
        self.assertIn("&lt;b&gt;phone lost", page)
        self.assertIn("anna is asked for a code again.", self.frank.press("withdraw_bypass"))
        self.assertIsNone(self.account().bypass)
        self.assertNotIn("Not asked for a code until", self.search("anna"))
        self.assertNotIn("These members", self.frank.open(PAGE))

    def test_a_member_of_no_rank_cannot_act(self):
        bert = Administrator(self.layer, "bert", PASSWORD)
        token = self.frank.token
        fields = {"user_id": "anna", "form.buttons.turn_off": "1", "_authenticator": token}
        bert.post(PAGE, fields, token=False)
        self.assertEqual(self.account().number, NUMBER)

    def test_other_sites_cannot_make_a_browser_act(self):
        fields = {"user_id": "anna", "form.buttons.turn_off": "1"}
        self.frank.post(PAGE, fields, token=False)
        self.frank.post(PAGE, {**fields, "_authenticator": "0" * 40}, token=False)
        self.frank.get(f"{PAGE}?user_id=anna&form.buttons.turn_off=1")
        self.assertEqual(self.account().number, NUMBER)

    def test_unusable_input_gets_an_answer_and_changes_nothing(self):
        button = {"form.buttons.turn_off": "1"}
        for fields in (
            {"user_id:list": "anna"},
            {"user_id.x:record": "anna"},
            {"user_id": "anna\0"},
            {"user_id": "\udcff"},
            {"user_id": "x" * 100000},
            {"user_id": "nobody"},
            {"user_id": SITE_OWNER_NAME},
            {},
        ):
            with self.subTest(fields=repr(fields)[:50]):
                response = self.frank.post(PAGE, {**fields, **button})
                self.assertEqual(response.status_int, 302)
                self.assertEqual(self.account().number, NUMBER)
        for query in ("search:list=anna", "search.x:record=anna", "search=%00", "search=%FF", "search=" + "x" * 5000):
            with self.subTest(query=query[:50]):
                self.assertEqual(self.frank.get(f"{PAGE}?{query}").status_int, 200)

    def test_without_the_plugin_the_page_says_so(self):
        api.portal.get_tool("acl_users")._delObject("smsauth")
        transaction.commit()
        self.assertIn("The plugin is missing", self.frank.open(f"{PAGE}?search=anna"))
        fields = {"user_id": "anna", "form.buttons.turn_off": "1"}
        self.assertEqual(self.frank.post(PAGE, fields).status_int, 302)
