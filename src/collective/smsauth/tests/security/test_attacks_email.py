"""Attacks on the e-mail address in the profile: it is a key to the phone, and is guarded like it."""

from base64 import urlsafe_b64decode
from collective.smsauth.domain.session import Means
from collective.smsauth.domain.session import new_session
from collective.smsauth.pas import passwords
from collective.smsauth.testing import PASSWORD
from collective.smsauth.tests.security.test_doors_skip import OFFICE
from collective.smsauth.tests.security.test_doors_skip import SkipTest
from collective.smsauth.tests.support.doors import commit
from collective.smsauth.tests.support.doors import fields_of
from collective.smsauth.tests.support.doors import NUMBER
from collective.smsauth.tests.support.doors import sent
from collective.smsauth.tests.support.post_office import PostOffice
from collective.smsauth.verification import lifecycle
from dataclasses import replace
from plone import api
from plone.app.testing import login
from plone.app.testing import logout
from Products.CMFPlone.PasswordResetTool import ExpiredRequestError
from urllib.parse import unquote

import re
import transaction

JSON = "application/json"
OWN, FOREIGN, THIRD = "anna@example.org", "thief@example.com", "thief@example.net"
HOUR = 60 * 60
PHONE_OF_THIEF = "+31687654321"


class EmailTest(SkipTest):
    """Nobody is asked in the office: there, anna's password opens a session without a code."""

    def setUp(self):
        super().setUp()
        self.configure(exempt_networks=("192.0.2.0/24",))
        self.office = PostOffice()
        self.addCleanup(self.office.close)
        self.office.serve()
        commit()

    def skipped(self):
        return self.sign_in(OFFICE)

    def trusted(self):
        """Return a client with a session that trust has opened."""
        account = self.gate.accounts.get("anna")
        fingerprint = passwords.fingerprint(self.users, "anna")
        means = Means.TRUSTED_BROWSER
        secret, session = new_session(now=self.clock(), lifetime=HOUR, fingerprint=fingerprint, means=means)
        self.gate.accounts.save("anna", account.with_session(secret, session))
        commit()
        return self.client(self.ticket("anna", secret))

    def email(self, user_id="anna"):
        commit()
        return api.user.get(user_id).getProperty("email")

    def patch(self, client, user_id="anna", **values):
        return client.send("PATCH", self.path(f"@users/{user_id}"), json=values, Accept=JSON)

    def profile(self, client, page="@@personal-information", **values):
        """Send Plone's form as the page shows it, with other values, and return the answer."""
        shown = client.get(self.path(page)).text
        token = re.search(r'name="_authenticator" value="([^"]+)"', shown)
        form = {"form.widgets.fullname": "", "form.widgets.email": OWN, "form.buttons.save": "Save"}
        form.update({f"form.widgets.{name}": value for name, value in values.items()})
        return client.post(self.path(page), form={**form, "_authenticator": token[1] if token else ""})

    def set_email(self, email, user_id="anna"):
        api.user.get(user_id).setMemberProperties({"email": email})
        commit()

    def recipients(self):
        return [mail["To"] for mail in self.office.mails()]

    def link(self):
        """Return the path of the page in the last e-mail."""
        return re.search(r"http://nohost[^/]*(/\S+)", self.office.mails()[-1].get_content())[1]

    def ask_for_reset(self, number=PHONE_OF_THIEF):
        """Ask for a reset of anna's number, and return how many e-mails and texts that sent."""
        before = len(self.office.mails()), sent()
        page, client = self.path("@@smsauth-reset-request"), self.client()
        form = fields_of(client.get(page), form__widgets__username="anna", form__widgets__mobile_number=number)
        client.post(page, form={**form, "form.buttons.submit": "1"})
        after = len(self.office.mails()), sent()
        commit()
        return after[0] - before[0], after[1] - before[1]


class PasswordTest(EmailTest):
    """A session that a rule or trust has opened sets no password of its own: whoever stole it would keep the account."""

    NEW = "quite another 123"

    def setUp(self):
        super().setUp()
        api.portal.set_registry_record("plone.enable_user_pwd_choice", True)
        commit()

    def test_a_new_password_takes_the_present_one_or_a_code(self):
        real = self.proven("anna")
        before = passwords.fingerprint(self.users, "anna")
        for thief in (self.skipped(), self.trusted()):
            self.assertEqual(403, self.patch(thief, password=self.NEW).status_int)
            answer = thief.post(self.path("portal_membership/setPassword"), form={"password": self.NEW})
            self.assertIn(answer.status_int, (401, 403))
            commit()
            self.assertEqual(before, passwords.fingerprint(self.users, "anna"))
            self.assertTrue(self.is_signed_in(real, "anna"))
        self.assertEqual(204, self.patch(real, password=self.NEW).status_int)
        commit()
        self.assertNotEqual(before, passwords.fingerprint(self.users, "anna"))

    def test_with_the_present_password_it_is_changed_as_ever(self):
        for make in (self.skipped, self.trusted):
            client, before = make(), passwords.fingerprint(self.users, "anna")
            body = {"old_password": "wrong", "new_password": self.NEW}
            self.assertEqual(403, self.change(client, body).status_int)
            commit()
            self.assertEqual(before, passwords.fingerprint(self.users, "anna"))
            self.assertEqual(200, self.change(client, {**body, "old_password": PASSWORD}).status_int)
            commit()
            self.assertNotEqual(before, passwords.fingerprint(self.users, "anna"))
            api.user.get("anna").setSecurityProfile(password=PASSWORD)
            commit()

    def change(self, client, body):
        return client.send("POST", self.path("@users/anna/reset-password"), json=body, Accept=JSON)

    def test_a_mailed_link_does_as_well(self):
        for by_rest in (True, False):
            client, before = self.skipped(), passwords.fingerprint(self.users, "anna")
            secret = api.portal.get_tool("portal_password_reset").requestReset("anna")["randomstring"]
            commit()
            if by_rest:
                self.change(client, {"reset_token": secret, "new_password": self.NEW})
            else:
                form = {"userid": "anna", "password": self.NEW, "password2": self.NEW}
                client.post(self.path(f"passwordreset/{secret}"), form=form)
            commit()
            self.assertNotEqual(before, passwords.fingerprint(self.users, "anna"))
            api.user.get("anna").setSecurityProfile(password=PASSWORD)
            commit()

    def test_a_link_that_is_none_helps_nobody(self):
        client, before = self.skipped(), passwords.fingerprint(self.users, "anna")
        self.change(client, {"reset_token": "none", "new_password": self.NEW})
        commit()
        self.assertEqual(before, passwords.fingerprint(self.users, "anna"))

    def test_administrators_set_the_passwords_of_others_as_ever(self):
        before = passwords.fingerprint(self.users, "anna")
        with api.env.adopt_roles(["Manager"]):
            api.user.get("anna").setSecurityProfile(password=self.NEW)
        commit()
        self.assertNotEqual(before, passwords.fingerprint(self.users, "anna"))


class RefusedTest(EmailTest):
    """(a) Without a real second step in the session."""

    def test_rest_refuses_with_the_reason_and_stores_nothing_of_the_request(self):
        for client in (self.skipped(), self.at(OFFICE, self.ticket("anna")), self.trusted()):
            answer = self.patch(client, fullname="Thief", email=FOREIGN, location="here")
            self.assertEqual(403, answer.status_int)
            self.assertEqual("second-step", answer.json["error"]["reason"])
            self.assertEqual(OWN, self.email())
            self.assertEqual("", api.user.get("anna").getProperty("fullname"))
        self.assertEqual([], self.recipients())

    def test_the_order_of_the_properties_does_not_matter(self):
        self.patch(self.skipped(), email=FOREIGN, fullname="Thief")
        self.assertEqual((OWN, ""), (self.email(), api.user.get("anna").getProperty("fullname")))

    def test_all_else_of_the_profile_and_the_same_address_are_taken(self):
        self.assertEqual(204, self.patch(self.skipped(), fullname="Anna", email=OWN).status_int)
        self.assertEqual("Anna", api.user.get("anna").getProperty("fullname"))

    def test_no_address_is_another_one(self):
        for value in ("", None, OWN.upper(), f"{OWN} "):
            with self.subTest(value=value):
                self.assertEqual(403, self.patch(self.skipped(), email=value).status_int)
        self.assertEqual(OWN, self.email())

    def test_the_pages_lead_to_the_code_form_and_store_nothing(self):
        self.users.portal_role_manager.assignRoleToPrincipal("Site Administrator", "anna")
        commit()
        for page in ("@@personal-information", "@@user-information?userid=anna", "@@user-information"):
            with self.subTest(page=page):
                answer = self.profile(self.skipped(), page, email=FOREIGN, fullname="Thief")
                self.assertEqual(302, answer.status_int)
                self.assertIn("@@smsauth-verify?came_from=", answer.location)
                self.assertEqual((OWN, ""), (self.email(), api.user.get("anna").getProperty("fullname")))

    def test_the_page_of_users_refuses_the_own_address_too(self):
        self.users.portal_role_manager.assignRoleToPrincipal("Site Administrator", "anna")
        commit()
        answer = self.overview(self.skipped(), FOREIGN)
        self.assertEqual(403, answer.status_int)
        self.assertEqual(OWN, self.email())
        self.overview(self.proven("anna"), FOREIGN)
        self.assertEqual(FOREIGN, self.email())

    def overview(self, client, email):
        shown = client.get(self.path("@@usergroup-userprefs?searchstring=anna&form.button.Search=1")).text
        token = re.search(r'name="_authenticator" value="([^"]+)"', shown)
        form = {
            "form.submitted": "1",
            "form.button.Modify": "Apply Changes",
            "users.id:records": "anna",
            "users.email:records": email,
            "_authenticator": token[1] if token else "",
        }
        return client.post(self.path("@@usergroup-userprefs"), form=form)

    def test_the_api_of_members_refuses_whoever_wrote_the_page(self):
        member = api.user.get("anna")
        login(self.portal, "anna")
        self.addCleanup(logout)
        for change in (
            lambda: member.setMemberProperties({"email": FOREIGN}),
            lambda: member.setProperties(email=FOREIGN),
            lambda: member.getUser().setProperties(email=FOREIGN),
        ):
            with self.assertRaisesRegex(Exception, "second step"):
                change()
        self.assertEqual(OWN, member.getProperty("email"))

    def test_also_where_the_address_is_the_login(self):
        api.portal.set_registry_record("plone.use_email_as_login", True)
        self.users.updateLoginName("anna", OWN)
        commit()
        client = self.at(OFFICE, self.ticket("anna"))
        self.assertEqual(403, self.patch(client, email=FOREIGN).status_int)
        self.profile(client, email=FOREIGN)
        self.assertEqual(OWN, self.email())
        self.assertEqual(OWN, api.user.get("anna").getUserName())


class AllowedTest(EmailTest):
    """A real second step opens all of them; and who has none is asked for none."""

    def test_a_session_with_a_code_changes_it_by_rest_and_on_the_page(self):
        self.assertEqual(204, self.patch(self.proven("anna"), email=FOREIGN).status_int)
        self.assertEqual(FOREIGN, self.email())
        self.clock.advance(HOUR)
        self.profile(self.proven("anna"), email=THIRD)
        self.assertEqual(THIRD, self.email())

    def test_so_does_a_token(self):
        token = self.proven_token("anna")
        answer = self.at(OFFICE).send(
            "PATCH", self.path("@users/anna"), json={"email": FOREIGN}, Accept=JSON, Authorization=f"Bearer {token}"
        )
        self.assertEqual(204, answer.status_int)

    def test_members_without_two_step_verification_are_left_alone(self):
        client = self.client(self.ticket("bert"))
        self.assertEqual(204, self.patch(client, "bert", email=FOREIGN).status_int)
        self.assertEqual(FOREIGN, self.email("bert"))
        self.assertEqual([], self.recipients())
        self.assertIsNone(self.gate.accounts.get("bert"))

    def test_an_administrator_changes_that_of_others(self):
        self.users.portal_role_manager.assignRoleToPrincipal("Site Administrator", "bert")
        commit()
        client = self.client(self.ticket("bert"))
        self.assertEqual(204, self.patch(client, email=FOREIGN).status_int)
        self.profile(client, "@@user-information?userid=anna", email=THIRD)
        self.assertEqual(THIRD, self.email())
        self.assertEqual([OWN, FOREIGN], self.recipients())


class ToldTest(EmailTest):
    """(b) The address before is told of each change, once, whoever made it."""

    def test_by_rest(self):
        self.patch(self.proven("anna"), fullname="Anna", email=FOREIGN, location="here")
        self.assertEqual([OWN], self.recipients())

    def test_by_the_page(self):
        self.profile(self.proven("anna"), email=FOREIGN, fullname="Anna")
        self.assertEqual([OWN], self.recipients())

    def test_by_a_script_and_past_the_event(self):
        self.set_email(FOREIGN)
        api.user.get("anna").getUser().setProperties(email=THIRD)
        commit()
        # they leave in two threads
        self.assertEqual([OWN, FOREIGN], sorted(self.recipients()))

    def test_what_is_undone_tells_nobody(self):
        api.user.get("anna").setMemberProperties({"email": FOREIGN})
        transaction.abort()
        self.assertEqual([], self.recipients())

    def test_the_same_address_again_and_other_properties_tell_nobody(self):
        self.set_email(OWN)
        api.user.get("anna").setMemberProperties({"fullname": "Anna"})
        commit()
        self.assertEqual([], self.recipients())

    def test_the_first_address_of_a_member_has_none_before(self):
        self.set_email("")
        self.assertEqual([OWN], self.recipients())
        self.set_email(FOREIGN)
        self.assertEqual([OWN], self.recipients())

    def test_the_e_mail_does_not_say_the_new_one(self):
        self.set_email(FOREIGN)
        self.assertNotIn(FOREIGN, self.office.mails()[0].get_content())

    def test_its_link_ends_the_sessions_and_opens_no_password(self):
        client = self.proven("anna")
        self.set_email(FOREIGN)
        answer = self.disown(self.link())
        self.assertIn("login", answer.location)
        self.assertNotIn("passwordreset", answer.location)
        self.assertFalse(self.is_signed_in(client, "anna"))

    def test_its_link_outlives_another_change_but_no_new_password(self):
        self.set_email(FOREIGN)
        link = self.link()
        self.set_email(THIRD)
        self.assertIn("form.buttons.disown", self.client().get(link).text)
        self.users.userSetPassword("anna", "quite another secret 12")
        commit()
        self.assertNotIn("form.buttons.disown", self.client().get(link).text)

    def test_after_it_the_new_address_has_to_stand_anew(self):
        self.set_email(FOREIGN)
        link = self.link()
        self.clock.advance(23 * HOUR)
        self.disown(link)
        self.clock.advance(71 * HOUR)
        self.assertEqual((0, 0), self.ask_for_reset())
        self.clock.advance(HOUR)
        self.assertEqual((1, 1), self.ask_for_reset())

    def test_it_takes_off_what_is_new_but_no_number_that_codes_go_to_first(self):
        account, now = self.gate.accounts.get("anna"), self.clock()
        contacts = {"+4915112345678": now - 100 * HOUR, "+4915112345679": now}
        self.gate.accounts.save("anna", replace(account, bound_at=now, contacts=contacts, recovery=("0f",)))
        self.set_email(FOREIGN)
        self.disown(self.link())
        commit()
        account = self.gate.accounts.get("anna")
        self.assertEqual((NUMBER, ["+4915112345678"]), (account.number, list(account.contacts)))
        self.assertEqual(("0f",), account.recovery, "nobody knows when they were made: it was not of late")

    def disown(self, path):
        client = self.client()
        shown = client.get(path).text
        fields = dict(re.findall(r'<input[^>]*name="(token|warning)"[^>]*value="([^"]+)"', shown))
        return client.post(self.path("@@smsauth-not-me"), form={**fields, "form.buttons.disown": "1"})


class StandingTest(EmailTest):
    """(c) Links that move a phone go to an address that was verified, or has stood."""

    def test_an_address_of_which_no_change_is_known_has_stood(self):
        self.assertEqual((1, 1), self.ask_for_reset())

    def test_a_new_one_gets_none_for_72_hours(self):
        self.set_email(FOREIGN)
        for hours in (0, 1, 70):
            self.clock.advance(hours * HOUR)
            self.assertEqual((0, 0), self.ask_for_reset())
        self.clock.advance(HOUR)
        self.assertEqual((1, 1), self.ask_for_reset())
        self.assertEqual(FOREIGN, self.recipients()[-1])

    def test_changed_and_changed_back_it_is_new_too(self):
        self.set_email(FOREIGN)
        self.set_email(OWN)
        self.assertEqual((0, 0), self.ask_for_reset())

    def test_turned_off_and_on_again_it_is_not_older(self):
        self.set_email(FOREIGN)
        lifecycle.unbind(self.gate.accounts, "anna")
        commit()
        self.bind("anna", "+31611111111")
        self.assertEqual((0, 0), self.ask_for_reset())

    def test_changed_while_it_is_turned_off_it_is_told_and_has_not_stood(self):
        lifecycle.unbind(self.gate.accounts, "anna")
        commit()
        before = len(self.office.mails())
        self.patch(self.client(self.ticket("anna", age=-5)), email=FOREIGN)
        self.assertEqual([OWN], self.recipients()[before:])
        link = self.link()
        self.bind("anna", "+31611111111")
        self.assertEqual((0, 0), self.ask_for_reset())
        self.assertIn("form.buttons.disown", self.client().get(link).text)
        self.clock.advance(72 * HOUR)
        self.assertEqual((1, 1), self.ask_for_reset())

    def test_the_hours_can_be_set(self):
        self.configure(reset_email_hours=2)
        self.set_email(FOREIGN)
        self.clock.advance(HOUR)
        self.assertEqual((0, 0), self.ask_for_reset())
        self.clock.advance(HOUR)
        self.assertEqual((1, 1), self.ask_for_reset())
        self.configure(reset_email_hours=0)
        self.set_email(THIRD)
        self.clock.advance(HOUR)
        self.assertEqual((1, 1), self.ask_for_reset("+31687654322"))

    def test_one_that_was_verified_gets_it_at_once(self):
        self.set_email(FOREIGN)
        account = self.gate.accounts.get("anna")
        self.gate.accounts.save("anna", replace(account, contacts={FOREIGN: self.clock()}))
        commit()
        self.assertEqual((1, 1), self.ask_for_reset())

    def test_a_refused_request_is_counted_like_that_of_nobody(self):
        self.configure(texts_per_number=2)
        self.set_email(FOREIGN)
        for _ in range(2):
            self.ask_for_reset()
        self.clock.advance(73 * HOUR)
        self.assertEqual((1, 1), self.ask_for_reset("+31687654399"))

    def test_the_whole_attack_fails(self):
        thief = self.skipped()
        self.patch(thief, email=FOREIGN)
        self.profile(thief, email=FOREIGN)
        self.ask_for_reset()
        self.assertEqual({OWN}, set(self.recipients()))


class EndTest(EmailTest):
    """(d) What was open ends with the address, and with the password."""

    def new_password(self):
        self.users.userSetPassword("anna", "quite another secret 12")
        commit()

    def assert_link_ends(self, change):
        self.ask_for_reset()
        link = self.link()
        self.assertIn("form.widgets.code", self.client().get(link).text)
        change()
        commit()
        self.assertNotIn("form.widgets.code", self.client().get(link).text)

    def test_a_reset_link_with_the_address(self):
        self.assert_link_ends(lambda: self.set_email(FOREIGN))

    def test_a_reset_link_with_an_address_that_was_written_past_the_sheets(self):
        user = api.user.get("anna").getUser()
        sheet = user.getPropertysheet("mutable_properties")
        self.assert_link_ends(lambda: sheet.setProperty(user, "email", FOREIGN))

    def test_a_reset_link_with_the_password(self):
        self.assert_link_ends(self.new_password)

    def test_a_reset_link_with_a_password_that_was_changed_without_an_event(self):
        change = self.users.source_users.updateUserPassword
        self.assert_link_ends(lambda: change("anna", "quite another secret 12"))

    def test_plones_links_for_a_new_password(self):
        tool = self.portal.portal_password_reset
        for change in (lambda: self.set_email(FOREIGN), self.new_password):
            name = tool.requestReset("anna")["randomstring"]
            others = tool.requestReset("bert")["randomstring"]
            tool.verifyKey(name)
            change()
            with self.assertRaises(ExpiredRequestError):
                tool.verifyKey(name)
            tool.verifyKey(others)

    def test_the_link_that_is_used_works_to_its_end(self):
        tool = self.portal.portal_password_reset
        name, other = (tool.requestReset("anna")["randomstring"] for _ in range(2))
        tool.resetPassword("anna", name, "quite another secret 12")
        self.assertNotIn(name, tool._requests)
        with self.assertRaises(ExpiredRequestError):
            tool.verifyKey(other)


class HiddenTest(EmailTest):
    """(e) Links in e-mails, and those that providers get, name nobody in readable form."""

    def test_no_link_says_member_or_number(self):
        self.ask_for_reset()
        self.set_email(FOREIGN)
        links = [unquote(re.search(r"http://\S+", mail.get_content())[0]) for mail in self.office.mails()]
        self.assertEqual(2, len(links))
        for link in links:
            value = link.partition("=")[2].rpartition(".")[0]
            raw = urlsafe_b64decode(value.lstrip(".") + "=" * (-len(value.lstrip(".")) % 4))
            for word in (b"anna", PHONE_OF_THIEF.encode(), b"31687654321", b'"u"'):
                self.assertNotIn(word, raw)
            self.assertNotIn("anna", link)

    def test_the_answer_of_the_page_says_what_is_sent_where(self):
        shown = self.client().get(self.path("@@smsauth-reset-request")).text
        self.assertIn("unchanged for 72 hours", shown)
        self.configure(reset_email_hours=5)
        self.assertIn("unchanged for 5 hours", self.client().get(self.path("@@smsauth-reset-request")).text)
        self.configure(reset_email_hours=0)
        self.assertNotIn("unchanged for", self.client().get(self.path("@@smsauth-reset-request")).text)
