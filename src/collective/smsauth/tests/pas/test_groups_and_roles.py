"""Groups and global roles of a user id, asked of the plugins without signing anybody in."""

from collective.smsauth.pas.groups_and_roles import member_of
from collective.smsauth.testing import FUNCTIONAL
from plone import api
from Products.PluggableAuthService.interfaces.plugins import IGroupsPlugin
from Products.PluggableAuthService.interfaces.plugins import IRolesPlugin
from Products.PluggableAuthService.plugins.BasePlugin import BasePlugin
from zope.interface import implementer

import unittest


@implementer(IGroupsPlugin, IRolesPlugin)
class BrokenPlugin(BasePlugin):
    """A directory that does not answer."""

    meta_type = "Broken plugin"
    error = OSError

    def getGroupsForPrincipal(self, principal, request=None):
        """Fail."""
        raise self.error("no connection")

    getRolesForPrincipal = getGroupsForPrincipal


class MembershipTest(unittest.TestCase):
    """A site with the groups staff and, in it, editors, in which anna is."""

    layer = FUNCTIONAL

    def setUp(self):
        """Make the groups."""
        self.users = self.layer["portal"].acl_users
        self.request = self.layer["request"]
        with api.env.adopt_roles(["Manager"]):
            for name in ("staff", "editors"):
                api.group.create(groupname=name)
            self.users.source_groups.addPrincipalToGroup("editors", "staff")
            self.users.source_groups.addPrincipalToGroup("anna", "editors")

    def member(self, user_id="anna"):
        return member_of(self.users, self.request, user_id)

    def test_groups_are_found_with_the_groups_that_they_are_in(self):
        self.assertEqual(self.member().groups, {"editors", "staff", "AuthenticatedUsers"})

    def test_roles_of_the_member_and_of_his_groups_are_found(self):
        self.users.portal_role_manager.assignRoleToPrincipal("Reviewer", "anna")
        self.users.portal_role_manager.assignRoleToPrincipal("Editor", "staff")
        self.assertEqual(self.member().roles, {"Authenticated", "Member", "Reviewer", "Editor"})
        self.assertTrue(self.member().is_complete)

    def test_local_roles_do_not_count(self):
        self.layer["portal"].manage_setLocalRoles("anna", ["Manager"])
        self.assertEqual(self.member().roles, {"Authenticated", "Member"})

    def test_a_user_id_that_nobody_knows_has_what_everybody_has(self):
        for user_id in ("nobody", "admin", "", "x" * 1000):
            with self.subTest(user_id=user_id[:10]):
                self.assertEqual(self.member(user_id).roles, {"Authenticated"})
                self.assertEqual(self.member(user_id).groups, {"AuthenticatedUsers"})

    def test_a_plugin_that_fails_leaves_the_rest_and_is_told(self):
        self.users._setObject("broken", BrokenPlugin())
        self.users.broken._setId("broken")
        for interface in (IGroupsPlugin, IRolesPlugin):
            self.users.plugins.activatePlugin(interface, "broken")
            self.users.plugins.movePluginsUp(interface, ["broken"] * 5)
            with self.subTest(interface=interface.__name__), self.assertLogs("collective.smsauth", "WARNING"):
                member = self.member()
            self.assertFalse(member.is_complete)
            self.assertIn("editors", member.groups)
            self.users.plugins.deactivatePlugin(interface, "broken")

    def test_a_visitor_who_has_roles_left_out_is_not_known_completely(self):
        for key in ("__ignore_direct_roles__", "__ignore_group_roles__"):
            with self.subTest(key=key):
                self.request.form[key] = "1"
                self.assertFalse(self.member().is_complete)
                del self.request.form[key]

    def test_nothing_is_written(self):
        self.layer["app"]._p_jar.transaction_manager.commit()
        self.member()
        self.assertEqual(self.layer["app"]._p_jar._registered_objects, [])
