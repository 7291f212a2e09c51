"""The numbers of a member in Plone's page of their profile, and the column in Plone's panel of users."""

from collective.smsauth.domain.account import Account
from collective.smsauth.testing import FUNCTIONAL
from collective.smsauth.testing import last_code
from collective.smsauth.testing import PASSWORD
from collective.smsauth.testing import texts
from collective.smsauth.tests.support import wired as wiring
from collective.smsauth.tests.support.administrator import add_site_administrator
from collective.smsauth.tests.support.administrator import Administrator
from collective.smsauth.tests.support.administrator import grant
from collective.smsauth.tests.support.members import bind
from plone import api
from plone.app.testing import SITE_OWNER_NAME

import re
import transaction
import unittest

PROFILE, PAGE, PANEL = "@@user-information?userid=", "@@smsauth-numbers", "@@usergroup-userprefs"
NUMBER, OTHER = "+31612345678", "+31687654321"
SHOWN, OTHER_SHOWN = "+31 6 12345678", "+31 6 87654321"


class AdministratorTest(unittest.TestCase):
    """anna has a phone, bert has none; frank is Site Administrator, and edith a Manager with a phone."""

    layer = FUNCTIONAL

    def setUp(self):
        add_site_administrator()
        grant("edith", "Manager")
        bind(self.layer["clock"], "anna", NUMBER, ago=2 * 24 * 60 * 60)
        self.frank = Administrator(self.layer, "frank", PASSWORD)

    def account(self, user_id="bert"):
        transaction.begin()
        return wiring.plugin().accounts.get(user_id) or Account()

    def box(self, user_id="bert", administrator=None):
        """Return what the profile of a member says of their numbers, '' if nothing."""
        page = (administrator or self.frank).open(f"{PROFILE}{user_id}")
        found = re.search(r'<section[^>]*id="smsauth-numbers".*?</section>', page, re.DOTALL)
        return found[0] if found else ""

    def press(self, button, within="", **fields):
        """Fill in and press a button in the profile that is open; return the page that follows."""
        browser = self.frank.browser
        for name, value in fields.items():
            browser.getControl(name=name).value = value
        browser.getControl(name=f"form.buttons.{button}", index=0).click()
        return browser.contents

    def post(self, user_id="bert", administrator=None, token=True, **fields):
        named = {name.replace("__", "."): value for name, value in fields.items()}
        return (administrator or self.frank).post(PAGE, {"userid": user_id, **named}, token=token)


class NumbersTest(AdministratorTest):
    def test_a_number_is_set_and_verified_with_the_member_on_the_phone(self):
        self.assertIn("This member has no phone number", self.box())
        page = self.press("set", mobile_number="+31 (0)6 87654321")
        self.assertIn("The number was set", page)
        self.assertIn(OTHER_SHOWN, self.box())
        self.assertIn("not verified", self.box())
        self.assertEqual(("", []), (self.account().number, [one for one in texts() if one.to == OTHER]))
        self.assertNotIn("form.buttons.verify", self.box())
        self.press("send")
        self.assertIn("form.buttons.verify", self.box())
        code = last_code(OTHER)
        wrong = code[:-1] + ("0" if code[-1] != "0" else "1")
        self.assertNotIn("The number is verified", self.press("verify", code=wrong))
        self.box()
        self.assertIn("The number is verified", self.press("verify", code=code))
        self.assertEqual(OTHER, self.account().number)
        self.assertEqual({}, self.account().sessions)
        self.assertIn("the primary number", self.box())

    def test_numbers_are_removed_and_the_primary_one_is_not(self):
        self.post("anna", mobile_number=OTHER, form__buttons__set="1")
        box = self.box("anna")
        self.assertIn(SHOWN, box)
        [name] = re.findall(r'name="point"\s+type="hidden"\s+value="([^"]+)"', box)
        self.post("anna", point=name, form__buttons__remove="1")
        self.assertIsNone(self.account("anna").unproved)
        self.assertNotIn(OTHER_SHOWN, self.box("anna"))
        for point in ("", "nothing", name):
            self.post("anna", point=point, form__buttons__remove="1")
        self.assertEqual(NUMBER, self.account("anna").number)

    def test_a_number_of_no_use_is_told(self):
        for number in ("", "12", "\udcff"):
            self.post(mobile_number=number, form__buttons__set="1")
        self.assertEqual(Account(), self.account())
        self.post("anna", mobile_number=NUMBER, form__buttons__set="1")
        self.assertIsNone(self.account("anna").unproved)

    def test_a_look_and_a_page_of_another_site_do_nothing(self):
        self.post(mobile_number=OTHER, form__buttons__set="1", token=False)
        self.frank.get(f"{PAGE}?userid=bert&mobile_number=%2B31687654321&form.buttons.set=1")
        self.assertEqual(Account(), self.account())
        self.post(mobile_number=OTHER, form__buttons__set="1")
        before = len(texts())
        self.frank.get(f"{PAGE}?userid=bert&form.buttons.send=1")
        self.post(form__buttons__send="1", token=False)
        self.box()
        self.assertEqual(before, len(texts()))

    def test_nobody_acts_for_a_manager_who_is_none_nor_sees_their_number(self):
        bind(self.layer["clock"], "edith", OTHER, ago=2 * 24 * 60 * 60)
        box = self.box("edith")
        self.assertNotIn("form.buttons.", box)
        self.assertNotIn(OTHER_SHOWN, box)
        self.post("edith", mobile_number="+31612345679", form__buttons__set="1")
        self.assertIsNone(self.account("edith").unproved)
        self.assertIn(OTHER_SHOWN, self.box("edith", Administrator(self.layer)))

    def test_their_own_number_and_those_of_strangers_are_not_changed_there(self):
        self.assertEqual("", self.box("frank"))
        self.post("frank", mobile_number=OTHER, form__buttons__set="1")
        self.assertEqual(Account(), self.account("frank"))
        for user_id in ("nobody", "", SITE_OWNER_NAME):
            self.assertIn(self.post(user_id, mobile_number=OTHER, form__buttons__set="1").status_int, (302, 303))
            self.assertIsNone(wiring.plugin().accounts.get(user_id))

    def test_a_member_sees_and_does_nothing_of_it(self):
        bert = Administrator(self.layer, "bert", PASSWORD)
        self.assertEqual("", self.box("anna", bert))
        page = self.frank.post(PAGE, {"userid": "anna"})
        self.assertIn(page.status_int, (302, 303))
        bert.open(f"{PAGE}?userid=anna")
        self.assertNotIn(SHOWN, bert.browser.contents)


class PanelTest(AdministratorTest):
    def test_the_panel_of_users_tells_how_it_stands(self):
        self.post(mobile_number=OTHER, form__buttons__set="1")
        page = self.frank.open(PANEL)
        self.assertIn('<th scope="col">Two-step verification</th>', page)
        rows = re.findall(
            r'name="users\.id:records"[^>]*value="([^"]*)"[^>]*>\s*</td><td class="smsauth-state">([^<]*)<', page
        )
        states = dict(rows)
        self.assertEqual(
            ("on", "off; number not verified", "off"), tuple(states[name] for name in ("anna", "bert", "edith"))
        )
        self.assertEqual(len(rows), page.count('name="users.id:records"'))

    def test_it_goes_on_to_do_what_it_does(self):
        with api.env.adopt_roles(["Manager"]):
            self.assertIn("bert", self.frank.open(f"{PANEL}?searchstring=bert&form.button.Search=1"))
        self.assertNotIn("smsauth-state", self.frank.open(f"{PANEL}?searchstring=nosuchuser&form.button.Search=1"))
