"""The help desk: an administrator prepares a code for a member, tells it, and takes it back."""

from collective.smsauth.domain.account import Account
from collective.smsauth.permissions import PREPARE_CODES
from collective.smsauth.testing import last_code
from collective.smsauth.testing import PASSWORD
from collective.smsauth.testing import texts
from collective.smsauth.tests.support import wired as wiring
from collective.smsauth.tests.support.administrator import add_site_administrator
from collective.smsauth.tests.support.administrator import Administrator
from collective.smsauth.tests.support.administrator import grant
from collective.smsauth.tests.support.bare_pages import whole_page
from collective.smsauth.tests.support.visitor import PageTest
from plone import api
from plone.app.testing import SITE_OWNER_NAME

import re
import transaction

PAGE = "@@smsauth-members"
CODE = re.compile(r"\b[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}\b")


class HelpDeskTest(PageTest):
    """Anna is protected; frank is Site Administrator."""

    def setUp(self):
        super().setUp()
        add_site_administrator()
        self.frank = Administrator(self.layer, "frank", PASSWORD)
        self.protected()

    def search(self, term="anna", administrator=None):
        return (administrator or self.frank).open(f"{PAGE}?search={term}")

    def form(self, term="anna", administrator=None):
        """Return what the form for a code posts."""
        page = self.search(term, administrator)
        found = re.search(r'name="prepare_token"\s+type="hidden"\s+value="([^"]+)"', page)
        return {
            "user_id": term,
            "search": term,
            "prepare_token": found[1] if found else "",
            "form.buttons.prepare": "1",
            "reason": "phone broken",
        }

    def send(self, administrator=None, **changes):
        """Send that form with changes, and return the page."""
        fields = {name: value for name, value in {**self.form(), **changes}.items() if value is not None}
        return (administrator or self.frank).post(PAGE, fields)

    def prepare(self):
        """Prepare a code as an administrator does, and return it."""
        self.search()
        self.frank.browser.getControl(name="reason").value = "phone broken, known by voice"
        return CODE.search(self.frank.press("prepare"))[0]

    @property
    def code(self):
        return self.account().prepared


class TestPreparing(HelpDeskTest):
    def test_the_code_is_shown_once_and_only_its_digest_is_kept(self):
        code = self.prepare()
        self.assertIn("anna can log in with it once, until", self.frank.browser.contents)
        self.assertIn("no-store", self.frank.browser.headers["Cache-Control"])
        self.assertFalse(CODE.search(self.search()))
        self.assertNotIn(code.replace("-", ""), str(vars(self.code)))

    def test_who_made_it_and_why_is_kept_logged_and_shown(self):
        with self.assertLogs("collective.smsauth", "INFO") as log:
            code = self.prepare()
        self.assertEqual(("frank", "phone broken, known by voice"), (self.code.made_by, self.code.reason))
        (line,) = [line for line in log.output if "prepared" in line]
        self.assertIn("anna: code prepared by frank for: phone broken, known by voice", line)
        self.assertNotIn(code, "".join(log.output))
        page = self.search()
        self.assertIn("made by frank", re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", page)))
        self.assertIn("phone broken, known by voice", page)

    def test_it_lives_as_long_as_the_setting_says(self):
        self.configure(prepared_lifetime=600)
        self.prepare()
        self.assertEqual(600, self.code.expires - self.code.issued)

    def test_the_member_is_told_by_e_mail_without_the_code(self):
        code = self.prepare()
        (mail,) = self.mails()
        self.assertEqual("A login code was prepared for you", mail["Subject"])
        self.assertIn("anna@example.org", mail["To"])
        self.assertNotIn(code, str(mail))

    def test_a_form_that_is_sent_twice_shows_the_same_code_and_makes_no_other(self):
        fields = self.form()
        first = self.frank.post(PAGE, fields).text
        kept, mails = self.code, len(self.mails())
        self.clock.advance(119)
        again = self.frank.post(PAGE, fields).text
        self.assertEqual(CODE.search(first)[0], CODE.search(again)[0])
        self.assertEqual(re.findall("once, until [^.<]*", first), re.findall("once, until [^.<]*", again))
        self.assertEqual((kept.id, mails), (self.code.id, len(self.mails())))

    def test_a_code_that_was_tried_used_or_withdrawn_or_is_older_is_not_shown_again_and_no_other_is_made(self):
        for change in ("later", "tried", "used", "withdrawn"):
            with self.subTest(change):
                fields = self.form()
                code = CODE.search(self.frank.post(PAGE, fields).text)[0]
                kept = self.code
                if change == "later":
                    self.clock.advance(120)
                elif change == "withdrawn":
                    self.frank.post(PAGE, {**fields, "form.buttons.prepare": "", "form.buttons.withdraw": "1"})
                else:
                    anna = self.pending()
                    anna.answer(code if change == "used" else "AAAA-BBBB-CCCC")
                    self.assertEqual(change == "used", anna.is_signed_in(), anna.page)
                answer = self.frank.post(PAGE, fields)
                self.assertFalse(CODE.search(answer.text))
                self.assertIn("No code was prepared", answer.text)
                self.assertEqual(kept.id, self.code.id)

    def test_a_page_that_was_open_until_the_code_ended_makes_no_other(self):
        fields = self.form()
        self.frank.post(PAGE, fields)
        self.clock.advance(3600)
        self.assertFalse(CODE.search(self.frank.post(PAGE, fields).text))

    def test_a_new_one_replaces_the_old(self):
        old, new = self.prepare(), self.prepare()
        visitor = self.pending()
        visitor.answer(old)
        self.assertIn("This code is not right", visitor.errors)
        visitor.answer(new)
        self.assertTrue(visitor.is_signed_in())

    def test_a_reason_is_required_and_what_was_typed_is_kept(self):
        for reason in ("", " ", "\t\n", "\u200b", "x" * 201, "x" * 100_000, None):
            with self.subTest(repr(reason)[:20]):
                answer = self.send(reason=reason)
                self.assertEqual(200, answer.status_int)
                self.assertIn("Enter a reason of at most 200 characters", answer.text)
                self.assertIsNone(self.code)
        self.assertIn("x" * 201, self.send(reason="x" * 201).text)

    def test_a_reason_is_one_line_and_no_markup(self):
        answer = self.send(reason="<script>alert(1)</script>\r\n2026 INFO forged")
        self.assertTrue(CODE.search(answer.text))
        self.assertNotIn("<script>alert", answer.text)
        self.assertEqual("<script>alert(1)</script> 2026 INFO forged", self.code.reason)

    def test_unusable_input_gets_an_answer_and_changes_nothing(self):
        for changes in (
            {"user_id": None},
            {"user_id": "nobody"},
            {"user_id": SITE_OWNER_NAME},
            {"user_id": "anna\0"},
            {"user_id": "x" * 100_000},
            {"user_id": None, "user_id:list": "anna"},
            {"reason": None, "reason:list": "phone"},
            {"reason": None, "reason.x:record": "phone"},
            {"reason": None, "reason:bytes": "phone"},
            {"prepare_token": None},
            {"prepare_token": "x"},
            {"prepare_token": "x" * 100_000},
            {"prepare_token": "\udcff"},
        ):
            with self.subTest(repr(changes)[:50]):
                self.assertEqual(200, self.send(**changes).status_int)
                self.assertIsNone(self.code)


class TestWho(HelpDeskTest):
    def test_the_permission_is_needed(self):
        self.portal.manage_permission(PREPARE_CODES, ["Manager"], acquire=False)
        transaction.commit()
        self.assertNotIn("form.buttons.prepare", self.search())
        owner = Administrator(self.layer)
        self.assertIn(
            "You are not allowed to prepare codes",
            self.send(prepare_token=self.form("anna", owner)["prepare_token"]).text,
        )
        self.assertIsNone(self.code)
        self.assertTrue(CODE.search(owner.post(PAGE, self.form("anna", owner)).text))

    def test_it_is_not_enough(self):
        self.portal.manage_permission(PREPARE_CODES, ["Member"], acquire=False)
        transaction.commit()
        bert = Administrator(self.layer, "bert", PASSWORD)
        answer = bert.post(PAGE, {**self.form(), "_authenticator": self.frank.token}, token=False)
        self.assertFalse(CODE.search(answer.text))
        self.assertIsNone(self.code)

    def test_nobody_prepares_one_for_himself(self):
        wiring.plugin().accounts.save("frank", Account().bind("+31687654321", now=1.0))
        transaction.commit()
        owner = Administrator(self.layer)
        fields = self.form("frank", owner)
        wiring.plugin().accounts.save("frank", Account())
        transaction.commit()
        self.assertIn("Your own two-step verification", self.frank.post(PAGE, fields).text)

    def test_a_site_administrator_prepares_none_for_a_manager(self):
        fields = self.form()
        grant("anna", "Manager")
        self.assertNotIn("form.buttons.prepare", self.search())
        self.assertIn("Only Managers may do this", self.frank.post(PAGE, fields).text)
        self.assertIsNone(self.code)
        self.assertTrue(
            CODE.search(Administrator(self.layer).post(PAGE, self.form("anna", Administrator(self.layer))).text)
        )

    def test_a_member_without_a_phone_gets_none_required_or_not(self):
        for enforcement in ("optional", "required"):
            with self.subTest(enforcement):
                # he is a user of the root: no site can require anything of him
                self.configure(enforcement=enforcement)
                owner = Administrator(self.layer)
                self.assertNotIn("form.buttons.prepare", self.search("bert", owner))
                fields = {**self.form("anna", owner), "user_id": "bert"}
                self.assertIn("This member has no phone set up", owner.post(PAGE, fields).text)
                self.assertIsNone(self.account("bert").prepared)

    def test_the_page_of_one_member_makes_none_for_another_nor_for_another_administrator(self):
        self.protected("edith", "+31687654321")
        add_site_administrator("gina")
        gina = Administrator(self.layer, "gina", PASSWORD)
        self.assertIn("No code was prepared", self.send(user_id="edith").text)
        self.assertIn("No code was prepared", self.send(gina).text)
        self.assertEqual((None, None), (self.code, self.account("edith").prepared))

    def test_other_sites_cannot_make_a_browser_prepare_one(self):
        fields = self.form()
        self.frank.post(PAGE, fields, token=False)
        self.frank.post(PAGE, {**fields, "_authenticator": "0" * 40}, token=False)
        self.frank.get(f"{PAGE}?user_id=anna&reason=x&form.buttons.prepare=1&prepare_token={fields['prepare_token']}")
        self.assertIsNone(self.code)

    def test_without_the_plugin_there_is_an_answer(self):
        fields = self.form()
        api.portal.get_tool("acl_users")._delObject("smsauth")
        transaction.commit()
        self.assertIn("The plugin is missing", self.frank.post(PAGE, fields).text)


class TestUsing(HelpDeskTest):
    @whole_page
    def test_the_member_is_asked_for_it_and_nothing_is_sent(self):
        code, before = self.prepare(), len(texts())
        visitor = self.pending()
        self.assertIn("Enter the code that was prepared for you", visitor.title)
        self.assertIn("Nothing was sent to your phone", visitor.page)
        self.assertIn('inputmode="text"', visitor.browser.contents)
        self.assertEqual(before, len(texts()))
        visitor.answer(code.lower())
        self.assertTrue(visitor.is_signed_in())
        self.assertEqual("Your prepared code was used", self.mails()[-1]["Subject"])
        self.assertNotIn("Prepared code", self.search())

    def test_a_code_to_the_phone_can_be_asked_for_all_the_same(self):
        self.prepare()
        visitor = self.pending()
        visitor.click("resend")
        self.assertIn("A new code is on its way", visitor.news)
        self.assertIn('inputmode="numeric"', visitor.browser.contents)
        visitor.answer(last_code())
        self.assertTrue(visitor.is_signed_in())

    @whole_page
    def test_a_withdrawn_one_is_told_as_gone_and_the_next_sign_in_is_by_text(self):
        code = self.prepare()
        visitor = self.pending()
        self.search()
        self.assertIn("There is no prepared code for anna any more", self.frank.press("withdraw"))
        self.assertNotIn("form.buttons.withdraw", self.frank.browser.contents)
        visitor.answer(code)
        self.assertIn("There is no prepared code for you", visitor.errors)
        self.clock.advance(60)
        self.assertIn("Enter the code from your phone", self.pending().title)

    def test_wrong_ones_use_it_up(self):
        code = self.prepare()
        visitor = self.pending()
        for left in (4, 3, 2, 1):
            visitor.answer("0000-0000-0000")
            self.assertIn(f"Tries left for this code: {left}", visitor.errors)
        visitor.answer("0000-0000-0000")
        self.assertIn("tried too often. Ask the administrators", visitor.errors)
        visitor.answer(code)
        self.assertIn("tried too often", visitor.errors)
        self.assertFalse(visitor.is_signed_in())

    @whole_page
    def test_where_nothing_is_generated_it_is_asked_for_until_it_was_used(self):
        self.configure(generate_codes=False)
        code = self.prepare()
        visitor = self.pending()
        self.assertIn("Enter the code that was prepared for you", visitor.title)
        self.assertFalse(visitor.has("form.buttons.resend"))
        visitor.answer(code)
        self.assertTrue(visitor.is_signed_in())
        self.assertIn("No codes are sent at the moment", self.pending().title)

    def test_the_members_page_counts_recovery_codes_and_shows_none(self):
        wiring.reserve().make_recovery_codes("anna")
        transaction.commit()
        page = self.search()
        self.assertIn("Recovery codes left: 10", re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", page)))
        self.assertFalse([digest for digest in self.account().recovery if digest in page])
