"""The script of the code pages, in Chromium: it shows what becomes of the code, and fills the code in where the browser offers it."""

from collective.smsauth.domain.challenge import Purpose
from collective.smsauth.domain.delivery import DeliveryStatus
from collective.smsauth.testing import last_code
from collective.smsauth.testing import texts
from collective.smsauth.tests.stories.test_member import NUMBER
from collective.smsauth.tests.stories.test_member import READABLE
from collective.smsauth.tests.support.screens import axe
from dataclasses import replace
from plone import api

import collective.smsauth.tests.stories.test_member as story
import transaction
import unittest

REGION = "[data-smsauth-status]"
#: A browser with WebOTP, as far as the page can tell: it hands over a code when told to, and keeps what it was asked.
WITH_OTP = """
    window.OTPCredential = class OTPCredential {};
    window.asked = [];
    Object.defineProperty(navigator, "credentials", {value: {
        get: (options) => new Promise((resolve, reject) => {
            window.asked.push(JSON.stringify(options.otp));
            window.handOver = (code) => resolve({code});
            window.refuse = () => reject(new DOMException("no", "AbortError"));
            options.signal.addEventListener("abort", () => { window.ended = true; reject(options.signal.reason); });
        }),
    }});
"""
#: Makes the waits of our script, and only those, fifty times shorter, and keeps them.
HURRIED = """
    window.waits = [];
    const original = window.setTimeout;
    window.setTimeout = (act, delay, ...more) => {
        const ours = [2000, 4000, 8000, 16000, 30000].includes(delay);
        if (ours) { window.waits.push(delay); }
        return original(act, ours ? delay / 50 : delay, ...more);
    };
"""


class FollowTest(story.BrowserTest):
    """Anna has given her password and sees the code form."""

    scripts = (HURRIED,)

    def setUp(self):
        super().setUp()
        self.protect()
        for one in self.scripts:
            self.screens.page.add_init_script(one)
        self.requests = []
        self.screens.page.on("request", lambda request: self.requests.append(request.url))
        self.set_status_at_once(DeliveryStatus.SENT)

    def set_status_at_once(self, status, name="anna", purpose=Purpose.SIGN_IN):
        """Store what became of the code that stands, if there is one."""
        texts()
        transaction.begin()
        accounts = self.layer["portal"].acl_users.smsauth.accounts
        account = accounts.get(name)
        challenge = account.challenges.get(purpose)
        if challenge is not None:
            accounts.save(name, account.with_challenge(replace(challenge, delivery=status.value)))
            transaction.commit()

    def shown(self, words):
        """Wait until the page says it, without another page."""
        self.screens.page.wait_for_selector(f"{REGION}:has-text('{words}')")

    def asked(self):
        """Return how often the page has asked."""
        return sum("@@smsauth-status" in url for url in self.requests)

    def stops_to_ask(self):
        """Tell whether there comes a second, among the next twenty, in which the page does not ask; its longest wait is shorter."""
        for _ in range(20):
            before = self.asked()
            self.wait(1000)
            if before == self.asked():
                return True
        return False

    def wait(self, milliseconds=400):
        """Let the page do what it will."""
        self.screens.page.wait_for_timeout(milliseconds)


class ShownTest(FollowTest):
    def test_the_page_follows_the_code_to_its_arrival_without_a_reload_and_then_stops(self):
        self.screens.sign_in("anna")
        self.screens.page.evaluate("() => { window.same = true; }")
        self.screens.page.fill('[name="form.widgets.code"]', "12")
        self.shown("The text message was sent.")
        self.set_status_at_once(DeliveryStatus.DELIVERED)
        self.shown("has arrived on your phone")
        self.assertTrue(self.screens.page.evaluate("() => window.same"), "still the same page")
        self.assertEqual("12", self.screens.value("code"), "what was typed stays")
        self.wait(100)
        before = self.asked()
        self.wait()
        self.assertEqual(before, self.asked(), "nothing more is to be heard")

    def test_the_page_tells_of_a_failure_with_advice(self):
        self.screens.sign_in("anna")
        self.set_status_at_once(DeliveryStatus.UNREACHABLE)
        self.shown("Switch it on")

    def test_all_that_stands_around_a_code_that_failed_changes_with_it_and_what_was_typed_stays(self):
        self.screens.sign_in("anna")
        page = self.screens.page
        page.fill('[name="form.widgets.code"]', "12")
        self.assertIn("was sent to", page.inner_text("[data-smsauth-live=lead]"))
        self.assertIn("works for another", page.inner_text("[data-smsauth-live=notes]"))
        self.set_status_at_once(DeliveryStatus.UNREACHABLE)
        page.wait_for_selector("[data-smsauth-live=lead]:has-text('did not reach you')")
        self.assertNotIn("was sent to", page.inner_text("[data-smsauth-live=lead]"))
        self.assertNotIn("works for another", page.inner_text("[data-smsauth-live=notes]"))
        self.assertIn("What you can do now", page.inner_text("[data-smsauth-live=links]"))
        self.assertEqual("12", self.screens.value("code"))

    def test_the_page_of_the_set_up_follows_its_code(self):
        with transaction.manager:
            self.layer["portal"].acl_users.smsauth.accounts.drop("anna")
        self.screens.sign_in("anna").open("@@smsauth-setup").fill("mobile_number", READABLE).press("send")
        self.set_status_at_once(DeliveryStatus.LANDLINE, purpose=Purpose.SET_UP)
        self.shown("Choose the call")

    def test_when_the_code_was_answered_elsewhere_the_page_stops_to_ask(self):
        self.screens.sign_in("anna")
        with transaction.manager:
            accounts = self.layer["portal"].acl_users.smsauth.accounts
            accounts.save("anna", accounts.get("anna").without_challenge(Purpose.SIGN_IN))
        self.assertTrue(self.stops_to_ask())
        self.assertIn("was sent", self.screens.page.inner_text(REGION), "what was known last stays")

    def test_a_region_that_changes_is_read_out_politely(self):
        self.screens.sign_in("anna")
        region = self.screens.page.locator(REGION)
        self.assertEqual(("polite", "status"), (region.get_attribute("aria-live"), region.get_attribute("role")))

    @unittest.skipUnless(
        axe().exists(), "axe-core is not there: npm ci, or name its node_modules in SMSAUTH_NODE_MODULES"
    )
    def test_the_page_stays_accessible(self):
        self.screens.sign_in("anna")
        self.set_status_at_once(DeliveryStatus.UNSUBSCRIBED)
        self.shown("STOP")
        self.assertEqual([], self.screens.serious_findings())


class WaitsTest(FollowTest):
    def test_it_asks_ever_more_rarely_and_not_beyond_the_end_of_the_code(self):
        self.screens.sign_in("anna")
        self.screens.page.wait_for_function("() => window.waits.length > 5")
        waits = self.screens.page.evaluate("() => window.waits")
        self.assertEqual([2000, 4000, 8000, 16000, 30000, 30000], waits[:6])

    def test_a_code_that_is_about_to_end_is_not_followed(self):
        self.screens.sign_in("anna")
        self.layer["clock"].advance(299)
        self.screens.open("@@smsauth-verify")
        self.wait()
        self.assertEqual("1", self.screens.page.get_attribute(REGION, "data-smsauth-seconds"))
        self.assertEqual([], self.screens.page.evaluate("() => window.waits"))


class StrictPolicyTest(FollowTest):
    """Under a Content-Security-Policy that allows nothing inline, set as a web server in front would."""

    def test_it_works_and_nothing_of_ours_is_blocked(self):
        blocked = []
        self.screens.page.on("console", lambda message: blocked.append(message.text))

        def strictly(route):
            answer = route.fetch()
            headers = {**answer.headers, "content-security-policy": "script-src 'self'; connect-src 'self'"}
            route.fulfill(response=answer, headers=headers)

        self.screens.sign_in("anna")
        self.screens.page.route("**/@@smsauth-verify*", strictly)
        self.screens.open("@@smsauth-verify")
        self.set_status_at_once(DeliveryStatus.DELIVERED)
        self.shown("has arrived on your phone")
        self.assertEqual([], [words for words in blocked if "smsauth" in words])
        self.screens.complaints.clear()  # of stock Plone's own inline scripts, if any


class WithoutScriptsTest(FollowTest):
    window = {"scripts": False}

    def test_each_reload_shows_how_far_it_is(self):
        self.screens.sign_in("anna")
        self.shown("The text message was sent.")
        self.set_status_at_once(DeliveryStatus.DELIVERED)
        self.screens.open("@@smsauth-verify")
        self.shown("has arrived on your phone")
        self.assertEqual(0, self.asked())


class WebOTPTest(FollowTest):
    scripts = (WITH_OTP,)

    def setUp(self):
        super().setUp()
        self.screens.sign_in("anna")
        self.screens.page.wait_for_function("() => window.asked.length")

    def test_the_code_is_filled_in_but_not_sent(self):
        self.assertEqual(['{"transport":["sms"]}'], self.screens.page.evaluate("() => window.asked"))
        code = last_code()
        self.screens.page.evaluate("(code) => window.handOver(code)", code)
        self.screens.page.wait_for_function(
            "(code) => document.querySelector('[name$=\"code\"]').value === code", arg=code
        )
        self.wait(100)
        self.assertFalse(self.screens.is_signed_in)
        self.assertEqual("Enter the code from your phone", self.screens.title)
        self.screens.press("verify")
        self.assertTrue(self.screens.is_signed_in)

    def test_a_refusal_leaves_the_page_as_it_was(self):
        self.screens.page.fill('[name="form.widgets.code"]', "12")
        self.screens.page.evaluate("() => window.refuse()")
        self.wait(100)
        self.assertEqual("12", self.screens.value("code"))

    def test_it_ends_when_the_form_is_sent(self):
        self.screens.page.evaluate(
            "() => document.querySelector('.smsauth-step form').addEventListener('submit', (event) => event.preventDefault())"
        )
        self.screens.page.click('#content [name="form.buttons.verify"]')
        self.screens.page.wait_for_function("() => window.ended")


class AccessWebOTPTest(FollowTest):
    """The page of an access code: it follows nothing, since what it says is the same for every login."""

    scripts = (WITH_OTP,)

    def ask(self, login):
        """Ask for a code, and wait until the page asks the browser for it."""
        with transaction.manager:
            api.portal.set_registry_record("collective.smsauth.access_page", True)
        self.screens.open("@@smsauth-access").fill("username", login).press("submit")
        self.screens.page.wait_for_function("() => window.asked.length")

    def test_the_code_is_filled_in(self):
        self.ask("anna")
        self.screens.page.evaluate("(code) => window.handOver(code)", last_code())
        self.screens.page.wait_for_function(
            "(code) => document.querySelector('[name$=\"code\"]').value === code", arg=last_code()
        )
        self.screens.press("verify")
        self.assertIn("The code was right.", self.screens.text)

    def test_the_page_waits_alike_where_nothing_was_sent_and_asks_for_no_status(self):
        self.ask("nobody")
        self.assertEqual([], texts())
        self.assertEqual((0, 0), (self.asked(), self.screens.page.locator(REGION).count()))


class ModalTest(FollowTest):
    def test_in_the_modal_the_code_is_followed_as_well(self):
        self.screens.open_modal().sign_in_there("anna")
        self.set_status_at_once(DeliveryStatus.DELIVERED)
        self.shown("has arrived on your phone")
        self.assertEqual(NUMBER, self.number())
