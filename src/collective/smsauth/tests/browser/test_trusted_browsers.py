"""The offer not to be asked again, the cookie that comes of it, and the page where trust ends."""

from collective.smsauth import testing
from collective.smsauth.tests.support.visitor import OTHER_PHONE
from collective.smsauth.tests.support.visitor import PageTest
from collective.smsauth.tests.support.visitor import wrong
from DateTime import DateTime
from plone import api

import transaction

DAY = 24 * 60 * 60
COOKIE = "smsauth_trusted"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"
SAFARI = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 "
    "Mobile/15E148 Safari/604.1"
)


class TrustedTest(PageTest):
    """Anna is protected; the site offers trust for thirty days."""

    def setUp(self):
        super().setUp()
        self.owner = self.protected()
        self.configure(trust_days=30, texts_per_user=100, texts_per_number=1000)

    def visitor(self, *, agent=FIREFOX, **options):
        visitor = super().visitor(**options)
        visitor.browser.addHeader("User-Agent", agent)
        return visitor

    def tick(self, visitor):
        """Tick the offer."""
        visitor.browser.getControl(name="form.widgets.trust:list").value = ["selected"]

    def trusting(self, **options):
        """Return a browser that anna trusts, signed out."""
        self.clock.advance(1800)
        visitor = self.visitor(**options)
        visitor.sign_in("anna")
        self.tick(visitor)
        visitor.answer()
        visitor.open("logout")
        return visitor

    def offers(self, visitor):
        return visitor.has("form.widgets.trust:list")

    def is_spared(self, visitor):
        """Tell whether the password alone signs anna in in that browser."""
        self.clock.advance(1800)
        visitor.open("logout")
        visitor.sign_in("anna")
        return visitor.is_signed_in()


class TestOffer(TrustedTest):
    """Who is offered it."""

    def test_it_is_not_ticked_and_says_for_how_many_days(self):
        visitor = self.pending()
        self.assertIn("Don’t ask for a code on this browser for 30 days", visitor.page)
        self.assertEqual([], visitor.browser.getControl(name="form.widgets.trust:list").value)

    def test_without_it_the_next_sign_in_asks_again(self):
        visitor = self.pending()
        visitor.answer()
        self.assertEqual("", visitor.cookie(COOKIE))
        self.assertFalse(self.is_spared(visitor))

    def test_with_it_the_password_is_enough_and_leads_on(self):
        visitor, texts = self.trusting(), len(testing.texts())
        visitor.sign_in("anna", came_from=f"{visitor.root}/@@personal-information")
        self.assertTrue(visitor.is_signed_in())
        self.assertEqual("@@personal-information", visitor.path)
        self.assertEqual(texts, len(testing.texts()), "no code was sent")

    def test_it_never_replaces_the_password(self):
        visitor = self.trusting()
        visitor.sign_in("anna", "not the password")
        self.assertFalse(visitor.is_signed_in())
        visitor.open("@@smsauth-verify")
        self.assertFalse(visitor.is_signed_in())

    def test_the_other_sign_in_forms_know_it_too(self):
        for form in ("login_form", "failsafe_login", "failsafe_login_form"):
            visitor = self.trusting()
            with self.subTest(form):
                visitor.sign_in("anna", form=form)
                self.assertTrue(visitor.is_signed_in())

    def test_sessions_opened_by_it_say_so_in_their_record(self):
        visitor = self.trusting()
        visitor.sign_in("anna")
        self.assertIn("trusted-browser", [session.means for session in self.account().sessions.values()])

    def test_it_is_not_offered_where_the_site_trusts_none(self):
        self.configure(trust_days=0)
        self.assertFalse(self.offers(self.pending()))

    def test_it_is_not_offered_to_groups_and_roles_that_are_asked_on_every_browser(self):
        api.group.create("accounting")
        api.group.add_user(groupname="accounting", username="anna")
        transaction.commit()
        for setting, value in (("untrusted_groups", ("accounting",)), ("untrusted_roles", ("Editor",))):
            with self.subTest(setting):
                self.clock.advance(1800)
                self.assertTrue(self.offers(self.pending()))
                if setting == "untrusted_roles":
                    api.user.grant_roles(username="anna", roles=["Editor"])
                self.configure(**{setting: value})
                self.assertFalse(self.offers(self.pending()))
                self.configure(**{setting: ()})

    def test_a_tick_that_was_not_offered_does_nothing(self):
        visitor = self.pending()
        self.tick(visitor)
        self.configure(untrusted_roles=("Member",))
        visitor.answer()
        self.assertTrue(visitor.is_signed_in())
        self.assertEqual("", visitor.cookie(COOKIE))
        self.assertEqual({}, dict(self.account().trusted))

    def test_a_wrong_code_trusts_nothing_and_keeps_the_tick(self):
        visitor = self.pending()
        self.tick(visitor)
        visitor.answer(wrong(testing.last_code()))
        self.assertEqual("", visitor.cookie(COOKIE))
        self.assertEqual({}, dict(self.account().trusted))
        self.assertEqual(["selected"], visitor.browser.getControl(name="form.widgets.trust:list").value)

    def test_the_cookie_is_kept_from_scripts_and_other_sites_and_ends_with_the_trust(self):
        visitor = self.pending()
        fields = {
            "token": visitor.token(),
            "form.widgets.code": testing.last_code(),
            "form.widgets.trust:list": "selected",
            "form.buttons.verify": "1",
        }
        answer = visitor.post("@@smsauth-verify", fields)
        (cookie,) = [value for value in answer.headers.getall("Set-Cookie") if value.startswith(COOKIE)]
        for attribute in ("HttpOnly", "SameSite=Lax", f"Max-Age={30 * DAY}", "Path=/"):
            self.assertIn(attribute, cookie)
        self.assertNotIn("Secure", cookie)

    def test_odd_values_of_the_tick_are_no_error(self):
        for values in (["selected"] * 3, ["unselected"], ["true", "<b>"], [""], ["x" * 10_000]):
            with self.subTest(values[0][:10]):
                self.clock.advance(1800)
                visitor = self.pending()
                fields = [("token", visitor.token()), ("form.widgets.code", "000"), ("form.buttons.verify", "1")]
                fields += [("form.widgets.trust:list", value) for value in values]
                self.assertEqual(200, visitor.post("@@smsauth-verify", fields).status_int)


class TestBrowsers(TrustedTest):
    """``@@smsauth-browsers``."""

    def signed_in(self, agent=FIREFOX):
        visitor = self.trusting(agent=agent)
        visitor.sign_in("anna")
        visitor.open("@@smsauth-browsers")
        return visitor

    def forget(self, visitor, place=0):
        visitor.browser.getControl(name="form.buttons.forget", index=place).click()

    def test_each_browser_is_shown_in_plain_words_the_last_used_first_and_this_one_marked(self):
        self.trusting(agent=SAFARI)
        page = self.signed_in().page
        self.assertRegex(page, "Firefox on Linux this browser.*Mobile Safari on iOS")
        self.assertEqual(1, page.count("this browser"))

    def test_first_and_last_use_are_shown_in_the_format_of_the_site(self):
        visitor = self.trusting()
        began = self.clock.time
        self.clock.advance(2 * DAY)
        visitor.sign_in("anna")
        visitor.open("@@smsauth-browsers")
        for moment in (began, began + 2 * DAY, began + 30 * DAY):
            shown = api.portal.get_localized_time(datetime=DateTime(moment), long_format=True)
            self.assertIn(shown, visitor.page)

    def test_it_is_linked_from_the_set_up(self):
        self.owner.open("@@smsauth-setup")
        self.owner.browser.getLink("Trusted browsers").click()
        self.assertEqual("@@smsauth-browsers", self.owner.path)

    def test_what_a_browser_calls_itself_is_only_text(self):
        visitor = self.signed_in(agent="<script>alert(1)</script>")
        self.assertNotIn("<script>alert", visitor.browser.contents)
        self.assertIn("&lt;script&gt;alert(1)&lt;", visitor.browser.contents)

    def test_browsers_that_say_nothing_or_nonsense_are_shown_too(self):
        for agent, words in (("", "Unknown browser"), ("curl/8", "curl"), ("\u00e9" * 500, ""), ("(" * 500, "")):
            with self.subTest(agent[:5]):
                self.assertIn(words, self.signed_in(agent=agent).page)

    def test_forgetting_one_leaves_the_others(self):
        other = self.trusting(agent=SAFARI)
        visitor = self.signed_in()
        self.forget(visitor, 1)
        self.assertIn("The browser was forgotten.", visitor.page)
        self.assertNotIn("iOS", visitor.page)
        self.assertFalse(self.is_spared(other))
        self.assertTrue(self.is_spared(visitor))

    def test_forgetting_one_ends_the_sessions_opened_there(self):
        other = self.signed_in(agent=SAFARI)
        self.assertTrue(other.is_signed_in())
        self.forget(self.signed_in(), 1)
        self.assertFalse(other.is_signed_in())

    def test_forgetting_this_one_ends_a_session_without_a_code(self):
        visitor = self.signed_in()
        self.forget(visitor)
        self.assertFalse(visitor.is_signed_in())
        self.assertEqual("", visitor.cookie(COOKIE))

    def test_forgetting_this_one_leaves_a_session_with_a_code(self):
        visitor = self.pending()
        self.tick(visitor)
        visitor.answer()
        visitor.open("@@smsauth-browsers")
        self.forget(visitor)
        self.assertTrue(visitor.is_signed_in())
        self.assertFalse(self.is_spared(visitor))

    def test_forgetting_all(self):
        other, visitor = self.trusting(agent=SAFARI), self.signed_in()
        visitor.click("forget_all")
        self.assertEqual({}, dict(self.account().trusted))
        self.assertFalse(self.is_spared(other))

    def test_a_name_of_another_member_or_of_none_forgets_nothing(self):
        visitor = self.signed_in()
        for name in ("", "x", "0" * 64, "\u00e9", "a" * 100_000):
            with self.subTest(name[:5]):
                fields = {"token": visitor.token(), "form.buttons.forget": name}
                self.assertEqual(302, visitor.post("@@smsauth-browsers", fields).status_int)
        self.assertEqual(1, len(self.account().trusted))

    def test_only_this_form_forgets(self):
        visitor = self.signed_in()
        (name,) = self.account().trusted
        token = visitor.token()
        for fields in (
            {"form.buttons.forget": name},
            {"form.buttons.forget": name, "token": "made up"},
            {"form.buttons.forget_all": "1"},
        ):
            self.assertEqual(200, visitor.post("@@smsauth-browsers", fields).status_int)
        visitor.request(f"@@smsauth-browsers?token={token}&form.buttons.forget_all=1")
        self.assertEqual([name], list(self.account().trusted))

    def test_who_is_not_signed_in_is_asked_to(self):
        visitor = self.visitor()
        visitor.open("@@smsauth-browsers")
        self.assertIn("Please log in first.", visitor.page)
        self.assertNotIn("form.buttons", visitor.browser.contents)

    def test_who_trusts_none_is_told_so(self):
        self.owner.open("@@smsauth-browsers")
        self.assertIn("You have no trusted browsers", self.owner.page)


class TestEnds(TrustedTest):
    """What a member or an administrator does elsewhere."""

    def test_a_new_password_ends_it_by_any_way(self):
        def by_member(visitor):
            self.owner.open("@@change-password")
            new = "another secret 77"
            self.owner.fill(current_password=testing.PASSWORD, new_password=new, new_password_ctl=new)
            self.owner.browser.getControl("Change Password").click()

        def by_administrator(visitor):
            self.portal.acl_users.userSetPassword("anna", "yet another 88")
            transaction.commit()

        def without_an_event(visitor):
            self.portal.acl_users.source_users.updateUserPassword("anna", "again another 99")
            transaction.commit()

        for change in (by_member, by_administrator, without_an_event):
            with self.subTest(change.__name__):
                visitor = self.trusting() if change is by_member else None
                if visitor is None:
                    self.portal.acl_users.userSetPassword("anna", testing.PASSWORD)
                    transaction.commit()
                    visitor = self.trusting()
                change(visitor)
                self.portal.acl_users.source_users.updateUserPassword("anna", "the final one 11")
                transaction.commit()
                visitor.sign_in("anna", "the final one 11")
                self.assertFalse(visitor.is_signed_in())
                self.assertEqual("@@smsauth-verify", visitor.path)

    def test_another_number_ends_it(self):
        visitor = self.trusting()
        self.owner.open("@@smsauth-setup")
        self.clock.advance(1800)
        self.owner.ask_code(OTHER_PHONE, testing.PASSWORD)
        self.owner.answer()
        self.assertFalse(self.is_spared(visitor))

    def test_the_settings_end_it(self):
        visitor = self.trusting()
        self.configure(untrusted_roles=("Member",))
        self.assertFalse(self.is_spared(visitor))
        self.configure(untrusted_roles=(), trust_days=0)
        self.assertFalse(self.is_spared(visitor))

    def test_where_two_members_share_a_browser_each_is_trusted(self):
        visitor = self.trusting()
        self.protected("bert", OTHER_PHONE)
        self.clock.advance(1800)
        visitor.sign_in("bert")
        self.tick(visitor)
        visitor.answer()
        visitor.open("logout")
        self.assertTrue(self.is_spared(visitor))
