"""The second step by e-mail alone: what binds it, where its codes go, and what happens once the site does not allow it any more."""

from collective.smsauth.domain.challenge import Outcome
from collective.smsauth.domain.challenge import Purpose
from collective.smsauth.domain.channels import Channel
from collective.smsauth.domain.channels import Route
from collective.smsauth.domain.policy import Policy
from collective.smsauth.events import AuthenticatorBound
from collective.smsauth.storage.password_access import PasswordAttempts
from collective.smsauth.tests.support.parts import ADDRESS
from collective.smsauth.tests.support.parts import NUMBER
from collective.smsauth.tests.support.parts import VerifierTest
from collective.smsauth.verification import contact_points
from collective.smsauth.verification import lifecycle
from collective.smsauth.verification.password_access import PasswordAccess
from collective.smsauth.verification.results import SendRefusal

EMAIL, NEW_EMAIL = "mary@example.org", "mary@example.com"
ALLOWED = {"channels": frozenset(Channel), "email_alone": True, "texts_per_user": 100, "access_page": True}
DAY = 24 * 60 * 60


class EmailAloneTest(VerifierTest):
    """Mary has the address in her profile, and no number; jane has a number."""

    rules = ALLOWED

    def setUp(self):
        super().setUp()
        self.office.emails.update(mary=EMAIL, jane="jane@example.org")

    def begin(self, email=EMAIL, **options):
        return self.office.verifier.begin_set_up(
            "mary", email, channel=Channel.EMAIL, client_address=ADDRESS, **options
        )

    def answer(self, **options):
        return self.office.verifier.verify_set_up("mary", self.office.code, **options)

    def bind(self, email=EMAIL):
        self.assertTrue(self.begin(email).sent)
        verdict = self.answer()
        self.assertTrue(verdict.accepted)
        self.office.wait(DAY)
        self.office.posted.clear()
        self.events.clear()
        return verdict

    @property
    def account(self):
        return self.office.account("mary")

    def routes(self):
        return [route.to for route in self.office.verifier.routes("mary")]

    def change_profile(self, email):
        former, self.office.emails["mary"] = self.office.emails["mary"], email
        contact_points.email_changed(self.office.accounts, "mary", former=former, email=email, now=self.office.now)

    def switch(self, **rules):
        self.office.policy = Policy(**{**ALLOWED, **rules})


class TestSetUp(EmailAloneTest):
    def test_the_right_code_binds_and_gives_a_proof(self):
        self.begin()
        letter = self.office.posted[-1]
        self.assertEqual((EMAIL, Channel.EMAIL), (letter.text.to, letter.text.channel))
        self.assertIsNone(self.account.unproved, "an address is no number that is pending")
        verdict = self.answer()
        self.assertTrue(verdict.accepted and verdict.proof)
        self.assertTrue(self.account.is_bound and self.account.email_alone)
        self.assertEqual([EMAIL], self.routes())
        bound = next(event for event in self.events if isinstance(event, AuthenticatorBound))
        self.assertEqual((True, False), (bound.by_email, bound.replaced))

    def test_the_right_code_may_be_sent_again(self):
        self.begin()
        first, again = self.answer(), self.answer()
        self.assertTrue(again.accepted and again.again and again.proof != first.proof)

    def test_where_the_site_does_not_allow_it_nothing_is_sent(self):
        for rules in ({"email_alone": False}, {"channels": frozenset({Channel.TEXT})}):
            self.switch(**rules)
            self.assertEqual(SendRefusal.NO_CHANNEL, self.begin().refusal)
        self.assertEqual([], self.office.posted)

    def test_what_was_allowed_when_the_code_was_sent_may_not_be_when_it_is_answered(self):
        self.begin()
        self.switch(email_alone=False)
        self.assertEqual(Outcome.NONE_OPEN, self.answer().outcome)
        self.assertFalse(self.office.verifier.resend("mary", Purpose.SET_UP, client_address=ADDRESS).sent)
        self.assertFalse(self.account.is_bound)

    def test_no_other_address_than_that_of_the_profile(self):
        for email in ("thief@example.org", ""):
            self.office.emails["mary"] = email
            self.assertEqual(SendRefusal.NOT_YOURS, self.begin().refusal)

    def test_an_address_that_left_the_profile_meanwhile_is_not_bound(self):
        self.begin()
        self.office.emails["mary"] = NEW_EMAIL
        self.assertEqual(Outcome.NONE_OPEN, self.answer().outcome)
        self.assertFalse(self.account.is_bound)

    def test_a_member_with_a_number_keeps_it(self):
        refused = self.office.verifier.begin_set_up(
            "jane", "jane@example.org", channel=Channel.EMAIL, client_address=ADDRESS
        )
        self.assertEqual(SendRefusal.NOT_YOURS, refused.refusal)

    def test_a_number_that_was_set_up_meanwhile_stays(self):
        self.begin(binding="of a login")
        code = self.office.code
        self.office.protect("mary", NUMBER)
        answered = self.office.verifier.verify_set_up("mary", code, binding="of a login")
        self.assertFalse(answered.accepted)
        self.assertEqual(NUMBER, self.account.number)

    def test_nobody_else_can_enter_the_code(self):
        self.begin()
        self.assertEqual(Outcome.NONE_OPEN, self.answer(by_other=True).outcome)
        self.assertFalse(self.account.is_bound)

    def test_the_code_of_an_address_binds_no_number_and_the_other_way_round(self):
        self.begin()
        by_email = self.office.code
        self.office.wait(60)
        self.office.begin_set_up("mary", NUMBER)
        self.assertFalse(self.office.verifier.verify_set_up("mary", by_email).accepted)
        self.assertFalse(self.account.is_bound)
        self.assertTrue(self.office.verifier.verify_set_up("mary", self.office.code).accepted)
        self.assertEqual((NUMBER, False), (self.account.number, self.account.email_alone))


class TestBound(EmailAloneTest):
    def setUp(self):
        super().setUp()
        self.bind()

    def sign_in(self):
        pending, receipt = self.office.begin("mary")
        self.assertTrue(receipt.sent)
        return self.office.verifier.verify_sign_in("mary", self.office.code, pending=pending)

    def test_a_code_by_email_signs_in(self):
        self.assertTrue(self.sign_in().accepted)
        self.assertEqual(EMAIL, self.office.posted[-1].text.to)

    def test_switched_off_later_no_code_is_sent_and_the_member_stays_protected(self):
        for rules in ({"email_alone": False}, {"channels": frozenset({Channel.TEXT})}):
            self.switch(**rules)
            _, receipt = self.office.begin("mary")
            self.assertEqual((False, SendRefusal.NO_CHANNEL), (receipt.sent, receipt.refusal))
            self.assertEqual([], self.routes())
            self.assertTrue(self.account.is_bound)
        self.switch()
        self.office.wait(DAY)
        self.assertTrue(self.sign_in().accepted)

    def test_another_address_in_the_profile_gets_no_code_before_it_is_proved(self):
        self.change_profile(NEW_EMAIL)
        self.assertTrue(self.sign_in().accepted)
        self.assertEqual([EMAIL], [letter.text.to for letter in self.office.posted])
        self.office.wait(DAY)
        self.bind(NEW_EMAIL)
        self.assertEqual([NEW_EMAIL], self.routes())
        self.assertEqual([NEW_EMAIL], list(self.account.contacts))

    def test_without_any_address_in_the_profile_codes_go_where_they_went(self):
        self.change_profile("")
        self.assertTrue(self.sign_in().accepted)

    def test_another_address_ends_the_sessions_and_says_that_it_replaced_one(self):
        proof = self.sign_in().proof
        self.change_profile(NEW_EMAIL)
        self.office.wait(DAY)
        self.begin(NEW_EMAIL)
        self.answer()
        session = self.account.session(proof, now=self.office.now, fingerprint="first password")
        self.assertIsNone(session)
        bound = next(event for event in self.events if isinstance(event, AuthenticatorBound))
        self.assertTrue(bound.by_email and bound.replaced)

    def test_a_number_replaces_it_and_the_address_stays_as_a_further_way(self):
        self.office.begin_set_up("mary", NUMBER)
        self.assertTrue(self.answer().accepted)
        self.assertEqual((NUMBER, False), (self.account.number, self.account.email_alone))
        self.assertEqual([NUMBER, NUMBER, EMAIL], self.routes())
        self.switch(email_alone=False)
        self.assertIn(EMAIL, self.routes(), "it is no longer all that there is")

    def test_the_only_address_cannot_be_taken_off_nor_be_lost(self):
        self.assertFalse(contact_points.remove(self.office.accounts, "mary", EMAIL))
        self.bind()
        lifecycle.drop_recent(self.office.accounts, "mary", now=self.office.now)
        contact_points.forget_former_emails(self.office.accounts, "mary", NEW_EMAIL)
        self.assertEqual([EMAIL], self.routes())

    def test_turned_off_it_is_off(self):
        lifecycle.unbind(self.office.accounts, "mary")
        self.assertFalse(self.account.is_bound)
        self.assertEqual([], self.routes())

    def test_the_proof_of_a_further_contact_point_is_not_how_it_moves(self):
        self.change_profile(NEW_EMAIL)
        for route in (Route(to=NEW_EMAIL, channel=Channel.EMAIL), Route(to=NUMBER, channel=Channel.TEXT)):
            receipt = self.office.verifier.begin_contact("mary", route, client_address=ADDRESS)
            self.assertEqual(SendRefusal.NOT_YOURS, receipt.refusal)


class TestNewPassword(EmailAloneTest):
    """The code before the e-mail for a new password."""

    def setUp(self):
        super().setUp()
        self.bind()
        self.keeper = self.office
        self.right = []

    def ask(self, user_id="mary", secret="secret", client_address=ADDRESS):
        access = PasswordAccess(verifier=self.office.verifier, password_attempts=PasswordAttempts(self.keeper))
        access.begin(user_id, secret, login=user_id or "nobody", client_address=client_address)
        return access

    def test_to_one_mailbox_no_code_is_sent_and_the_member_is_told(self):
        for email in (EMAIL, EMAIL.upper(), "mary+plone@example.org"):
            self.office.emails["mary"] = email
            self.events.clear()
            self.ask(secret=email)
            self.assertEqual([], self.office.posted)
            self.assertEqual(["NewPasswordWithheld"], self.fired())

    def test_to_another_mailbox_the_code_goes_to_the_address_that_was_verified(self):
        self.change_profile(NEW_EMAIL)
        access = self.ask()
        self.assertEqual([EMAIL], [letter.text.to for letter in self.office.posted])
        verdict = access.judge("secret", self.office.code, on_right=self.right.append, on_wrong=self.right.append)
        self.assertTrue(verdict.accepted)
        self.assertEqual(["mary"], self.right)

    def test_switched_off_nothing_is_sent_nor_told(self):
        self.switch(email_alone=False)
        self.ask()
        self.assertEqual(([], []), (self.office.posted, self.fired()))

    def test_whoever_is_told_so_often_is_told_no_more(self):
        self.switch(texts_per_user=3)
        for turn in range(6):
            self.ask(secret=f"{turn}")
        self.assertEqual(3, self.fired().count("NewPasswordWithheld"))

    def test_the_same_places_are_taken_for_a_member_with_email_and_for_nobody(self):
        used = {}
        for who, email in (("", EMAIL), ("mary", EMAIL), ("mary", NEW_EMAIL)):
            self.office.emails["mary"] = email
            self.office.counted.clear()
            self.ask(who, secret=f"{who} {email}")
            used[who, email] = sum(map(len, self.office.counted.values()))
        self.assertEqual(1, len(set(used.values())), used)
