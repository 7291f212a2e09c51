"""The warning after wrong codes, and the page on which its reader says that it was not him."""

from collective.smsauth import events
from collective.smsauth import testing
from collective.smsauth.domain import signed_values
from collective.smsauth.domain.session import Means
from collective.smsauth.domain.signed_values import Usage
from collective.smsauth.flows import disown
from collective.smsauth.interfaces import ISignInDisowned
from collective.smsauth.tests.support import wired as wiring
from collective.smsauth.tests.support.visitor import OTHER_PHONE
from collective.smsauth.tests.support.visitor import PageTest
from collective.smsauth.tests.support.visitor import PASSWORD
from collective.smsauth.tests.support.visitor import PHONE
from collective.smsauth.tests.support.visitor import wrong
from collective.smsauth.verification import lockout
from dataclasses import replace
from plone import api
from urllib.parse import parse_qs
from urllib.parse import urlencode
from urllib.parse import urlsplit
from zope.component import getGlobalSiteManager
from zope.event import notify

import re
import transaction

HOUR = 60 * 60
DAY = 24 * HOUR
NEW = "a new secret 99"


class DisownTest(PageTest):
    """Anna is protected; somebody else has her password."""

    def setUp(self):
        super().setUp()
        self.owner = self.protected()

    def guess(self, times=3, visitor=None):
        """Give the password and wrong codes, and return the browser that did."""
        thief = visitor or self.pending()
        for _ in range(times):
            thief.answer(wrong(testing.last_code()))
        return thief

    def link(self):
        """Return the path of the link in the last e-mail with one."""
        bodies = [mail.get_payload(decode=True).decode() for mail in self.mails()]
        body = next(body for body in reversed(bodies) if "smsauth-not-me" in body)
        address = urlsplit(re.search(r"https?://\S+smsauth-not-me\S+", body)[0])
        return f"@@smsauth-not-me?{address.query}"

    def warning(self):
        """Return the signed part of the link."""
        return parse_qs(urlsplit(self.link()).query)["warning"][0]

    def save(self, **changes):
        accounts = self.portal.acl_users.smsauth.accounts
        accounts.save("anna", replace(self.account(), **changes))
        transaction.commit()


class TestWarning(DisownTest):
    """Who is told, and how often."""

    def subjects(self):
        return [mail["Subject"] for mail in self.mails()]

    def test_three_wrong_codes_in_a_row_warn_the_member_once(self):
        thief = self.guess(2)
        self.assertEqual([], self.mails())
        self.guess(1, thief)
        self.assertEqual(["Wrong codes at your login"], self.subjects())
        self.guess(2, thief)
        self.assertEqual(1, len(self.mails()))
        self.assertEqual("anna@example.org", self.mails()[0]["To"])

    def test_codes_of_several_sign_ins_and_of_resent_texts_are_in_one_row(self):
        for _ in range(3):
            self.guess(1)
            self.clock.advance(1800)
        self.assertEqual(1, len(self.mails()))

    def test_a_right_code_begins_a_new_row(self):
        anna = self.guess(2)
        anna.answer()
        self.clock.advance(1800)
        self.guess(2)
        self.assertEqual([], self.mails())
        self.guess(1)
        self.assertEqual(1, len(self.mails()))

    def test_a_release_by_an_administrator_begins_a_new_row(self):
        self.guess(3)
        lockout.release(self.portal.acl_users.smsauth.accounts, "anna")
        transaction.commit()
        self.clock.advance(1800)
        self.guess(3)
        self.assertEqual(2, len(self.mails()))

    def test_what_is_no_code_is_not_counted(self):
        thief = self.pending()
        for _ in range(4):
            thief.answer("12")
        self.assertEqual([], self.mails())

    def test_wrong_codes_of_a_set_up_warn_nobody(self):
        self.owner.ask_code("+31687654321", PASSWORD)
        self.guess(4, self.owner)
        self.assertEqual([], self.mails())

    def test_the_hundredth_failure_is_told_with_the_way_out(self):
        self.save(failures=99, failed_at=self.clock.time - DAY, wrong_codes_in_a_row=50)
        self.guess(1)
        self.assertEqual(["Too many wrong codes at your login"], self.subjects())
        self.assertIn("Lost your phone", self.mails()[0].get_payload(decode=True).decode())
        self.assertIn("smsauth-not-me", self.link())

    def test_the_hundredth_failure_by_a_wrong_password_is_told_too(self):
        self.save(failures=99, failed_at=self.clock.time - DAY)
        wiring.verifier().verify_password("anna", lambda: False)
        transaction.commit()
        self.assertEqual(["Too many wrong codes at your login"], self.subjects())

    def test_the_mail_says_neither_number_nor_code_nor_address_of_a_computer(self):
        self.guess()
        body = self.mails()[0].get_payload(decode=True).decode()
        for hidden in (PHONE[-4:], testing.last_code(), "127.0.0.1"):
            self.assertNotIn(hidden, body.partition("http")[0])

    def test_the_event_warns_by_itself(self):
        notify(events.SignInSuspected("anna"))
        transaction.commit()
        self.assertEqual(1, len(self.mails()))


class TestDisown(DisownTest):
    """The page."""

    def setUp(self):
        super().setUp()
        self.configure(trust_days=30)
        self.browser = self.pending()
        self.browser.browser.getControl(name="form.widgets.trust:list").value = ["selected"]
        self.browser.answer()
        self.clock.advance(1800)
        self.thief = self.guess()
        self.anna = self.visitor()

    def disown(self):
        self.anna.open(self.link())
        self.anna.click("disown")

    def test_looking_at_it_does_nothing(self):
        before = self.account()
        self.anna.open(self.link())
        self.anna.request(self.link(), method="HEAD")
        self.assertIn("The button logs you out everywhere", self.anna.page)
        self.assertEqual(before, self.account())
        self.assertTrue(self.owner.is_signed_in())

    def test_the_button_ends_sessions_trust_and_pending_sign_ins(self):
        self.disown()
        account = self.account()
        for kept in (account.sessions, account.trusted, account.challenges):
            self.assertEqual({}, dict(kept))
        self.assertEqual(PHONE, account.number)
        self.assertFalse(self.owner.is_signed_in() or self.browser.is_signed_in())
        self.thief.answer(testing.last_code())
        self.assertFalse(self.thief.is_signed_in())

    def test_it_leads_to_a_new_password_and_says_what_was_done(self):
        self.disown()
        self.assertIn("/passwordreset/", self.anna.browser.url)
        self.assertIn("All sessions were ended and all trusted browsers forgotten.", self.anna.page)
        for name in ("password", "password2"):
            self.anna.browser.getControl(name=name).value = NEW
        self.anna.browser.getControl(name="userid").value = "anna"
        self.anna.browser.getControl("Set my password").click()
        self.assertFalse(self.anna.is_signed_in(), "the second step is still owed")
        self.clock.advance(1800)
        thief = self.visitor()
        thief.sign_in("anna")
        self.assertNotEqual("@@smsauth-verify", thief.path)
        anna = self.visitor()
        anna.sign_in("anna", NEW)
        anna.answer()
        self.assertTrue(anna.is_signed_in())

    def test_a_member_who_stops_halfway_is_not_locked_out(self):
        self.disown()
        self.clock.advance(1800)
        anna = self.pending()
        anna.answer()
        self.assertTrue(anna.is_signed_in())

    def test_the_member_may_be_signed_in_while_he_does_it(self):
        self.owner.open(self.link())
        self.owner.click("disown")
        self.assertIn("/passwordreset/", self.owner.browser.url)
        self.assertFalse(self.owner.is_signed_in())

    def test_somebody_else_who_is_signed_in_cannot_press_it(self):
        bert = self.visitor()
        bert.sign_in("bert")
        bert.open(self.link())
        self.assertIn("You are logged in with another account.", bert.page)
        self.assertFalse(bert.has("form.buttons.disown"))

    def test_it_is_told_to_whom_it_may_concern(self):
        seen = []

        def note(event):
            seen.append(event)

        manager = getGlobalSiteManager()
        manager.registerHandler(note, (ISignInDisowned,))
        self.addCleanup(manager.unregisterHandler, note, (ISignInDisowned,))
        self.disown()
        self.assertEqual(["anna"], [event.user_id for event in seen])

    def test_where_the_password_is_kept_elsewhere_it_says_so(self):
        link = self.link()
        users = self.portal.acl_users.source_users
        warning = forgotten_password(users, "anna")
        transaction.commit()
        self.anna.open(warning)
        self.anna.click("disown")
        self.assertIn("change your password where it is kept", self.anna.page)
        self.assertNotEqual(link, warning)


class TestAdded(DisownTest):
    """What was added of late, by whoever it was, goes; what the member has had for longer stays."""

    def press(self):
        self.guess()
        anna = self.visitor()
        anna.open(self.link())
        anna.click("disown")
        return self.account()

    def add(self, **ages):
        """Have further contact points and recovery codes that are so many hours old."""
        now = self.clock()
        contacts = {"new": OTHER_PHONE, "old": "+4915112345678", "email": "anna@example.org"}
        found = {contacts[name]: now - hours * HOUR for name, hours in ages.items() if name in contacts}
        recovery = {"recovery": ("0f",), "recovery_made": now - ages["recovery"] * HOUR} if "recovery" in ages else {}
        self.save(contacts=found, **recovery)

    def test_numbers_addresses_and_recovery_codes_of_the_last_72_hours_go(self):
        self.add(new=71, email=1, recovery=71)
        account = self.press()
        self.assertEqual(({}, (), 0.0), (dict(account.contacts), account.recovery, account.recovery_made))
        self.assertEqual(PHONE, account.number)

    def test_older_ones_stay(self):
        self.add(old=73, email=100, recovery=73)
        self.save(bound_at=self.clock() - 73 * HOUR)
        account = self.press()
        self.assertEqual(PHONE, account.number)
        self.assertEqual({"+4915112345678", "anna@example.org"}, set(account.contacts))
        self.assertEqual(("0f",), account.recovery)

    def test_a_new_number_that_was_put_first_gives_way_to_the_older_one(self):
        self.add(old=100)
        self.save(number=OTHER_PHONE, bound_at=self.clock() - HOUR)
        account = self.press()
        self.assertEqual(("+4915112345678", {}), (account.number, dict(account.contacts)))

    def test_the_only_number_stays_however_new_it_is(self):
        self.add(new=1)
        self.assertEqual(PHONE, self.press().number)

    def test_the_page_says_so_beforehand_and_the_e_mail_afterwards(self):
        self.add(new=1, recovery=1)
        self.guess()
        anna = self.visitor()
        anna.open(self.link())
        self.assertIn("what was added in the last 72 hours", anna.page)
        anna.click("disown")
        self.assertEqual("What was added to your account was taken off", self.mails()[-1]["Subject"])

    def test_where_nothing_was_added_no_e_mail_says_so(self):
        self.press()
        self.assertEqual(["Wrong codes at your login"], [mail["Subject"] for mail in self.mails()])

    def test_a_prepared_code_goes_and_failures_stay_counted(self):
        self.add(old=100)
        self.guess()
        wiring.reserve().prepare("anna", lifetime=3600, made_by="admin", reason="")
        transaction.commit()
        anna = self.visitor()
        anna.open(self.link())
        anna.click("disown")
        account = self.account()
        self.assertEqual(("+4915112345678", 3), (account.number, account.failures))
        self.assertFalse(account.prepared and account.prepared.is_open(now=self.clock(), max_tries=5))


class TestOtherMails(DisownTest):
    """E-mails about changes carry the link as well."""

    def test_a_changed_number_can_be_disowned(self):
        self.owner.ask_code(OTHER_PHONE, PASSWORD)
        self.owner.answer()
        self.assertEqual("Your phone number for logging in was changed", self.mails()[-1]["Subject"])
        anna = self.visitor()
        anna.open(self.link())
        self.assertIn("You were told of a login or of a change", anna.page)
        anna.click("disown")
        self.assertIn("/passwordreset/", anna.browser.url)
        self.assertFalse(self.owner.is_signed_in())

    def test_so_can_what_was_added_or_used(self):
        self.forget_mails()
        wiring.reserve().make_recovery_codes("anna")
        for change in (events.ContactChange.VERIFIED, events.ContactChange.PRIMARY):
            notify(events.ContactsChanged("anna", change=change))
        for means in (Means.PREPARED_CODE, Means.RECOVERY_CODE):
            notify(events.ReserveCodeUsed("anna", means=means))
        transaction.commit()
        self.assertEqual(5, len(self.mails()))
        for mail in self.mails():
            self.assertIn("smsauth-not-me", mail.get_payload(decode=True).decode())


def forgotten_password(users, user_id):
    """Have the site forget the password, as if it was kept elsewhere, and return the path of a warning made then."""
    del users._user_passwords[user_id]
    return f"@@smsauth-not-me?{urlsplit(disown.url(user_id)).query}"


class TestLinks(DisownTest):
    """Links that do not work."""

    def setUp(self):
        super().setUp()
        self.guess()
        self.anna = self.visitor()

    def assert_dead(self, path):
        before = self.account()
        self.anna.open(path)
        self.assertIn("This link does not work", self.anna.page)
        self.assertFalse(self.anna.has("form.buttons.disown"))
        self.anna.post(path, {"form.buttons.disown": "1", "token": "x"})
        self.assertEqual(before, self.account())

    def test_after_a_change_of_the_password(self):
        link = self.link()
        self.portal.acl_users.userSetPassword("anna", NEW)
        transaction.commit()
        self.assert_dead(link)

    def test_after_a_change_of_the_address(self):
        link = self.link()
        api.user.get("anna").setMemberProperties({"email": "other@example.org"})
        transaction.commit()
        self.assert_dead(link)

    def test_after_a_day(self):
        link = self.link()
        self.clock.advance(DAY - 1)
        self.anna.open(link)
        self.assertTrue(self.anna.has("form.buttons.disown"))
        self.clock.advance(1)
        self.assert_dead(link)

    def test_of_a_member_who_is_gone(self):
        link = self.link()
        api.user.delete("anna")
        transaction.commit()
        self.anna.open(link)
        self.assertIn("This link does not work", self.anna.page)

    def test_edited_or_made_for_something_else(self):
        warning, keys = self.warning(), wiring.keys("signing")
        value = signed_values.unsign(keys, Usage.DISOWN, warning)
        for kind, odd in {
            "empty": "",
            "missing": None,
            "cut": warning[:-1],
            "edited": "A" + warning[1:],
            "huge": "x" * 100_000,
            "bytes": b"\xff\xfe",
            "markup": '"><script>alert(1)</script>',
            "another member": signed_values.sign(keys, Usage.DISOWN, {**value, "u": "bert"}),
            "another usage": signed_values.sign(keys, Usage.RESET, value),
            "another site": signed_values.sign([b"other"], Usage.DISOWN, value),
            "no mapping": signed_values.sign(keys, Usage.DISOWN, ["anna"]),
        }.items():
            with self.subTest(kind):
                self.assert_dead("@@smsauth-not-me?" + urlencode({} if odd is None else {"warning": odd}))

    def test_the_form_of_one_link_does_not_work_for_another(self):
        self.anna.open(self.link())
        token = self.anna.token()
        other = warning_for("bert")
        before = self.account("bert")
        bert = self.visitor()
        bert.post("@@smsauth-not-me", {"warning": other, "token": token, "form.buttons.disown": "1"})
        self.assertEqual(before, self.account("bert"))
        self.assertTrue(self.owner.is_signed_in())

    def test_only_this_form_acts(self):
        warning = self.warning()
        for fields in ({}, {"token": "x"}):
            self.anna.post("@@smsauth-not-me", {"warning": warning, "form.buttons.disown": "1", **fields})
        self.anna.open(self.link())
        query = urlencode({"warning": warning, "form.buttons.disown": "1", "token": self.anna.token()})
        self.anna.request(f"@@smsauth-not-me?{query}")
        self.assertTrue(self.owner.is_signed_in())


def warning_for(user_id):
    """Return the signed part of a warning for a member."""
    return parse_qs(urlsplit(disown.url(user_id)).query)["warning"][0]
