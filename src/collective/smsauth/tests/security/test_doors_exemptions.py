"""Who may add a rule by which a Manager is not asked for a code; and names that nobody has. By the form and by REST."""

from collective.smsauth.testing import FUNCTIONAL
from collective.smsauth.testing import PASSWORD
from collective.smsauth.tests.support.administrator import add_site_administrator
from collective.smsauth.tests.support.administrator import Administrator
from collective.smsauth.tests.support.administrator import configure
from collective.smsauth.tests.support.administrator import grant
from collective.smsauth.tests.support.administrator import setting
from collective.smsauth.tests.support.bare_pages import bare_pages
from collective.smsauth.tests.support.contexts import entered
from plone import api

import transaction
import unittest

PANEL = "@@smsauth-controlpanel"
REST = "@controlpanels/smsauth"


class RuleChangeTest(unittest.TestCase):
    """Frank is Site Administrator, anna is Manager, edith is Manager by the group chiefs; crew has anna in it, and staff chiefs."""

    layer = FUNCTIONAL

    def setUp(self):
        entered(self, bare_pages())
        add_site_administrator()
        grant("anna", "Manager")
        for group in ("chiefs", "crew", "staff", "harmless", "empty"):
            api.group.create(group)
        api.group.grant_roles(groupname="chiefs", roles=["Manager"])
        api.group.grant_roles(groupname="empty", roles=["Manager"])
        api.group.add_user(groupname="chiefs", username="edith")
        api.group.add_user(groupname="crew", username="anna")
        api.group.add_user(groupname="harmless", username="bert")
        api.portal.get_tool("acl_users").source_groups.addPrincipalToGroup("chiefs", "staff")
        transaction.commit()

    def administrators(self):
        return {"frank": Administrator(self.layer, "frank", PASSWORD), "owner": Administrator(self.layer)}

    def by_form(self, who, name, values):
        who.open(PANEL)
        who.fill(**{name: "\n".join(values)})
        page = who.press("save")
        return (
            ""
            if "Changes saved." in page
            else page.split(f'id="formfield-form-widgets-{name}"')[1].split("formfield-")[0]
        )

    def by_rest(self, who, name, values):
        answer = who.rest("PATCH", REST, {name: list(values)})
        if answer.status_int == 204:
            return ""
        self.assertEqual(400, answer.status_int)
        self.assertIn(f'"field": "{name}"', answer.text.replace('\\"', '"').replace("'", '"'))
        return answer.text

    def assert_refused(self, who, name, *values, words):
        for change in (self.by_form, self.by_rest):
            with self.subTest(change.__name__, name=name, values=values):
                self.assertIn(words, change(who, name, values))
                self.assertNotIn(values[-1], setting(name))

    def assert_saved(self, who, name, *values):
        for change in (self.by_form, self.by_rest):
            with self.subTest(change.__name__, name=name, values=values):
                self.assertEqual("", change(who, name, values))
                self.assertEqual(values, setting(name))
                configure(**{name: ()})

    def test_names_that_nobody_has_are_refused(self):
        owner = self.administrators()["owner"]
        for name in ("required_groups", "exempt_groups", "untrusted_groups"):
            self.assert_refused(owner, name, "crew", "krew", words="is no group of this site")
        for name in ("required_roles", "exempt_roles", "untrusted_roles"):
            self.assert_refused(owner, name, "Manger", words="is no role of this site")
            self.assert_refused(owner, name, "Anonymous", words="is no role of this site")
        self.assert_refused(owner, "exempt_users", "bert", "Bert", words="is no user id of this site")
        self.assert_refused(owner, "exempt_users", "admin", words="is no user id of this site")

    def test_names_that_somebody_has_are_saved(self):
        owner = self.administrators()["owner"]
        self.assert_saved(owner, "required_groups", "crew", "AuthenticatedUsers")
        self.assert_saved(owner, "untrusted_roles", "Manager", "Authenticated")
        self.assert_saved(owner, "exempt_users", "anna", "bert")

    def test_a_name_that_vanished_since_keeps_nobody_from_changing_the_rest(self):
        configure(required_groups=("gone",), exempt_users=("anna", "lost"))
        for who in self.administrators().values():
            who.open(PANEL)
            who.fill(code_length="8")
            self.assertIn("Changes saved.", who.press("save"))
            self.assertEqual("", self.by_rest(who, "exempt_users", ["anna", "lost"]))

    def test_a_manager_is_exempted_by_a_manager_only(self):
        frank, owner = self.administrators().values()
        words = "Only Managers may change that"
        for name, value in (
            ("exempt_users", "anna"),
            ("exempt_users", "edith"),
            ("exempt_groups", "chiefs"),
            ("exempt_groups", "crew"),
            ("exempt_groups", "staff"),
            ("exempt_groups", "empty"),
            ("exempt_groups", "AuthenticatedUsers"),
            ("exempt_roles", "Manager"),
            ("exempt_roles", "Authenticated"),
            ("exempt_networks", "192.0.2.0/24"),
        ):
            self.assert_refused(frank, name, value, words=words)
            self.assert_saved(owner, name, value)

    def test_a_role_that_a_manager_has_besides_is_one_of_theirs(self):
        frank = self.administrators()["frank"]
        self.assert_saved(frank, "exempt_roles", "Reviewer")
        grant("anna", "Reviewer")
        self.assert_refused(frank, "exempt_roles", "Reviewer", words="Only Managers may change that")

    def test_a_manager_of_the_site_alone_is_one_as_well(self):
        api.user.grant_roles(username="bert", roles=["Manager"], obj=self.layer["portal"])
        transaction.commit()
        frank = self.administrators()["frank"]
        self.assert_refused(frank, "exempt_users", "bert", words="Only Managers may change that")
        self.assert_refused(frank, "exempt_groups", "harmless", words="Only Managers may change that")

    def test_others_are_exempted_by_whoever_may_manage_the_second_step(self):
        frank = self.administrators()["frank"]
        self.assert_saved(frank, "exempt_users", "bert", "frank")
        self.assert_saved(frank, "exempt_groups", "harmless")
        self.assert_saved(frank, "required_roles", "Manager")

    def test_taking_an_exemption_back_takes_nothing_special(self):
        configure(exempt_users=("anna", "bert"), exempt_networks=("192.0.2.0/24",))
        frank = self.administrators()["frank"]
        self.assertEqual("", self.by_form(frank, "exempt_users", ["bert"]))
        self.assertEqual("", self.by_rest(frank, "exempt_networks", []))
        self.assertEqual((("bert",), ()), (setting("exempt_users"), setting("exempt_networks")))
