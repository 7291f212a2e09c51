"""Where the code for a new number is entered: only the right one binds it."""

from collective.smsauth import testing
from collective.smsauth.tests.support.bare_pages import whole_page
from collective.smsauth.tests.support.visitor import OTHER_PHONE
from collective.smsauth.tests.support.visitor import PageTest
from collective.smsauth.tests.support.visitor import PHONE
from collective.smsauth.tests.support.visitor import wrong


class TestConfirm(PageTest):
    """Anna sets up her first phone."""

    def setUp(self):
        super().setUp()
        self.anna = self.visitor()
        self.anna.sign_in("anna")
        self.anna.ask_code()

    @whole_page
    def test_the_number_is_shown_in_readable_form_with_the_time_left(self):
        self.assertIn("sent by text message to +31 6 12345678", self.anna.page)
        self.assertIn("The text message was sent", self.anna.page)
        self.assertIn("works for another 5 minutes", self.anna.page)
        self.assertIn("new code sent in 30 seconds", self.anna.page)
        self.assertIn("Verify your phone number", self.anna.title)

    def test_the_right_code_binds_the_number_and_the_session_goes_on(self):
        self.anna.answer()
        self.assertEqual(PHONE, self.account().number)
        self.assertEqual("@@smsauth-recovery", self.anna.path)
        self.assertIn("Your phone is set up", self.anna.news)
        self.assertTrue(self.anna.is_signed_in())

    def test_a_code_copied_with_blanks_is_the_same_code(self):
        code = testing.last_code()
        self.anna.answer(f" {code[:3]} {code[3:]} ")
        self.assertEqual(PHONE, self.account().number)

    def test_a_wrong_code_binds_nothing_and_says_how_many_tries_are_left(self):
        self.anna.answer(wrong(testing.last_code()))
        self.assertIn("This code is not right. Tries left for this code: 4", self.anna.errors)
        self.assertEqual("", self.account().number)
        self.assertEqual(1, self.account().failures)

    def test_what_is_no_code_is_not_counted(self):
        for typed in ("", "12", "abcdef", "1234567"):
            with self.subTest(typed):
                self.anna.answer(typed)
                self.assertIn("A code has 6 digits", self.anna.errors)
                self.assertEqual(typed, self.anna.value("code"))
        self.assertEqual(0, self.account().failures)

    def test_an_expired_code_binds_nothing(self):
        self.clock.advance(301)
        self.anna.answer()
        self.assertIn("no longer valid", self.anna.errors)
        self.assertEqual("", self.account().number)

    def test_too_many_tries_end_a_code(self):
        code = testing.last_code()
        for _ in range(5):
            self.anna.answer(wrong(code))
        self.assertIn("tried too often", self.anna.errors)
        self.anna.answer(code)
        self.assertIn("tried too often", self.anna.errors)
        self.assertEqual("", self.account().number)

    def test_another_code_comes_after_the_wait_and_the_former_one_is_void(self):
        former = testing.last_code()
        self.anna.click("resend")
        self.assertIn("You can have another one in 30 seconds", self.anna.errors)
        self.clock.advance(30)
        self.anna.click("resend")
        self.assertIn("A new code is on its way", self.anna.news)
        self.assertEqual("", self.anna.errors)
        self.anna.answer(former)
        self.assertEqual("", self.account().number)
        self.anna.answer()
        self.assertEqual(PHONE, self.account().number)

    def test_going_back_keeps_the_number_as_it_was_typed(self):
        self.anna.click("back")
        self.assertEqual("@@smsauth-setup", self.anna.path)
        self.assertEqual("+31 6 12345678", self.anna.value("mobile_number"))

    def test_the_code_of_a_number_that_was_corrected_is_void(self):
        former = testing.last_code()
        self.anna.ask_code(OTHER_PHONE)
        self.anna.answer(former)
        self.assertEqual("", self.account().number)
        self.anna.answer()
        self.assertEqual(OTHER_PHONE, self.account().number)

    def test_the_code_of_another_member_is_void(self):
        bert = self.visitor()
        bert.sign_in("bert")
        bert.ask_code(OTHER_PHONE)
        self.anna.answer(testing.last_code(OTHER_PHONE))
        self.assertIn("This code is not right", self.anna.errors)
        self.assertEqual("", self.account().number)

    def test_the_form_of_another_member_cannot_be_sent(self):
        bert = self.visitor()
        bert.sign_in("bert")
        bert.ask_code(OTHER_PHONE)
        sent = {
            "form.widgets.code": testing.last_code(PHONE),
            "form.buttons.verify": "Verify",
            "token": bert.token(),
        }
        answer = self.anna.post("@@smsauth-confirm", sent)
        self.assertIn("Please try again", answer.text)
        self.assertEqual("", self.account().number)

    def test_the_same_form_sent_twice_binds_once_and_harms_nothing(self):
        sent = {
            "form.widgets.code": testing.last_code(),
            "form.buttons.verify": "Verify",
            "token": self.anna.token(),
        }
        self.assertEqual([302, 302], [self.anna.post("@@smsauth-confirm", sent).status_int for _ in range(2)])
        self.assertEqual(PHONE, self.account().number)
        self.assertEqual(0, self.account().failures)
        self.assertTrue(self.anna.is_signed_in())
        self.assertEqual(1, len(self.mails()))

    def test_one_notice_by_e_mail_says_that_it_was_switched_on(self):
        self.assertEqual([], self.mails())
        self.anna.answer()
        (notice,) = self.mails()
        self.assertEqual("anna@example.org", notice["To"])
        self.assertEqual("Two-step verification was set up", notice["Subject"])
        self.assertIn("http://nohost/plone", notice.get_payload(decode=True).decode())

    def test_without_a_number_asked_for_there_is_nothing_to_confirm(self):
        edith = self.visitor()
        edith.sign_in("edith")
        edith.open("@@smsauth-confirm")
        self.assertEqual("@@smsauth-setup", edith.path)

    def test_a_visitor_has_nothing_to_confirm(self):
        visitor = self.visitor()
        visitor.open("@@smsauth-confirm")
        self.assertEqual("@@smsauth-setup", visitor.path)
        self.assertIn("Please log in first", visitor.page)

    def test_other_sessions_end_when_the_phone_is_set_up(self):
        other = self.visitor()
        other.sign_in("anna")
        self.assertTrue(other.is_signed_in())
        self.anna.answer()
        self.assertFalse(other.is_signed_in())


class TestChange(PageTest):
    """Anna moves the codes to another phone."""

    def setUp(self):
        super().setUp()
        self.anna = self.protected()

    def change(self):
        self.anna.ask_code(OTHER_PHONE, testing.PASSWORD)
        self.anna.answer()

    def test_until_the_new_number_is_proved_codes_go_to_the_former_one(self):
        self.anna.ask_code(OTHER_PHONE, testing.PASSWORD)
        self.assertEqual(PHONE, self.account().number)
        self.pending()
        self.assertEqual([PHONE, OTHER_PHONE], [text.to for text in testing.texts()][:2])

    def test_a_sign_in_code_cannot_bind_a_number(self):
        self.anna.ask_code(OTHER_PHONE, testing.PASSWORD)
        self.pending()
        self.anna.answer(testing.last_code(PHONE))
        self.assertIn("This code is not right", self.anna.errors)
        self.assertEqual(PHONE, self.account().number)

    def test_a_set_up_code_cannot_sign_in(self):
        thief = self.pending()
        self.anna.ask_code(OTHER_PHONE, testing.PASSWORD)
        thief.answer(testing.last_code(OTHER_PHONE))
        self.assertIn("This code is not right", thief.errors)
        self.assertFalse(thief.is_signed_in())

    def test_the_new_number_counts_and_other_sessions_end(self):
        other = self.pending()
        other.answer()
        self.assertTrue(other.is_signed_in())
        self.change()
        self.assertEqual(OTHER_PHONE, self.account().number)
        self.assertFalse(other.is_signed_in())
        self.assertTrue(self.anna.is_signed_in())

    def test_a_pending_sign_in_ends_with_the_former_number(self):
        thief = self.pending()
        code = testing.last_code(PHONE)
        self.change()
        thief.answer(code)
        self.assertFalse(thief.is_signed_in())
        self.assertIn("There is no login to complete", thief.page)

    def test_the_former_number_is_told_by_text_once(self):
        self.change()
        told = [text.body for text in testing.texts() if "no longer receives" in text.body]
        self.assertEqual(1, len(told))
        self.assertEqual(PHONE, testing.texts()[0].to)
        self.assertNotIn("12345678", told[0])

    def test_one_notice_by_e_mail_says_that_the_number_was_changed(self):
        self.change()
        (notice,) = self.mails()
        self.assertEqual("Your phone number for logging in was changed", notice["Subject"])
        body = notice.get_payload(decode=True).decode()
        self.assertNotIn("asked for by e-mail", body)
        self.assertNotIn("87654321", body)
