"""The country of a number: named, and chosen from a list beside every field for a number."""

from collective.smsauth import testing
from collective.smsauth.tests.support.administrator import Administrator
from collective.smsauth.tests.support.visitor import OTHER_PHONE
from collective.smsauth.tests.support.visitor import PageTest
from collective.smsauth.tests.support.visitor import PHONE
from plone import api

import re
import transaction

COUNTRY = "form.widgets.country:list"


class CountryTest(PageTest):
    """Pages that ask for a number."""

    def choose(self, visitor, country):
        visitor.browser.getControl(name=COUNTRY).value = [country]

    def chosen(self, visitor):
        return visitor.browser.getControl(name=COUNTRY).value


class TestSetUp(CountryTest):
    """Anna sets up a phone."""

    def setUp(self):
        super().setUp()
        self.anna = self.visitor()
        self.anna.sign_in("anna")
        self.anna.open("@@smsauth-setup")

    def test_the_countries_are_listed_by_name_with_their_calling_codes(self):
        names = re.findall(r"<option[^>]*>([^<]*)</option>", self.anna.browser.contents)
        names = [" ".join(name.split()) for name in names]
        self.assertIn("Netherlands (+31)", names)
        self.assertIn("Argentina (+54)", names)
        self.assertLess(names.index("Argentina (+54)"), names.index("Netherlands (+31)"))

    def test_a_number_as_it_is_dialled_in_the_country_that_was_chosen_is_understood(self):
        self.choose(self.anna, "NL")
        self.anna.fill(mobile_number="06 12345678")
        self.anna.click("send")
        self.assertEqual([PHONE], [text.to for text in testing.texts()])

    def test_a_number_with_plus_says_its_country_itself(self):
        self.choose(self.anna, "AR")
        self.anna.fill(mobile_number=PHONE)
        self.anna.click("send")
        self.assertEqual([PHONE], [text.to for text in testing.texts()])

    def test_a_number_of_another_country_is_refused_and_the_choice_stays(self):
        self.choose(self.anna, "GB")
        self.anna.fill(mobile_number="06 12345678")
        self.anna.click("send")
        self.assertEqual([], testing.texts())
        self.assertEqual(["GB"], self.chosen(self.anna))
        self.assertEqual("06 12345678", self.anna.value("mobile_number"))

    def test_nothing_is_chosen_where_the_site_has_no_country(self):
        self.assertEqual([], [one for one in self.chosen(self.anna) if one != "--NOVALUE--"])

    def test_the_country_of_the_site_is_chosen_beforehand(self):
        self.configure(default_region="NL")
        self.anna.open("@@smsauth-setup")
        self.assertEqual(["NL"], self.chosen(self.anna))

    def test_the_language_and_the_time_zone_say_where_the_site_is(self):
        api.portal.set_registry_record("plone.portal_timezone", "Europe/Vienna")
        transaction.commit()
        self.anna.open("@@smsauth-setup")
        self.assertEqual(["AT"], self.chosen(self.anna))

    def test_the_country_of_the_number_that_was_entered_is_chosen_when_it_is_corrected(self):
        self.configure(default_region="DE")
        self.anna.ask_code()
        self.anna.click("back")
        self.assertEqual(["NL"], self.chosen(self.anna))

    def test_a_form_without_a_country_is_read_as_before(self):
        self.configure(default_region="NL")
        fields = {"form.widgets.mobile_number": "06 12345678", "form.buttons.send": "Send", "token": self.anna.token()}
        self.anna.post("@@smsauth-setup", fields)
        self.assertEqual([PHONE], [text.to for text in testing.texts()])

    def test_a_country_that_is_not_offered_is_refused(self):
        for country in ("XX", "nl", "<script>"):
            with self.subTest(country):
                fields = {
                    "form.widgets.mobile_number": "06 12345678",
                    COUNTRY: country,
                    "form.buttons.send": "Send",
                    "token": self.anna.token(),
                }
                self.assertEqual(200, self.anna.post("@@smsauth-setup", fields).status_int)
                self.assertEqual([], testing.texts())

    def test_a_british_personal_number_is_refused(self):
        self.choose(self.anna, "GB")
        self.anna.fill(mobile_number="070 1234 5678")
        self.anna.click("send")
        self.assertIn("This number cannot receive text messages", self.anna.errors)


class TestElsewhere(CountryTest):
    """The other pages."""

    def test_a_further_number(self):
        anna = self.protected()
        self.clock.advance(-60 * 60)
        anna.open("@@smsauth-contacts")
        self.choose(anna, "NL")
        anna.fill(address="06 87654321")
        anna.click("send")
        self.assertEqual(OTHER_PHONE, testing.texts()[0].to)

    def test_the_new_number_of_a_reset(self):
        self.protected()
        visitor = self.visitor()
        visitor.open("@@smsauth-reset-request")
        self.assertIn("New mobile phone number", visitor.page)
        self.choose(visitor, "NL")
        visitor.fill(username="anna", mobile_number="06 87654321")
        visitor.click("submit")
        self.assertEqual(OTHER_PHONE, testing.texts()[0].to)

    def test_a_test_text(self):
        administrator = Administrator(self.layer)
        administrator.open("@@smsauth-controlpanel")
        administrator.browser.getControl(name=COUNTRY).value = ["NL"]
        administrator.browser.getControl(name="form.widgets.test_number").value = "06 87654321"
        administrator.browser.getControl(name="form.buttons.test").click()
        self.assertEqual(OTHER_PHONE, testing.texts()[0].to)
