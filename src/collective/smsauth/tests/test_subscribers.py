"""What becomes of the second step when something happens to the member, and who is told."""

from collective.smsauth import events
from collective.smsauth.domain.challenge import Outcome
from collective.smsauth.domain.challenge import Purpose
from collective.smsauth.domain.session import Means
from collective.smsauth.tests.support.visitor import PageTest
from collective.smsauth.tests.support.visitor import PASSWORD
from collective.smsauth.tests.support.visitor import PHONE
from collective.smsauth.verification import lifecycle
from five.localsitemanager import make_objectmanager_site
from OFS.Folder import Folder
from plone import api
from Products.PlonePAS.interfaces.plugins import IUserManagement
from Products.PluggableAuthService.events import PrincipalDeleted
from Products.StandardCacheManagers.RAMCacheManager import RAMCacheManager
from zope.component.hooks import getSite
from zope.component.hooks import setSite
from zope.event import notify

import re
import transaction

NEW = "another secret 77"


class SubscribersTest(PageTest):
    """Anna is protected."""

    def setUp(self):
        super().setUp()
        self.anna = self.protected()
        self.accounts = self.portal.acl_users.smsauth.accounts


class TestDeletion(SubscribersTest):
    """Members who are deleted."""

    def test_nothing_is_kept_of_a_deleted_member(self):
        api.user.delete("anna")
        self.assertIsNone(self.accounts.get("anna"))

    def test_another_member_who_gets_the_same_id_starts_without_the_number(self):
        api.user.delete("anna")
        api.user.create(username="anna", email="other@example.org", password=PASSWORD)
        transaction.commit()
        anna = self.visitor()
        anna.sign_in("anna")
        self.assertTrue(anna.is_signed_in())
        self.assertFalse(api.user.get("anna").getProperty("two_step_verification"))

    def test_deletion_of_others_changes_nothing(self):
        api.user.delete("bert")
        self.assertEqual(PHONE, self.accounts.get("anna").number)

    def test_deletion_in_the_user_folder_counts_as_well(self):
        self.portal.acl_users.userFolderDelUsers(["anna"])
        self.assertIsNone(self.accounts.get("anna"))

    def test_it_takes_neither_a_current_site_nor_what_caches_say(self):
        self.portal.acl_users._setObject("cache", RAMCacheManager("cache"))
        self.portal.acl_users.ZCacheable_setManagerId("cache")
        self.portal.acl_users.ZCacheable_setEnabled(1)
        self.addCleanup(self.portal.acl_users.ZCacheable_invalidate)
        transaction.commit()
        self.assertIsNotNone(self.portal.acl_users.getUserById("anna"))
        self.addCleanup(setSite, getSite())
        setSite(None)
        self.portal.acl_users.userFolderDelUsers(["anna"])
        self.assertIsNone(self.accounts.get("anna"))

    def test_nor_that_the_plugin_is_asked_last(self):
        self.portal.acl_users.plugins.movePluginsTop(IUserManagement, ["smsauth"])
        self.portal.acl_users.userFolderDelUsers(["anna"])
        self.assertIsNone(self.accounts.get("anna"))

    def test_an_event_of_another_site_touches_no_member_who_is_here(self):
        notify(PrincipalDeleted("anna"))
        self.assertEqual(PHONE, self.accounts.get("anna").number)

    def test_an_event_within_a_local_site_that_has_its_own_users_counts_for_the_portal(self):
        local = self.portal[self.portal._setObject("local", Folder("local"))]
        make_objectmanager_site(local)
        local.manage_addUserFolder()
        self.portal.acl_users.source_users.removeUser("anna")
        self.addCleanup(setSite, getSite())
        setSite(local)
        notify(PrincipalDeleted("anna"))
        self.assertIsNone(self.accounts.get("anna"))

    def test_a_token_that_outlives_its_member_is_told_so_and_sets_nothing_up(self):
        json = {"Content-Type": "application/json", "Accept": "application/json"}
        body = f'{{"login": "bert", "password": "{PASSWORD}"}}'
        token = self.visitor().request("@login", method="POST", body=body, **json).json["token"]
        api.user.delete("bert")
        transaction.commit()
        visitor, bearer = self.visitor(), {"Authorization": f"Bearer {token}"}
        page = visitor.request("@@smsauth-setup", **bearer)
        values = dict(re.findall(r'name="(token)"[^>]*value="([^"]*)"', page.text))
        values |= {"form.widgets.mobile_number": PHONE, "form.widgets.password": PASSWORD, "form.buttons.send": "Send"}
        answer = visitor.post("@@smsauth-setup", values, **bearer)
        self.assertEqual(200, answer.status_int)
        self.assertIn("This account cannot be found at the moment", answer.text)
        transaction.begin()
        self.assertIsNone(self.accounts.get("bert"))


class TestPasswords(SubscribersTest):
    """Members whose password changes."""

    def change(self, visitor):
        visitor.open("@@change-password")
        visitor.fill(current_password=PASSWORD, new_password=NEW, new_password_ctl=NEW)
        visitor.browser.getControl("Change Password").click()

    def test_the_session_that_changes_it_goes_on_and_the_others_end(self):
        other = self.pending()
        other.answer()
        self.change(self.anna)
        self.assertTrue(self.anna.is_signed_in())
        self.assertFalse(other.is_signed_in())

    def test_a_pending_sign_in_with_the_former_password_ends(self):
        thief = self.pending()
        self.change(self.anna)
        thief.answer()
        self.assertFalse(thief.is_signed_in())

    def test_a_change_by_an_administrator_ends_all_sessions(self):
        self.portal.acl_users.userSetPassword("anna", NEW)
        transaction.commit()
        self.assertFalse(self.anna.is_signed_in())
        self.assertEqual(PHONE, self.account().number)

    def test_a_change_without_an_event_ends_all_sessions(self):
        self.portal.acl_users.source_users.updateUserPassword("anna", NEW)
        transaction.commit()
        self.assertFalse(self.anna.is_signed_in())

    def test_a_change_of_another_member_ends_none(self):
        self.portal.acl_users.userSetPassword("bert", NEW)
        transaction.commit()
        self.assertTrue(self.anna.is_signed_in())


class TestNotices(SubscribersTest):
    """Who is told."""

    def test_each_change_is_told_once(self):
        bound = {"purpose": Purpose.SET_UP, "outcome": Outcome.ACCEPTED}
        added, removed, primary = events.ContactChange
        for event, subject in (
            (events.AuthenticatorBound("anna", **bound), "Two-step verification was set up"),
            (events.AuthenticatorBound("anna", **bound, replaced=True), "Your phone number for logging in was changed"),
            (events.AuthenticatorUnbound("anna"), "Two-step verification was turned off"),
            (events.RecoveryCodesMade("anna"), "New recovery codes were made"),
            (events.CodePrepared("anna"), "A login code was prepared for you"),
            (events.ReserveCodeUsed("anna", means=Means.PREPARED_CODE), "Your prepared code was used"),
            (events.ReserveCodeUsed("anna", left=4), "A recovery code was used"),
            (events.ReserveCodeUsed("anna", left=3), "A recovery code was used, and few are left"),
            (events.ContactsChanged("anna", change=added), "A way for your login codes was added"),
            (events.ContactsChanged("anna", change=removed), "A way for your login codes was removed"),
            (events.ContactsChanged("anna", change=primary), "Your login codes go to another number first"),
        ):
            with self.subTest(subject):
                self.forget_mails()
                notify(event)
                transaction.commit()
                (mail,) = self.mails()
                self.assertEqual(("anna@example.org", subject), (mail["To"], mail["Subject"]))
                self.assertIn("http://nohost/plone/@@smsauth-not-me?warning=", mail.get_payload(decode=True).decode())

    def test_an_administrator_who_turns_it_off_has_the_member_told(self):
        lifecycle.unbind(self.accounts, "anna")
        transaction.commit()
        self.assertEqual(["Two-step verification was turned off"], [mail["Subject"] for mail in self.mails()])

    def test_whoever_did_not_turn_it_off_ends_all_sessions_from_there(self):
        lifecycle.unbind(self.accounts, "anna")
        transaction.commit()
        thief = self.visitor()
        thief.sign_in("anna")
        self.assertTrue(thief.is_signed_in())
        (mail,) = self.mails()
        link = re.search(r"http://nohost/plone(/\S+not-me\S+)", mail.get_payload(decode=True).decode())[1]
        owner = self.visitor()
        owner.open(link.lstrip("/"))
        owner.click("disown")
        self.assertIn("choose a new password", owner.news)
        self.assertFalse(thief.is_signed_in())

    def test_what_is_no_change_of_the_phone_is_not_told(self):
        for event in (events.SessionsEnded("anna"), events.ChallengeIssued("anna"), events.FailuresReleased("anna")):
            notify(event)
        transaction.commit()
        self.assertEqual([], self.mails())

    def test_a_member_who_is_gone_is_not_told(self):
        notify(events.AuthenticatorUnbound("nobody"))
        transaction.commit()
        self.assertEqual([], self.mails())


class TestElsewhere(SubscribersTest):
    """Users who are not of this site."""

    def test_a_user_deleted_outside_of_the_site_takes_no_record_of_it(self):
        self.addCleanup(setSite, getSite())
        setSite(None)
        notify(PrincipalDeleted("anna"))
        self.assertEqual(PHONE, self.accounts.get("anna").number)
