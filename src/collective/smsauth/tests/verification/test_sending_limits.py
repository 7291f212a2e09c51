"""How many texts: per member, number, client address and site; strangers on accounts of their own."""

from collective.smsauth.domain.account import Account
from collective.smsauth.domain.challenge import Purpose
from collective.smsauth.domain.channels import Channel
from collective.smsauth.domain.channels import Route
from collective.smsauth.tests.support.parts import ADDRESS
from collective.smsauth.tests.support.parts import KEY
from collective.smsauth.tests.support.parts import NUMBER
from collective.smsauth.tests.support.parts import OTHER_NUMBER
from collective.smsauth.tests.support.parts import VerifierTest
from collective.smsauth.verification.backup_codes import BackupCodes
from collective.smsauth.verification.results import SendRefusal
from collective.smsauth.verification.sending_limits import SendingLimits
from dataclasses import replace

HALF_HOUR = 1800
DAY = 86400


class LongerWaitTest(VerifierTest):
    def test_a_refusal_tells_the_wait_after_the_last_text_where_that_is_the_longer(self):
        for wait in (0, 600, 61, 538, 480):
            self.office.wait(wait)
            sent = self.office.begin()[1]
            self.assertTrue(sent.sent)
        receipt = self.office.begin()[1]
        self.assertEqual((SendRefusal.MEMBER_LIMIT, 300, 300), (receipt.refusal, receipt.wait, sent.wait))
        self.office.wait(299)
        self.assertFalse(self.office.begin()[1].sent)
        self.office.wait(1)
        self.assertTrue(self.office.begin()[1].sent)


class MemberLimitTest(VerifierTest):
    rules = {"resend_waits": (5,), "texts_per_address": 1000}

    def test_the_sixth_text_in_half_an_hour_is_refused_until_the_first_leaves_the_window(self):
        for _ in range(5):
            self.assertTrue(self.office.begin()[1].sent)
            self.office.wait(10)
        receipt = self.office.begin()[1]
        self.assertEqual(
            (receipt.sent, receipt.refusal, receipt.wait), (False, SendRefusal.MEMBER_LIMIT, HALF_HOUR - 50)
        )
        self.office.wait(HALF_HOUR - 50)
        self.assertTrue(self.office.begin()[1].sent)

    def test_texts_to_sign_in_and_to_set_up_share_the_limit(self):
        for number in range(5):
            self.assertTrue(self.office.begin_set_up(number=f"+3161234567{number}").sent)
        self.assertIs(self.office.begin()[1].refusal, SendRefusal.MEMBER_LIMIT)

    def test_texts_that_led_to_a_right_answer_count_no_longer(self):
        for _ in range(7):
            secret, receipt = self.office.begin()
            self.assertTrue(receipt.sent)
            self.office.verifier.verify_sign_in("jane", self.office.code, pending=secret)
        self.assertEqual(self.office.account().sent_at, ())

    def test_neither_do_those_that_were_resent_before_it(self):
        secret, _ = self.office.begin()
        for wait in (30, 60, 120):
            self.office.wait(wait)
            sent = self.office.verifier.resend("jane", Purpose.SIGN_IN, client_address=ADDRESS, pending=secret)
            self.assertTrue(sent.sent)
        self.assertTrue(self.office.verifier.verify_sign_in("jane", self.office.code, pending=secret).accepted)
        self.assertEqual(self.office.account().sent_at, ())

    def test_those_of_a_set_up_and_of_another_number_are_cleared_by_their_own_answer(self):
        self.office.begin_set_up("joe", OTHER_NUMBER)
        self.assertTrue(self.office.verifier.verify_set_up("joe", self.office.code).accepted)
        self.assertEqual(self.office.account("joe").sent_at, ())
        secret, _ = self.office.begin()
        code = self.office.code
        self.office.wait(1)
        self.office.begin_set_up(number=OTHER_NUMBER)
        self.assertTrue(self.office.verifier.verify_sign_in("jane", code, pending=secret).accepted)
        self.assertEqual(self.office.account().sent_at, (self.office.now,), "that of the set-up still counts")

    def test_the_windows_of_number_client_and_site_stay(self):
        for number in range(10):
            self.office.wait(60)
            secret, receipt = self.office.begin()
            self.assertTrue(receipt.sent, number)
            self.office.verifier.verify_sign_in("jane", self.office.code, pending=secret)
        self.assertIs(self.office.begin()[1].refusal, SendRefusal.NUMBER_LIMIT)

    def test_a_recovery_code_clears_none_since_no_text_led_to_it(self):
        codes = BackupCodes(
            accounts=self.office.accounts, key=self.office.keys[0], now=self.office.now
        ).make_recovery_codes("jane")
        secret, _ = self.office.begin()
        self.assertTrue(self.office.verifier.verify_sign_in("jane", codes[0], pending=secret).accepted)
        self.assertEqual(1, len(self.office.account().sent_at))

    def test_resets_that_a_stranger_asks_for_take_nothing_from_signing_in(self):
        for number in range(6):
            last = self.office.begin_reset(number=f"+3161234567{number}")
        self.assertIs(last.refusal, SendRefusal.MEMBER_LIMIT)
        self.assertTrue(self.office.begin()[1].sent)

    def test_the_receipt_of_the_last_text_tells_the_long_wait(self):
        for _ in range(5):
            receipt = self.office.begin()[1]
            self.office.wait(10)
        self.assertEqual(receipt.wait, HALF_HOUR - 40)

    def test_other_members_are_not_concerned(self):
        self.office.protect("joe", OTHER_NUMBER)
        for _ in range(6):
            self.office.begin()
            self.office.wait(10)
        self.assertTrue(self.office.begin("joe")[1].sent)


class NumberLimitTest(VerifierTest):
    rules = {
        "texts_per_number": 3,
        "texts_per_number_total": 3,
        "texts_per_user": 100,
        "texts_per_address": 1000,
        "resend_waits": (5,),
    }

    def test_the_fourth_text_of_a_day_to_a_number_is_refused(self):
        for _ in range(3):
            self.assertTrue(self.office.begin()[1].sent)
            self.office.wait(3600)
        receipt = self.office.begin()[1]
        self.assertEqual((receipt.refusal, receipt.wait), (SendRefusal.NUMBER_LIMIT, DAY - 3 * 3600))
        self.office.wait(DAY - 3 * 3600)
        self.assertTrue(self.office.begin()[1].sent)

    def test_a_strangers_resets_to_the_members_number_take_nothing_from_signing_in(self):
        for _ in range(4):
            last = self.office.begin_reset("", NUMBER)
        self.assertIs(last.refusal, SendRefusal.NUMBER_LIMIT)
        self.assertTrue(self.office.begin()[1].sent)

    def test_another_member_who_claims_the_number_takes_nothing_from_signing_in(self):
        for user_id in ("joe", "jim", "jack", "jill"):
            last = self.office.begin_set_up(user_id, NUMBER)
        self.assertIs(last.refusal, SendRefusal.NUMBER_LIMIT)
        self.assertTrue(self.office.begin()[1].sent)

    def test_the_limit_is_that_of_the_number_not_of_the_member(self):
        for user_id in ("joe", "jim", "jack"):
            self.assertTrue(self.office.begin_set_up(user_id, OTHER_NUMBER).sent)
        self.assertIs(self.office.begin_set_up("jill", OTHER_NUMBER).refusal, SendRefusal.NUMBER_LIMIT)
        self.assertTrue(self.office.begin_set_up("jill", NUMBER).sent)


class SharedNumberTest(VerifierTest):
    """What one member causes takes nothing from another with the same number; all of them together have a limit as well."""

    rules = {
        "texts_per_number": 3,
        "texts_per_number_total": 7,
        "texts_per_user": 100,
        "texts_per_address": 1000,
        "resend_waits": (5,),
    }

    def set_ups(self, user_id, times, number=OTHER_NUMBER):
        """Ask for codes to set up a number; return how many were sent."""
        sent = 0
        for _ in range(times):
            sent += self.office.begin_set_up(user_id, number).sent
            self.office.wait(3600)
        return sent

    def test_a_member_who_uses_up_their_share_leaves_the_owner_theirs(self):
        self.assertEqual(3, self.set_ups("stranger", 10))
        self.assertTrue(self.office.begin_set_up("owner", OTHER_NUMBER).sent)

    def test_so_it_is_with_resets_and_with_two_members_who_share_a_phone(self):
        self.office.protect("joe", NUMBER)
        for number in range(4):
            self.office.begin_reset("joe", OTHER_NUMBER, link_id=f"{number}")
            self.office.wait(3600)
        self.assertTrue(self.office.begin_reset("jane", OTHER_NUMBER).sent)
        for _ in range(4):
            self.office.begin("joe")
            self.office.wait(3600)
        self.assertIs(self.office.begin("joe")[1].refusal, SendRefusal.NUMBER_LIMIT)
        self.assertTrue(self.office.begin("jane")[1].sent)

    def test_and_with_contact_points_by_e_mail(self):
        self.office.policy = replace(self.office.policy, channels=frozenset(Channel))
        route = Route(to="office@example.org", channel=Channel.EMAIL)

        def sent(user_id):
            self.office.wait(3600)
            return self.office.verifier.begin_contact(user_id, route, client_address="192.0.2.9", binding="form").sent

        self.assertEqual([True, True, True, False], [sent("stranger") for _ in range(4)])
        self.assertTrue(sent("jane"))

    def test_all_members_together_have_a_wider_one(self):
        sent = [self.set_ups(f"stranger {number}", 3) for number in range(5)]
        self.assertEqual([3, 3, 1, 0, 0], sent)
        receipt = self.office.begin_set_up("owner", OTHER_NUMBER)
        self.assertIs(receipt.refusal, SendRefusal.NUMBER_LIMIT)
        self.assertGreater(receipt.wait, 0)
        self.office.wait(DAY)
        self.assertTrue(self.office.begin_set_up("owner", OTHER_NUMBER).sent)

    def test_the_wider_one_is_never_narrower_than_that_of_one_member(self):
        self.office.policy = replace(self.office.policy, texts_per_number=9)
        self.assertEqual(9, self.set_ups("stranger", 12))


class AddressLimitTest(VerifierTest):
    rules = {"texts_per_address": 2, "resend_waits": (5,)}

    def setUp(self):
        super().setUp()
        self.office.protect("joe", OTHER_NUMBER)
        self.office.protect("jim", "+15005550006")

    def test_the_third_text_of_an_hour_from_an_address_is_refused(self):
        self.assertTrue(self.office.begin("jane")[1].sent)
        self.office.wait(60)
        self.assertTrue(self.office.begin("joe")[1].sent)
        receipt = self.office.begin("jim")[1]
        self.assertEqual((receipt.refusal, receipt.wait), (SendRefusal.ADDRESS_LIMIT, 3540))
        self.assertTrue(self.office.begin("jim", client_address="192.0.2.2")[1].sent)

    def test_an_hour_later_it_is_free_again(self):
        self.office.begin("jane")
        self.office.begin("joe")
        self.office.wait(3600)
        self.assertTrue(self.office.begin("jim")[1].sent)

    def test_resets_from_the_same_address_take_nothing_from_signing_in(self):
        for number in range(3):
            last = self.office.begin_reset("", f"+3161234567{number}")
        self.assertIs(last.refusal, SendRefusal.ADDRESS_LIMIT)
        self.assertTrue(self.office.begin("jane")[1].sent)


class SiteLimitTest(VerifierTest):
    """Ten texts an hour for the whole site, whoever asks, from wherever and for whichever number."""

    rules = {"texts_per_site": 10, "texts_per_user": 100, "texts_per_address": 1000, "resend_waits": (5,)}

    def ask(self, number):
        return self.office.begin_set_up(f"joe{number}", f"+3162234567{number}", client_address=f"192.0.2.{number}")

    def fill(self):
        """Use up the hour."""
        for number in range(10):
            self.assertTrue(self.ask(number).sent)
            self.office.wait(10)

    def test_the_eleventh_text_of_an_hour_is_refused_until_the_first_leaves_the_window(self):
        self.fill()
        receipt = self.office.begin(client_address="198.51.100.1")[1]
        self.assertEqual((receipt.sent, receipt.refusal, receipt.wait), (False, SendRefusal.SITE_LIMIT, 3500))
        self.office.wait(3500)
        self.assertTrue(self.office.begin(client_address="198.51.100.1")[1].sent)

    def test_calls_count_and_e_mails_do_not(self):
        self.fill()
        allowance, account = self.office.verifier.issuer.limits, Account()
        for channel, expected in ((Channel.TEXT, True), (Channel.VOICE, True), (Channel.EMAIL, False)):
            to = "jane@example.org" if channel is Channel.EMAIL else OTHER_NUMBER
            found = allowance.refusal(account, Purpose.SIGN_IN, Route(to=to, channel=channel), "198.51.100.1")
            self.assertEqual(expected, found is not None and found[0] is SendRefusal.SITE_LIMIT)

    def test_resets_that_strangers_ask_for_take_nothing_from_signing_in(self):
        for number in range(11):
            last = self.office.begin_reset("", f"+316223456{number:02}", client_address=f"192.0.2.{number}")
        self.assertIs(last.refusal, SendRefusal.SITE_LIMIT)
        self.assertTrue(self.office.begin()[1].sent)


class ResendWaitTest(VerifierTest):
    rules = {"texts_per_user": 100, "texts_per_number": 100, "texts_per_address": 100}

    def until_next(self):
        return self.office.verifier.seconds_until_resend("jane", Purpose.SIGN_IN)

    def test_before_the_first_text_there_is_no_wait(self):
        self.assertEqual(self.until_next(), 0)

    def test_the_wait_grows_with_each_unanswered_code(self):
        waits = []
        for _ in range(5):
            receipt = self.office.begin()[1]
            self.assertTrue(receipt.sent)
            self.assertEqual(receipt.wait, self.until_next())
            waits.append(receipt.wait)
            self.office.wait(receipt.wait)
        self.assertEqual(waits, [30, 60, 120, 300, 300])
        self.assertEqual(self.office.account().challenges[Purpose.SIGN_IN].resends, 4)

    def test_after_half_an_hour_the_row_begins_anew(self):
        self.office.begin()
        self.office.wait(30)
        self.office.begin()
        self.office.wait(HALF_HOUR)
        self.assertEqual(self.office.begin()[1].wait, 30)

    def test_the_page_of_a_code_that_is_still_known_after_half_an_hour_names_no_wait(self):
        for purpose, begin in ((Purpose.SIGN_IN, self.office.begin), (Purpose.SET_UP, self.office.begin_set_up)):
            with self.subTest(purpose=purpose.value):
                begin()
                self.office.wait(HALF_HOUR)
                self.assertIsNotNone(self.office.verifier.open_challenge("jane", purpose))
                self.assertEqual(0, self.office.verifier.seconds_until_resend("jane", purpose))

    def test_who_answered_rightly_may_sign_in_again_at_once_and_begins_anew(self):
        for _ in range(3):
            secret, receipt = self.office.begin()
            self.assertEqual((receipt.sent, receipt.wait), (True, 30))
            self.assertTrue(self.office.verifier.verify_sign_in("jane", self.office.code, pending=secret).accepted)

    def test_wrong_answers_do_not_shorten_the_wait(self):
        secret, _ = self.office.begin()
        for _ in range(5):
            self.office.verifier.verify_sign_in("jane", self.office.wrong_code, pending=secret)
        self.assertEqual(self.office.begin()[1].refusal, SendRefusal.TOO_SOON)

    def test_a_code_of_one_purpose_makes_nobody_wait_for_one_of_another(self):
        self.office.begin()
        self.assertTrue(self.office.begin_set_up(number=NUMBER).sent)
        self.assertTrue(self.office.begin_reset(number=NUMBER).sent)


class HiddenTest(VerifierTest):
    def test_neither_numbers_nor_addresses_are_in_the_counters_or_in_a_repr(self):
        self.office.begin()
        office = self.office
        office.begin_set_up("joe", OTHER_NUMBER)
        self.assertGreater(len(office.counted), 2)
        shown = repr((office.counted, list(office._usage_counters.items()), list(office._number_blocks.items())))
        self.assertNotIn("12345678", shown)
        self.assertNotIn("5550123", shown)
        self.assertNotIn("192.0.2.1", shown)
        self.assertNotIn(repr(KEY), repr(self.office.verifier))
        allowance = SendingLimits(rate_limiter=office.rate_limiter, policy=office.policy, key=KEY, now=office.now)
        self.assertNotIn(repr(KEY), repr(allowance))
        self.assertNotIn(repr(KEY), repr(office.fraud_guard))
