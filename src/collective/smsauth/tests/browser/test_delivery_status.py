"""What became of a code, on its page and in the answer for the page's script: for its owner only, and without a digit."""

from collective.smsauth.domain.challenge import Purpose
from collective.smsauth.domain.channels import Channel
from collective.smsauth.domain.delivery import DeliveryStatus
from collective.smsauth.flows import delivery_messages
from collective.smsauth.testing import last_code
from collective.smsauth.tests.support import wired as wiring
from collective.smsauth.tests.support.fake_twilio import ACCOUNT
from collective.smsauth.tests.support.fake_twilio import TOKEN
from collective.smsauth.tests.support.visitor import OTHER_PHONE
from collective.smsauth.tests.support.visitor import PageTest
from collective.smsauth.tests.support.visitor import plain
from collective.smsauth.tests.support.visitor import wrong
from dataclasses import replace
from html import unescape
from urllib.parse import parse_qs
from urllib.parse import quote
from urllib.parse import urlsplit

import json
import re
import transaction

STATUS = "@@smsauth-status?for="


class StatusTest(PageTest):
    """Anna has given her password in one browser; bert sets up a phone."""

    def setUp(self):
        super().setUp()
        self.owner = self.protected()
        self.anna = self.pending()

    def settle(self, status, channel=Channel.TEXT, name="anna", purpose=Purpose.SIGN_IN):
        """Store what became of a member's code."""
        account, accounts = self.account(name), self.portal.acl_users.smsauth.accounts
        challenge = replace(account.challenges[purpose], delivery=status.value, channel=channel.value)
        accounts.save(self.user_id(name), account.with_challenge(challenge))
        transaction.commit()

    def ask(self, visitor=None, purpose="sign-in", **more):
        """Return the answer for the script of the page."""
        return (visitor or self.anna).request(f"{STATUS}{purpose}", **more)

    def told(self, visitor=None, purpose="sign-in"):
        """Return what the script is told, None if nothing."""
        answer = self.ask(visitor, purpose)
        self.assertIn((answer.status_int, bool(answer.text)), [(200, True), (204, False)])
        return json.loads(answer.text) if answer.text else None


class AnswerTest(StatusTest):
    def test_it_says_what_the_page_says_and_whether_that_is_the_end(self):
        for status in DeliveryStatus:
            with self.subTest(status):
                self.settle(status)
                told = self.told()
                self.assertEqual(status.settled, told["done"])
                self.anna.open("@@smsauth-verify")
                self.assertIn(told["words"], self.anna.page)

    def test_it_is_not_kept_and_not_taken_for_a_page(self):
        answer = self.ask()
        self.assertEqual("no-store, private", answer.headers["Cache-Control"])
        self.assertEqual("nosniff", answer.headers["X-Content-Type-Options"])
        self.assertTrue(answer.headers["Content-Type"].startswith("application/json"))

    def test_there_is_no_digit_in_it(self):
        for status in DeliveryStatus:
            for channel in Channel:
                self.settle(status, channel)
                self.assertIsNone(re.search(r"\d", self.ask().text))

    def test_asking_changes_nothing(self):
        before = self.account()
        serial = self.portal.acl_users.smsauth._accounts["anna"]._p_serial
        for purpose in ("sign-in", "set-up", "contact"):
            self.ask(purpose=purpose)
            self.ask(self.owner, purpose)
        self.assertEqual(before, self.account())
        self.assertEqual(serial, self.portal.acl_users.smsauth._accounts["anna"]._p_serial)

    def test_asking_sends_no_cookie(self):
        self.assertNotIn("Set-Cookie", self.ask().headers)

    def test_it_speaks_the_language_of_the_page(self):
        answer = self.ask(**{"Accept-Language": "nl"})
        self.assertEqual(200, answer.status_int)

    def test_a_code_of_a_set_up_is_followed_too(self):
        bert = self.visitor()
        bert.sign_in("bert")
        bert.ask_code("+31687654321")
        self.settle(DeliveryStatus.LANDLINE, name="bert", purpose=Purpose.SET_UP)
        self.assertIn("landline", self.told(bert, "set-up")["words"])
        self.assertIsNone(self.told(bert, "sign-in"))

    def test_only_get_is_answered(self):
        answer = self.anna.post(f"{STATUS}sign-in", {})
        self.assertEqual((405, "GET, HEAD", ""), (answer.status_int, answer.headers["Allow"], answer.text))


class FailedTest(StatusTest):
    """A text that failed: nothing of the page goes on as if it had not."""

    def part(self, name, visitor=None):
        """Return one of the parts that the script takes from the page anew."""
        contents = (visitor or self.anna).browser.contents
        found = re.search(rf'<div data-smsauth-live="{name}">(.*?)</div>', contents, re.S)
        return plain(found[1])

    def test_the_page_no_longer_says_that_a_code_was_sent_and_names_what_can_be_done(self):
        self.assertIn("ending in 78", self.part("lead"))
        self.assertIn("works for another", self.part("notes"))
        self.assertNotIn("What you can do now", self.part("links"))
        for status in DeliveryStatus:
            if status.failed:
                with self.subTest(status):
                    self.settle(status)
                    self.anna.open("@@smsauth-verify")
                    self.assertEqual("To go on, you need a code. The last one did not reach you.", self.part("lead"))
                    self.assertNotIn("works for another", self.part("notes"))
                    self.assertIn("What you can do now", self.part("links"))
                    self.assertTrue(self.told()["failed"])

    def test_until_then_the_script_is_told_that_nothing_failed(self):
        for status in (DeliveryStatus.QUEUED, DeliveryStatus.SENT, DeliveryStatus.DELIVERED):
            self.settle(status)
            self.assertFalse(self.told()["failed"])

    def test_the_script_finds_the_page_as_it_stands(self):
        page = unescape(re.search(r'data-smsauth-page="([^"]*)"', self.anna.browser.contents)[1])
        self.assertEqual("http://nohost/plone/@@smsauth-verify", page)
        self.settle(DeliveryStatus.UNREACHABLE)
        self.anna.browser.open(page)
        self.assertIn("What you can do now", self.part("links"))

    def test_the_page_of_a_set_up_says_so_too(self):
        bert = self.visitor()
        bert.sign_in("bert")
        bert.ask_code("+31687654321")
        self.settle(DeliveryStatus.UNREACHABLE, name="bert", purpose=Purpose.SET_UP)
        bert.open("@@smsauth-confirm")
        self.assertEqual("To go on, you need a code. The last one did not reach you.", self.part("lead", bert))


class NobodyElseTest(StatusTest):
    def test_a_stranger_is_told_nothing(self):
        for purpose in Purpose:
            self.assertIsNone(self.told(self.visitor(), purpose.value))

    def test_another_member_is_told_nothing_of_it(self):
        bert = self.visitor()
        bert.sign_in("bert")
        for purpose in Purpose:
            self.assertIsNone(self.told(bert, purpose.value))

    def test_a_cookie_that_was_edited_is_told_nothing(self):
        stranger = self.visitor()
        stranger.set_cookie(wiring.cookie_name("smsauth_pending"), self.anna.cookie("smsauth_pending")[:-2])
        self.assertIsNone(self.told(stranger))

    def test_the_member_in_effect_is_not_told_of_a_sign_in_elsewhere(self):
        self.assertIsNone(self.told(self.owner))

    def test_after_the_answer_there_is_nothing_to_tell(self):
        self.anna.answer()
        self.assertIsNone(self.told())

    def test_after_the_end_of_the_code_there_is_nothing_to_tell(self):
        self.clock.advance(300)
        self.assertIsNone(self.told())

    def test_of_a_code_that_was_tried_too_often_there_is_nothing_to_tell(self):
        for _ in range(5):
            self.anna.answer(wrong(last_code()))
        self.assertIsNone(self.told())

    def test_nonsense_for_a_purpose_is_told_nothing(self):
        before = self.account()
        for purpose in ("", "reset", "access", "SIGN-IN", "x" * 50_000, quote("\ud800", errors="surrogatepass"), "%00"):
            with self.subTest(purpose[:9]):
                self.assertIsNone(self.told(purpose=purpose))
        for query in ("for=sign-in&for=set-up", "for:list=sign-in", "for:int=1", "for.x:record=1", ""):
            with self.subTest(query):
                self.assertEqual(204, self.anna.request(f"@@smsauth-status?{query}").status_int)
        self.assertEqual(before, self.account())


class ResetTest(StatusTest):
    """Anna has lost her phone, and has the link of the e-mail."""

    def setUp(self):
        super().setUp()
        self.finder = self.visitor()
        self.finder.open("@@smsauth-reset-request")
        self.finder.fill(username="anna", mobile_number=OTHER_PHONE)
        self.finder.click("submit")
        self.finder.browser.open(self.link())
        self.settle(DeliveryStatus.LANDLINE, purpose=Purpose.RESET)

    def asked(self, visitor, link=""):
        """Return what the page of a link is told about its code, None if nothing."""
        signature = parse_qs(urlsplit(link or self.finder.browser.url).query)["signature"][0]
        return self.told(visitor, f"reset&signature={quote(signature)}")

    def test_the_page_of_the_link_shows_it_and_says_where_to_ask(self):
        self.finder.browser.reload()
        self.assertIn("this seems to be a landline", self.finder.page)
        address = unescape(re.search(r'data-smsauth-status="([^"]*)"', self.finder.browser.contents)[1])
        answer = self.finder.request(address.removeprefix(self.portal.absolute_url() + "/"))
        self.assertIn("this seems to be a landline", json.loads(answer.text)["words"])

    def test_whoever_has_the_link_is_told(self):
        self.assertTrue(self.asked(self.visitor())["done"])

    def test_nobody_is_told_without_the_link_or_with_an_edited_one(self):
        for visitor in (self.finder, self.anna, self.owner):
            self.assertIsNone(self.told(visitor, "reset"))
            self.assertIsNone(self.asked(visitor, self.finder.browser.url[:-1]))

    def test_another_member_in_effect_is_told_nothing(self):
        bert = self.visitor()
        bert.sign_in("bert")
        self.assertIsNone(self.asked(bert))

    def test_a_link_tells_of_its_own_code_only(self):
        former = self.finder.browser.url
        self.clock.advance(60)
        self.finder.open("@@smsauth-reset-request")
        self.finder.fill(username="anna", mobile_number="+31687654322")
        self.finder.click("submit")
        newer = self.link()
        self.assertIsNone(self.asked(self.visitor(), former))
        self.assertIsNotNone(self.asked(self.visitor(), newer))

    def test_after_the_answer_there_is_nothing_to_tell(self):
        link = self.finder.browser.url
        self.finder.answer(last_code(OTHER_PHONE))
        self.assertIsNone(self.asked(self.visitor(), link))


class PageOfTheCodeTest(StatusTest):
    """Without scripts the page shows it on reload; with them it says where to ask."""

    def region(self, visitor=None):
        found = re.search(r"<p[^>]*data-smsauth-status[^>]*>([^<]*)</p>", (visitor or self.anna).browser.contents)
        return found[0] if found else ""

    def test_each_reload_shows_how_far_it_is(self):
        for status, words in (
            (DeliveryStatus.SENT, "The text message was sent."),
            (DeliveryStatus.DELIVERED, "has arrived on your phone"),
        ):
            self.settle(status)
            self.anna.open("@@smsauth-verify")
            self.assertIn(words, self.region())

    def test_advice_is_given_by_what_went_wrong_and_by_channel(self):
        cases = {
            (DeliveryStatus.UNREACHABLE, Channel.TEXT): "switched off or out of reach",
            (DeliveryStatus.LANDLINE, Channel.TEXT): "Choose the call",
            (DeliveryStatus.UNSUBSCRIBED, Channel.TEXT): "Send START to the sender",
            (DeliveryStatus.SENT, Channel.VOICE): "Your phone is being called.",
            (DeliveryStatus.NO_ANSWER, Channel.VOICE): "Nobody answered the call",
            (DeliveryStatus.SENT, Channel.EMAIL): "The e-mail was sent.",
        }
        for (status, channel), words in cases.items():
            with self.subTest(status):
                self.settle(status, channel)
                self.anna.open("@@smsauth-verify")
                self.assertIn(words, self.region())

    def test_whoever_unsubscribed_is_told_the_number_to_which_start_goes_if_it_is_one(self):
        self.configure(
            gateway="twilio", twilio_account_sid=ACCOUNT, twilio_auth_token=TOKEN, twilio_from="+15005550006"
        )
        self.settle(DeliveryStatus.UNSUBSCRIBED)
        self.anna.open("@@smsauth-verify")
        self.assertIn("Send START to +15005550006", self.region())
        self.configure(twilio_from="Plone")
        self.anna.open("@@smsauth-verify")
        self.assertIn("Send START to the sender", self.region())

    def test_it_is_a_region_that_is_read_out_when_it_changes(self):
        region = self.region()
        for attribute in (
            'aria-live="polite"',
            'role="status"',
            'data-smsauth-seconds="300"',
            "smsauth-status?for=sign-in",
        ):
            self.assertIn(attribute, region)

    def test_the_script_is_a_file_of_the_site_with_a_version(self):
        [tag] = re.findall(r"<script[^>]*smsauth[^>]*>[^<]*</script>", self.anna.browser.contents)
        [url] = re.findall(r'src="([^"]*)"', tag)
        resource = r"/\+\+resource\+\+collective\.smsauth/smsauth\.js\?v=\w+"
        self.assertRegex(url, f"^{re.escape(self.portal.absolute_url())}{resource}$")
        self.assertIn("defer", tag)
        answer = self.visitor().request(url.removeprefix(self.portal.absolute_url() + "/"))
        self.assertEqual(200, answer.status_int)
        self.assertIn("javascript", answer.headers["Content-Type"])
        self.assertIn("navigator.credentials", answer.text)

    def test_no_script_and_no_handler_stands_in_our_part_of_the_page(self):
        ours = re.search(r'<div[^>]*class="smsauth-step".*?</form>', self.anna.browser.contents, re.S)[0]
        self.assertNotRegex(ours, r"<script[^>]*>\s*[^<\s]|\son[a-z]+=|javascript:|style=")

    def test_pages_without_a_code_to_follow_have_neither(self):
        self.clock.advance(300)
        for path in ("@@smsauth-verify", "@@smsauth-reset-request"):
            self.anna.open(path)
            self.assertNotIn("smsauth.js", self.anna.browser.contents)
            self.assertEqual("", self.region())

    def test_every_status_has_words_for_every_channel(self):
        for status in DeliveryStatus:
            for channel in Channel:
                self.assertTrue(delivery_messages.of_status(status, channel).default)
