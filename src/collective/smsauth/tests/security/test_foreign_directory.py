"""A first factor from a directory, as plugins for LDAP do it: passwords are checked and set there, and no event tells of a new one."""

from collective.smsauth.administration.checks import site
from collective.smsauth.interfaces import ISMSAuthLayer
from collective.smsauth.setuphandlers import put_in_place
from collective.smsauth.tests.support.doors import basic
from collective.smsauth.tests.support.visitor import PageTest
from collective.smsauth.tests.support.visitor import PASSWORD
from persistent.mapping import PersistentMapping
from plone import api
from plone.app.testing import SITE_OWNER_NAME
from plone.app.testing import SITE_OWNER_PASSWORD
from Products.PlonePAS.interfaces.capabilities import IPasswordSetCapability
from Products.PlonePAS.interfaces.plugins import IUserManagement
from Products.PluggableAuthService.interfaces.plugins import IAuthenticationPlugin
from Products.PluggableAuthService.interfaces.plugins import IRolesPlugin
from Products.PluggableAuthService.interfaces.plugins import IUserEnumerationPlugin
from Products.PluggableAuthService.plugins.BasePlugin import BasePlugin
from zope.interface import alsoProvides
from zope.interface import implementer

import transaction

NEW = "another secret 77"


@implementer(IAuthenticationPlugin, IUserEnumerationPlugin, IUserManagement, IRolesPlugin, IPasswordSetCapability)
class Directory(BasePlugin):
    """Stands in for a directory with one person in it, lara. One that ``is_read_only`` sets no passwords and keeps whom Plone deletes.

    ``failure`` is what it raises when it is asked whether it sets a password, and an OSError whenever it is asked for somebody.
    """

    meta_type = "Directory"
    is_read_only = False
    failure = None

    def __init__(self, id):
        self._setId(id)
        self.entries = PersistentMapping(lara=PASSWORD)

    def authenticateCredentials(self, credentials):
        login, password = credentials.get("login"), credentials.get("password")
        if isinstance(password, bytes):  # plone.restapi sends the former one so
            password = password.decode()
        return (login, login) if login in self.entries and self.entries[login] == password else None

    def enumerateUsers(self, id=None, login=None, exact_match=False, sort_by=None, max_results=None, **kw):
        if self.failure is OSError:
            raise OSError("no answer")
        found = id or login
        return [{"id": found, "login": found, "pluginid": self.getId()}] if found in self.entries else []

    def getRolesForPrincipal(self, principal, request=None):
        return ("Member",) if principal.getId() in self.entries else ()

    def doAddUser(self, login, password):
        return False

    def doChangeUser(self, user_id, password, **kw):
        if user_id not in self.entries or self.is_read_only:
            raise RuntimeError(user_id)
        self.entries[user_id] = password

    def doDeleteUser(self, user_id):
        if self.is_read_only:
            return False
        del self.entries[user_id]
        return True

    def allowPasswordSet(self, user_id):
        if self.failure is not None:
            raise self.failure("no answer")
        return user_id in self.entries and not self.is_read_only


class DirectoryTest(PageTest):
    """Lara has a phone, and is signed in in two browsers, one of which she trusts."""

    def setUp(self):
        super().setUp()
        self.users = self.portal.acl_users
        self.users._setObject("directory", Directory("directory"))
        for info in self.users.plugins.listPluginTypeInfo():
            if info["interface"].providedBy(self.users.directory):
                self.users.plugins.activatePlugin(info["interface"], "directory")
        put_in_place(self.users)
        self.configure(trust_days=30)
        self.lara = self.protected("lara")
        self.other = self.pending("lara")
        self.other.browser.getControl(name="form.widgets.trust:list").value = ["selected"]
        self.other.answer()
        self.clock.advance(3600)

    def change(self, password=NEW):
        """Change the password in Plone's form, in the first browser."""
        self.lara.open("@@change-password")
        self.lara.fill(current_password=PASSWORD, new_password=password, new_password_ctl=password)
        self.lara.browser.getControl("Change Password").click()

    def test_both_browsers_are_signed_in_and_the_trusted_one_spares_the_code(self):
        self.assertTrue(self.lara.is_signed_in() and self.other.is_signed_in())
        self.other.open("logout")
        self.other.sign_in("lara")
        self.assertTrue(self.other.is_signed_in())

    def test_the_session_that_changes_the_password_goes_on_and_the_others_end(self):
        self.change()
        self.assertIn("Password changed", self.lara.news)
        self.assertTrue(self.lara.is_signed_in())
        self.assertFalse(self.other.is_signed_in())

    def test_a_trusted_browser_and_a_pending_sign_in_end_too(self):
        pending = self.pending("lara")
        self.change()
        pending.answer()
        self.assertFalse(pending.is_signed_in())
        self.other.sign_in("lara", NEW)
        self.assertFalse(self.other.is_signed_in())
        self.assertEqual("@@smsauth-verify", self.other.path)

    def test_a_new_password_by_rest(self):
        body = f'{{"old_password": "{PASSWORD}", "new_password": "{NEW}"}}'
        json = {"Content-Type": "application/json", "Accept": "application/json"}
        answer = self.lara.request("@users/lara/reset-password", method="POST", body=body, **json)
        self.assertIn(answer.status_int, (200, 204), answer.text)
        transaction.begin()
        self.assertEqual(NEW, self.users.directory.entries["lara"])
        self.assertTrue(self.lara.is_signed_in())
        self.assertFalse(self.other.is_signed_in())

    def test_a_new_password_by_e_mail_or_by_an_administrator_ends_all(self):
        self.users.userSetPassword("lara", NEW)
        transaction.commit()
        self.assertEqual(NEW, self.users.directory.entries["lara"])
        self.assertFalse(self.lara.is_signed_in() or self.other.is_signed_in())

    def reset_password(self):
        """Follow the e-mail for a new password, in a browser of nobody; return the answer."""
        with api.env.adopt_roles(["Manager"]):
            token = self.portal.portal_password_reset.requestReset("lara")["randomstring"]
        transaction.commit()
        return self.visitor().post(f"passwordreset/{token}", {"userid": "lara", "password": NEW, "password2": NEW})

    def test_a_new_password_by_the_link_of_an_e_mail_ends_all(self):
        self.reset_password()
        self.assertFalse(self.lara.is_signed_in() or self.other.is_signed_in())

    def test_a_link_by_which_no_password_can_be_set_ends_nothing(self):
        self.users.directory.is_read_only = True
        transaction.commit()
        self.assertEqual(200, self.reset_password().status_int)
        self.assertEqual(PASSWORD, self.users.directory.entries["lara"])
        self.assertTrue(self.lara.is_signed_in() and self.other.is_signed_in())

    def test_a_directory_that_cannot_tell_what_it_sets_ends_them_and_hinders_nobody(self):
        for name in ("directory", "broken"):
            with self.subTest(name):
                if name == "broken":
                    self.users._setObject("broken", Directory("broken"))
                    self.users.plugins.activatePlugin(IUserManagement, "broken")
                    self.users.plugins.movePluginsTop(IUserManagement, ["broken"])
                    self.users.broken.entries.clear()
                for error in (RuntimeError, ValueError):
                    getattr(self.users, name).failure = error
                    transaction.commit()
                    other = self.pending("lara")
                    other.answer()
                    self.assertTrue(other.is_signed_in())
                    with self.assertLogs("collective.smsauth", "WARNING"):
                        self.users.userSetPassword("lara", PASSWORD)
                    self.users.userSetPassword("bert", NEW)
                    transaction.commit()
                    self.assertFalse(other.is_signed_in())
                    self.clock.advance(3600)

    def delete(self):
        """Delete lara by Plone, and commit."""
        self.users.userFolderDelUsers(["lara"])
        transaction.commit()

    def asks_for_a_code(self):
        visitor = self.visitor()
        visitor.sign_in("lara")
        return visitor.path == "@@smsauth-verify" and not visitor.is_signed_in()

    def test_one_whom_the_directory_keeps_keeps_his_phone_though_plone_says_he_is_deleted(self):
        self.users.directory.is_read_only = True
        self.delete()
        self.assertIsNotNone(self.users.getUserById("lara"))
        self.assertTrue(self.asks_for_a_code())

    def test_one_whom_the_directory_has_deleted_keeps_it_until_an_administrator_removes_it(self):
        self.delete()
        self.assertIsNone(self.users.getUserById("lara"))
        self.assertFalse(self.lara.is_signed_in() or self.other.is_signed_in())
        self.users.directory.entries["lara"] = PASSWORD
        transaction.commit()
        self.assertTrue(self.asks_for_a_code())

    def test_one_who_has_moved_to_the_directory_is_known_as_such_from_the_next_code_on(self):
        bert = self.protected("bert", "+31687654321")
        self.users.source_users.removeUser("bert")
        self.users.directory.entries["bert"] = PASSWORD
        self.users.directory.is_read_only = True
        transaction.commit()
        bert = self.pending("bert")
        bert.answer()
        self.assertTrue(bert.is_signed_in())
        self.users.userFolderDelUsers(["bert"])
        transaction.commit()
        self.assertEqual("+31687654321", self.account("bert").number)

    def test_one_who_is_in_the_directory_again_beside_a_namesake_keeps_the_phone_when_that_one_goes(self):
        kept = dict(self.users.directory.entries)
        self.users.directory.entries.clear()
        self.users.directory.is_read_only = True
        api.user.create(username="lara", email="other@example.org", password=NEW)
        self.users.directory.entries.update(kept)
        transaction.commit()
        lara = self.pending("lara")
        lara.answer()
        self.assertTrue(lara.is_signed_in())
        self.delete()
        self.assertTrue(self.asks_for_a_code())

    def test_while_the_directory_is_down_a_namesake_who_comes_and_goes_takes_no_phone_with_him(self):
        kept = dict(self.users.directory.entries)
        self.users.directory.entries.clear()
        self.users.directory.is_read_only = True
        api.user.create(username="lara", email="other@example.org", password=PASSWORD)
        transaction.commit()
        self.assertTrue(self.asks_for_a_code())
        self.delete()
        self.users.directory.entries.update(kept)
        transaction.commit()
        self.assertTrue(self.asks_for_a_code())

    def test_a_directory_that_is_down_hinders_no_deletion_of_others(self):
        self.protected("bert", "+31687654321")
        self.users.directory.failure = OSError
        self.users.userFolderDelUsers(["bert"])
        self.assertIsNone(self.users.smsauth.accounts.get("bert"))

    def test_nothing_by_which_the_plugin_hears_is_a_page(self):
        manager = {"Authorization": basic(SITE_OWNER_NAME, SITE_OWNER_PASSWORD)}
        for name in ("doChangeUser", "doAddUser", "doDeleteUser", "password_changed", "member_deleted"):
            for headers in ({}, manager):
                with self.subTest(name, is_manager=bool(headers)):
                    path = f"acl_users/smsauth/{name}?user_id=lara&login=lara&password=x"
                    self.assertNotEqual(200, self.visitor().request(path, **headers).status_int)
        self.assertTrue(self.lara.is_signed_in() and self.other.is_signed_in())

    def test_that_of_somebody_else_ends_none(self):
        self.users.userSetPassword("bert", NEW)
        transaction.commit()
        self.assertTrue(self.lara.is_signed_in() and self.other.is_signed_in())

    def test_who_is_nowhere_has_no_password_to_change(self):
        self.assertRaises(RuntimeError, self.users.userSetPassword, "nobody", NEW)

    def test_the_self_check_finds_it_in_place(self):
        alsoProvides(self.layer["request"], ISMSAuthLayer)
        self.assertTrue(site.findings(self.portal, self.layer["request"])[0].ok)
        self.users.plugins.deactivatePlugin(IUserManagement, "smsauth")
        self.assertFalse(site.findings(self.portal, self.layer["request"])[0].ok)
