"""The page of recovery codes: made after the password, shown once, saved as a file, counted."""

from collective.smsauth.domain import code_alphabet
from collective.smsauth.tests.support.bare_pages import whole_page
from collective.smsauth.tests.support.visitor import PageTest
from collective.smsauth.tests.support.visitor import PASSWORD

import re

PAGE = "@@smsauth-recovery"


def codes_in(text):
    """Return the recovery codes that a page or file shows."""
    return re.findall(r"\b[0-9A-Z]{4}(?:-[0-9A-Z]{4}){3}\b", text)


class RecoveryTest(PageTest):
    """Anna is protected and signed in an hour ago."""

    def setUp(self):
        super().setUp()
        self.anna = self.protected()

    def make(self, visitor=None):
        """Make codes and return them."""
        visitor = visitor or self.anna
        visitor.open(PAGE)
        if visitor.has("form.widgets.password"):
            visitor.fill(password=PASSWORD)
        visitor.click("make")
        return re.findall(r"<li>([0-9A-Z-]{19})</li>", visitor.browser.contents)


class TestMaking(RecoveryTest):
    def test_ten_codes_are_shown_and_only_their_digests_are_kept(self):
        codes = self.make()
        self.assertEqual(10, len(set(codes)))
        account = self.account()
        self.assertEqual(10, len(account.recovery))
        self.assertFalse([code for code in codes if code in str(account) or code.replace("-", "") in str(account)])

    def test_the_page_says_that_they_are_shown_only_now_and_for_which_site(self):
        self.make()
        self.assertIn("These codes are shown only now", self.anna.page)
        self.assertIn("no-store", self.anna.browser.headers["Cache-Control"])
        self.assertIn("Plone site", self.anna.page)

    def test_looking_again_shows_how_many_are_left_and_no_code(self):
        codes = self.make()
        self.anna.open(PAGE)
        self.assertIn("Recovery codes left: 10", self.anna.page)
        self.assertFalse([code for code in codes if code in self.anna.browser.contents])
        self.anna.open("@@smsauth-setup")
        self.assertIn("Recovery codes left: 10", self.anna.page)
        self.anna.browser.getLink("Recovery codes").click()
        self.assertEqual(PAGE, self.anna.path)

    def form(self):
        self.anna.open(PAGE)
        return {"form.widgets.password": PASSWORD, "form.buttons.make": "x", "token": self.anna.token()}

    def test_a_form_that_is_sent_twice_shows_the_same_codes_and_makes_no_others(self):
        sent = self.form()
        first, mails = self.anna.post(PAGE, sent), len(self.mails())
        kept = self.account().recovery
        self.clock.advance(119)
        again = self.anna.post(PAGE, sent)
        self.assertEqual(10, len(set(codes_in(first.text))))
        self.assertEqual(codes_in(first.text), codes_in(again.text))
        self.assertEqual((kept, mails), (self.account().recovery, len(self.mails())))

    def test_later_or_once_one_was_used_it_shows_none_and_makes_no_others(self):
        for change in ("later", "used"):
            with self.subTest(change):
                sent = self.form()
                made = codes_in(self.anna.post(PAGE, sent).text)
                if change == "later":
                    self.clock.advance(120)
                else:
                    other = self.pending()
                    other.answer(made[0])
                    self.assertTrue(other.is_signed_in())
                kept = self.account().recovery
                again = self.anna.post(PAGE, sent)
                self.assertEqual([], codes_in(again.text))
                self.assertIn("Please try again", again.text)
                self.assertEqual(kept, self.account().recovery)

    def test_a_form_from_before_makes_no_codes_in_the_place_of_newer_ones(self):
        before, sent = self.form(), self.form()
        self.anna.post(PAGE, sent)
        kept = self.account().recovery
        self.assertEqual([], codes_in(self.anna.post(PAGE, before).text))
        self.assertEqual(kept, self.account().recovery)

    def test_the_password_is_asked_for_unless_the_session_is_fresh(self):
        self.anna.open(PAGE)
        for typed in ("", "wrong"):
            self.anna.fill(password=typed)
            self.anna.click("make")
            self.assertFalse(codes_in(self.anna.browser.contents))
        self.assertEqual((1, ()), (self.account().failures, self.account().recovery))
        fresh = self.pending()
        fresh.answer()
        fresh.open(PAGE)
        self.assertFalse(fresh.has("form.widgets.password"))
        self.assertEqual(10, len(self.make(fresh)))

    def test_the_member_is_told_by_e_mail(self):
        codes = self.make()
        (mail,) = self.mails()
        self.assertEqual("New recovery codes were made", mail["Subject"])
        self.assertFalse([code for code in codes if code in str(mail)])

    def test_who_has_no_second_step_has_no_codes(self):
        bert = self.visitor()
        bert.open(PAGE)
        self.assertIn("Please log in first", bert.page)
        bert.sign_in("bert")
        bert.open(PAGE)
        self.assertIn("Two-step verification is off", bert.page)
        self.assertFalse(bert.has("form.buttons.make"))

    def test_who_is_about_to_sign_in_makes_none(self):
        pending = self.pending()
        pending.open(PAGE)
        self.assertFalse(pending.has("form.buttons.make"))
        self.anna.open(PAGE)
        sent = {"form.widgets.password": PASSWORD, "form.buttons.make": "x", "token": self.anna.token()}
        self.assertFalse(codes_in(pending.post(PAGE, sent).text))
        self.assertEqual((), self.account().recovery)

    def test_a_link_makes_none(self):
        self.anna.open(PAGE)
        self.anna.open(f"{PAGE}?form.buttons.make=1&form.widgets.password={PASSWORD}&token={self.anna.token()}")
        self.assertEqual((), self.account().recovery)

    def test_the_form_of_another_member_makes_none(self):
        edith = self.protected("edith", "+31687654321")
        edith.open(PAGE)
        sent = {"form.widgets.password": PASSWORD, "form.buttons.make": "x", "token": edith.token()}
        self.anna.post(PAGE, sent)
        self.assertEqual((), self.account().recovery)


class TestFile(RecoveryTest):
    def test_the_codes_shown_can_be_saved_as_a_file(self):
        codes = self.make()
        self.anna.click("download")
        headers = self.anna.browser.headers
        self.assertEqual("text/plain; charset=utf-8", headers["Content-Type"].lower())
        self.assertEqual('attachment; filename="recovery-codes.txt"', headers["Content-Disposition"])
        self.assertIn("no-store", headers["Cache-Control"])
        self.assertEqual(codes, codes_in(self.anna.browser.contents))
        self.assertIn("Recovery codes for Plone site", self.anna.browser.contents)

    def test_only_codes_of_the_right_form_are_sent_back(self):
        self.make()
        token, before = self.anna.token(), self.account()
        good = code_alphabet.grouped("0" * 16)
        for codes in ("", " ", "<script>alert(1)</script>", f"{good} <b>", " ".join([good] * 11), "x" * 100_000, "\0"):
            with self.subTest(codes[:30]):
                answer = self.anna.post(PAGE, {"codes": codes, "token": token, "form.buttons.download": "x"})
                self.assertEqual(302, answer.status_int)
                self.assertNotIn("attachment", answer.headers.get("Content-Disposition", ""))
        for name in ("codes:list", "codes.x:record", "codes:int"):
            with self.subTest(name):
                answer = self.anna.post(PAGE, {name: "1", "token": token, "form.buttons.download": "x"})
                self.assertLess(answer.status_int, 500)
        self.assertEqual(before, self.account())

    def test_other_sites_get_no_file(self):
        self.make()
        code = code_alphabet.grouped("0" * 16)
        for token in ("", "x"):
            answer = self.anna.post(PAGE, {"codes": code, "token": token, "form.buttons.download": "x"})
            self.assertNotIn("attachment", answer.headers.get("Content-Disposition", ""))


class TestSigningIn(RecoveryTest):
    def setUp(self):
        super().setUp()
        self.codes = self.make()
        self.forget_mails()

    def use(self, code, visitor=None):
        visitor = visitor or self.pending()
        visitor.answer(code)
        return visitor

    def test_a_code_typed_in_small_letters_and_blanks_signs_in_on_the_usual_page(self):
        visitor = self.use(self.codes[0].lower().replace("-", " "))
        self.assertTrue(visitor.is_signed_in())
        self.assertIn("Recovery codes left: 9", visitor.news)
        self.assertEqual({"recovery-code"}, {s.means for s in self.account().sessions.values()} - {"code"})

    def test_it_works_once(self):
        self.use(self.codes[0])
        again = self.use(self.codes[0])
        self.assertIn("not right, or it was used before", again.errors)
        self.assertFalse(again.is_signed_in())

    def test_the_member_is_told_by_e_mail_and_louder_when_three_are_left(self):
        for code in self.codes[:7]:
            visitor = self.use(code)
        subjects = [mail["Subject"] for mail in self.mails()]
        self.assertEqual(["A recovery code was used"] * 6 + ["A recovery code was used, and few are left"], subjects)
        self.assertIn("Recovery codes left: 3", visitor.news)
        self.assertIn("Make new ones", visitor.news)

    @whole_page
    def test_a_link_turns_the_field_into_one_for_letters_and_stays_so_after_a_wrong_code(self):
        visitor = self.pending()
        self.assertIn('inputmode="numeric"', visitor.browser.contents)
        visitor.browser.getLink("Use a recovery code").click()
        for _ in range(2):
            self.assertIn("Enter a recovery code", visitor.title)
            self.assertIn('inputmode="text"', visitor.browser.contents)
            self.assertNotIn("one-time-code", visitor.browser.contents)
            visitor.answer("12345")
            self.assertIn("A recovery code has 16 letters and digits, a prepared code 12", visitor.errors)
        visitor.browser.getLink("Use a code that is sent to you").click()
        self.assertIn('inputmode="numeric"', visitor.browser.contents)
        visitor.browser.getLink("Use a recovery code").click()
        self.assertTrue(self.use(self.codes[0], visitor).is_signed_in())

    def test_nonsense_for_letters_gets_an_answer_and_changes_nothing(self):
        visitor, before = self.pending(), self.account()
        for asked in (
            "letters=",
            "letters=%00",
            "letters:list=1",
            "letters.x:record=1",
            "letters=%FF",
            "letters=" + "x" * 5000,
        ):
            with self.subTest(asked[:20]):
                self.assertEqual(200, visitor.request(f"@@smsauth-verify?{asked}").status_int)
        token = visitor.token()
        for code in (
            "A" * 16 + "\0",
            "Ａ" * 16,
            "٠" * 15,
            "A" * 17,
            "U" * 16,
            "-" * 64,
            "<b>" + "A" * 16,
            "A" * 100_000,
        ):
            with self.subTest(code[:20]):
                fields = {"form.widgets.code": code, "letters": "1", "form.buttons.verify": "x", "token": token}
                answer = visitor.post("@@smsauth-verify", fields)
                self.assertEqual(200, answer.status_int)
                self.assertNotIn("<b>A", answer.text)
        self.assertEqual(before, self.account())

    def test_a_new_code_asked_for_there_is_asked_for_in_digits(self):
        visitor = self.pending()
        visitor.browser.getLink("Use a recovery code").click()
        self.clock.advance(31)
        visitor.click("resend")
        self.assertIn("A new code is on its way", visitor.news)
        self.assertIn('inputmode="numeric"', visitor.browser.contents)

    def test_where_nothing_is_generated_the_page_asks_for_letters_at_once(self):
        self.configure(generate_codes=False)
        visitor = self.pending()
        self.assertIn("No codes are sent at the moment", visitor.page)
        visitor.browser.getLink("Use a recovery code").click()
        self.assertIn('inputmode="text"', visitor.browser.contents)
        visitor.open("@@smsauth-verify")
        self.assertIn("This site sends no codes at the moment", visitor.page)
        self.assertIn('inputmode="text"', visitor.browser.contents)
        self.assertFalse(visitor.has("form.buttons.resend"))
        self.assertTrue(self.use(self.codes[0], visitor).is_signed_in())

    def test_asking_for_a_code_there_by_hand_is_refused_in_words(self):
        self.configure(generate_codes=False)
        visitor = self.pending()
        visitor.open("@@smsauth-verify")
        answer = visitor.post("@@smsauth-verify", {"form.buttons.resend": "x", "token": visitor.token()})
        self.assertIn("Enter one of your recovery codes", answer.text)


class TestAfterSetUp(PageTest):
    def test_the_first_phone_leads_to_recovery_codes_and_another_one_does_not(self):
        edith = self.visitor()
        edith.sign_in("edith")
        edith.set_up()
        self.assertEqual(PAGE, edith.path)
        self.assertIn("You have no recovery codes", edith.page)
        edith.click("make")
        self.assertEqual(10, len(self.account("edith").recovery))
        edith.set_up("+31687654321")
        self.assertEqual("@@smsauth-setup", edith.path)
        self.assertEqual(10, len(self.account("edith").recovery))

    def test_turning_off_drops_them(self):
        anna = self.protected()
        anna.open(PAGE)
        anna.fill(password=PASSWORD)
        anna.click("make")
        anna.open("@@smsauth-disable")
        anna.fill(password=PASSWORD)
        anna.click("disable")
        self.assertEqual((), self.account().recovery)

    def test_a_link_that_leads_out_of_the_portal_is_not_followed(self):
        anna = self.protected()
        for goal in ("https://evil.example", "//evil.example", "x/https://evil.example", "javascript:alert(1)"):
            anna.open(f"{PAGE}?came_from={goal}")
            self.assertNotIn("evil.example", anna.browser.contents.split('id="content-core"')[1].split("</article")[0])
            self.assertNotIn("alert(1)", anna.browser.contents)
