"""What e-mails to members tell: of which site, when and from where it was done, and where it is mended."""

from collective.smsauth import testing
from collective.smsauth.tests.support.visitor import PageTest
from plone import api

import transaction

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"


class TestMembers(PageTest):
    """Anna is protected, and does something about her second step in Firefox."""

    def setUp(self):
        super().setUp()
        api.portal.set_registry_record("plone.site_title", "Museum  of Art")
        api.portal.set_registry_record("plone.portal_timezone", "Europe/Amsterdam")
        self.portal.title = "Not this"
        transaction.commit()
        self.anna = self.protected()
        self.anna.browser.addHeader("User-Agent", FIREFOX)
        self.clock.time = 1_800_000_000.0  # 2027-01-15 08:00 UTC

    def body(self):
        return self.mails()[-1].get_payload(decode=True).decode()

    def turn_off(self):
        self.anna = self.protected()
        self.anna.browser.addHeader("User-Agent", FIREFOX)
        self.anna.browser.testapp.extra_environ["REMOTE_ADDR"] = "203.0.113.7"
        self.anna.open("@@smsauth-disable")
        self.anna.fill(password=testing.PASSWORD)
        self.anna.click("disable")

    def test_the_time_the_browser_and_the_client_are_named(self):
        self.turn_off()
        self.assertIn("Time: 2027-01-15 09:00 (Europe/Amsterdam)", self.body())
        self.assertIn("Browser: Firefox on Linux", self.body())
        self.assertIn("Client address: 203.0.113.7", self.body())

    def test_the_page_that_mends_it_is_linked(self):
        self.turn_off()
        self.assertIn("http://nohost/plone/@@smsauth-setup", self.body())

    def test_the_site_is_named_as_site_setup_says(self):
        self.turn_off()
        self.assertIn("to log in to Museum of Art.", self.body())

    def test_what_an_administrator_did_is_told_without_their_address(self):
        from collective.smsauth.flows import circumstances

        self.portal.REQUEST.environ["REMOTE_ADDR"] = "203.0.113.9"
        words = circumstances.of_request("anna")
        self.assertRegex(words, r"\ATime: [^\n]*\Z")

    def test_a_reset_tells_where_it_was_asked_for(self):
        visitor = self.visitor()
        visitor.browser.addHeader("User-Agent", FIREFOX)
        visitor.open("@@smsauth-reset-request")
        visitor.fill(username="anna", mobile_number="+31687654321")
        visitor.click("submit")
        self.assertIn("Browser: Firefox on Linux", self.body())
        self.assertIn("asked Museum of Art to send", self.body())

    def test_a_browser_is_named_in_few_words_whatever_it_calls_itself(self):
        self.anna = self.protected()
        self.anna.browser.addHeader("User-Agent", "Evil\tBrowser " + "x" * 5000)
        self.anna.open("@@smsauth-disable")
        self.anna.fill(password=testing.PASSWORD)
        self.anna.click("disable")
        self.assertIn("Browser: Unknown browser", self.body())
        self.assertNotIn("Evil", self.body())
