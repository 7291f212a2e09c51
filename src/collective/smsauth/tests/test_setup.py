"""Installing, uninstalling and upgrading."""

from Acquisition import aq_base
from collective.smsauth import administration
from collective.smsauth import configuration
from collective.smsauth import setuphandlers
from collective.smsauth.domain.policy import Policy
from collective.smsauth.interfaces import ISMSAuthLayer
from collective.smsauth.plugin import PLUGIN_ID
from collective.smsauth.plugin import plugin_of
from collective.smsauth.settings import ISMSAuthSettings
from collective.smsauth.tests.visitor import PageTest
from collective.smsauth.tests.visitor import PHONE
from plone import api
from plone.browserlayer.utils import registered_layers
from plone.registry import field
from plone.registry import Record
from Products.CMFPlone.factory import addPloneSite
from Products.PluggableAuthService.interfaces.plugins import IAuthenticationPlugin
from Products.PluggableAuthService.interfaces.plugins import ICredentialsResetPlugin
from Products.PluggableAuthService.interfaces.plugins import ICredentialsUpdatePlugin
from Products.PluggableAuthService.interfaces.plugins import IPropertiesPlugin
from zope.component.hooks import setSite

import transaction

SET_UP = "collective.smsauth: Set up own two-step verification"
MANAGE = "collective.smsauth: Manage two-step verification"
#: The settings of the first version.
FIRST = {
    "enforcement",
    "default_region",
    "code_length",
    "code_lifetime",
    "max_tries",
    "failures_before_pause",
    "resend_waits",
    "texts_per_user",
    "texts_per_number",
    "texts_per_address",
    "reset_link_lifetime",
    "gateway",
    "twilio_account_sid",
    "twilio_auth_token",
    "twilio_api_key_sid",
    "twilio_api_key_secret",
    "twilio_from",
    "twilio_messaging_service_sid",
    "text_sign_in",
    "text_set_up",
    "text_reset",
}
VIEWS = ("setup", "confirm", "verify", "disable", "reset-request", "reset", "recovery")


class TestInstalled(PageTest):
    """A site with the add-on."""

    def test_the_plugin_is_active_for_all_that_it_does_and_first_where_it_has_to_be(self):
        plugins = self.portal.acl_users.plugins
        for interface in (IAuthenticationPlugin, IPropertiesPlugin, ICredentialsResetPlugin):
            with self.subTest(interface):
                self.assertEqual(PLUGIN_ID, plugins.listPluginIds(interface)[0])
        self.assertIn(PLUGIN_ID, plugins.listPluginIds(ICredentialsUpdatePlugin))

    def test_the_layer_is_registered(self):
        self.assertIn(ISMSAuthLayer, registered_layers())

    def test_every_setting_has_a_record_with_its_default(self):
        for name, setting in ISMSAuthSettings.namesAndDescriptions(all=True):
            with self.subTest(name):
                self.assertEqual(setting.default, self.portal.portal_registry[f"collective.smsauth.{name}"])

    def test_members_may_set_up_and_administrators_may_manage(self):
        self.assertEqual({"Manager", "Member", "Site Administrator"}, roles(self.portal, SET_UP))
        self.assertEqual({"Manager", "Site Administrator"}, roles(self.portal, MANAGE))
        self.assertEqual({"Manager", "Site Administrator"}, roles(self.portal, administration.PREPARE))

    def test_the_control_panel_is_in_the_category_of_security(self):
        configlet = next(a for a in self.portal.portal_controlpanel.listActions() if a.id == "smsauth")
        self.assertEqual("plone-security", configlet.category)
        self.assertEqual((MANAGE,), configlet.permissions)

    def test_the_menu_of_a_member_has_one_entry_that_shows_the_state(self):
        anna = self.visitor()
        anna.sign_in("anna")
        self.assertEqual((1, 0), (anna.browser.contents.count("personaltools-smsauth-off"), self.on(anna)))
        anna.set_up()
        self.assertEqual((0, 1), (anna.browser.contents.count("personaltools-smsauth-off"), self.on(anna)))

    def on(self, visitor):
        return visitor.browser.contents.count("personaltools-smsauth-on")

    def test_the_menu_of_a_visitor_has_none(self):
        visitor = self.visitor()
        visitor.open()
        self.assertNotIn("personaltools-smsauth", visitor.browser.contents)

    def test_nobody_is_offered_the_uninstall_profile(self):
        hidden = setuphandlers.HiddenProfiles().getNonInstallableProfiles()
        self.assertEqual(["collective.smsauth:uninstall"], hidden)

    def test_installing_again_keeps_the_records(self):
        self.protected()
        self.portal.portal_setup.runAllImportStepsFromProfile("profile-collective.smsauth:default")
        self.assertEqual(PHONE, plugin_of(self.portal.acl_users).accounts.get("anna").number)

    def test_installing_again_keeps_the_settings(self):
        self.configure(code_length=8)
        self.portal.portal_setup.runAllImportStepsFromProfile("profile-collective.smsauth:default")
        self.assertEqual(8, self.portal.portal_registry["collective.smsauth.code_length"])


class TestUpgrade(PageTest):
    """The upgrade step that puts the plugin back in its place."""

    def test_a_plugin_that_was_moved_or_switched_off_is_put_back_and_keeps_its_records(self):
        self.protected()
        plugins = self.portal.acl_users.plugins
        plugins.deactivatePlugin(IPropertiesPlugin, PLUGIN_ID)
        plugins.movePluginsDown(IAuthenticationPlugin, [PLUGIN_ID])
        setup = self.portal.portal_setup
        setup.setLastVersionForProfile("collective.smsauth:default", "999")
        setup.upgradeProfile("collective.smsauth:default")
        self.assertEqual(("1001",), setup.getLastVersionForProfile("collective.smsauth:default"))
        for interface in (IAuthenticationPlugin, IPropertiesPlugin):
            self.assertEqual(PLUGIN_ID, plugins.listPluginIds(interface)[0])
        self.assertEqual(PHONE, plugin_of(self.portal.acl_users).accounts.get("anna").number)

    def test_the_windows_that_earlier_versions_kept_in_the_plugin_go(self):
        plugin = plugin_of(self.portal.acl_users)
        plugin._windows = {"digest": (1.0,)}
        setup = api.portal.get_tool("portal_setup")
        setup.setLastVersionForProfile("collective.smsauth:default", "1000")
        setup.upgradeProfile("collective.smsauth:default")
        self.assertFalse(hasattr(aq_base(plugin), "_windows"))


class TestUpgradeOfSettings(PageTest):
    """The upgrade step from a site of the first version, which had fewer settings and fewer choices."""

    def setUp(self):
        """Go back to the first version."""
        super().setUp()
        self.records = self.portal.portal_registry.records
        self.protected()
        for name in set(ISMSAuthSettings) - FIRST:
            del self.records[f"collective.smsauth.{name}"]
        former = field.Choice(title="Who", values=["optional", "required"], default="optional", required=True)
        self.records["collective.smsauth.enforcement"] = Record(former, "required")
        self.setup = self.portal.portal_setup
        self.setup.setLastVersionForProfile("collective.smsauth:default", "1000")

    def upgrade(self):
        self.setup.upgradeProfile("collective.smsauth:default")
        self.assertEqual(("1001",), self.setup.getLastVersionForProfile("collective.smsauth:default"))

    def test_before_it_the_new_settings_have_their_defaults(self):
        self.assertEqual(Policy().channels, configuration.SitePolicies()(self.portal).channels)

    def test_new_settings_are_registered_and_stored_ones_stay(self):
        self.configure(code_length=8, text_reset="Your code: ${code}", resend_waits=(10, 20))
        before = {name: self.records[f"collective.smsauth.{name}"].value for name in FIRST}
        self.upgrade()
        self.assertEqual(before, {name: self.records[f"collective.smsauth.{name}"].value for name in FIRST})
        for name in set(ISMSAuthSettings) - FIRST:
            with self.subTest(name):
                self.assertEqual(ISMSAuthSettings[name].default, self.records[f"collective.smsauth.{name}"].value)

    def test_what_may_be_chosen_by_now_can_be_stored(self):
        self.upgrade()
        self.configure(enforcement="selected")
        self.assertEqual("selected", self.records["collective.smsauth.enforcement"].value)

    def test_a_gateway_that_is_away_is_not_replaced(self):
        self.records._values["collective.smsauth.gateway"] = "elsewhere"
        self.upgrade()
        self.assertEqual("elsewhere", self.records["collective.smsauth.gateway"].value)

    def test_the_plugin_stays_in_place_with_its_records(self):
        self.upgrade()
        self.assertEqual([], setuphandlers.out_of_place(self.portal.acl_users))
        self.assertEqual(PHONE, plugin_of(self.portal.acl_users).accounts.get("anna").number)

    def test_a_second_time_changes_nothing(self):
        self.upgrade()
        before = snapshot(self.portal)
        self.setup.setLastVersionForProfile("collective.smsauth:default", "1000")
        self.upgrade()
        self.assertEqual(before, snapshot(self.portal))


class TestUninstalled(PageTest):
    """A site from which the add-on was removed."""

    def uninstall(self):
        self.installer().uninstall_product("collective.smsauth")
        transaction.commit()

    def installer(self):
        return api.content.get_view("installer", self.portal, self.layer["request"])

    def test_passwords_sign_in_again(self):
        self.protected()
        self.uninstall()
        anna = self.visitor()
        anna.sign_in("anna")
        self.assertTrue(anna.is_signed_in())

    def test_sessions_go_on(self):
        owner = self.protected()
        self.uninstall()
        self.assertTrue(owner.is_signed_in())

    def test_where_it_was_required_nobody_is_asked_any_more(self):
        self.configure(enforcement="required")
        self.uninstall()
        bert = self.visitor()
        bert.sign_in("bert")
        self.assertTrue(bert.is_signed_in())

    def test_the_views_are_not_there(self):
        self.uninstall()
        for name in (*VIEWS, "controlpanel", "outbox"):
            with self.subTest(name):
                self.assertEqual(404, self.visitor().request(f"@@smsauth-{name}").status_int)

    def test_deleting_a_member_and_changing_a_password_still_work(self):
        self.uninstall()
        self.portal.acl_users.source_users.updateUserPassword("bert", "another secret 77")
        api.user.delete("bert")
        self.assertIsNone(api.user.get("bert"))

    def test_it_can_be_installed_again_and_starts_afresh(self):
        self.protected()
        self.uninstall()
        self.installer().install_product("collective.smsauth")
        transaction.commit()
        self.assertEqual("", self.account().number)
        self.assertEqual(PLUGIN_ID, self.portal.acl_users.plugins.listPluginIds(IAuthenticationPlugin)[0])
        anna = self.visitor()
        anna.sign_in("anna")
        anna.set_up()
        self.assertEqual(PHONE, self.account().number)


class TestTraces(PageTest):
    """A fresh site, before the installation and after the removal."""

    def test_nothing_is_left(self):
        site = addPloneSite(
            self.layer["app"], "second", setup_content=False, extension_ids=("plonetheme.barceloneta:default",)
        )
        self.addCleanup(setSite, self.portal)
        setSite(site)
        installer = api.content.get_view("installer", site, self.layer["request"])
        before = snapshot(site)
        installer.install_product("collective.smsauth")
        installed = snapshot(site)
        installer.uninstall_product("collective.smsauth")
        after = snapshot(site)
        for part, value in before.items():
            with self.subTest(part):
                self.assertEqual(value, after[part])
        changed = {part for part in before if before[part] != installed[part]}
        touched = {
            "user folder",
            "plugins",
            "registry",
            "layers",
            "actions",
            "configlets",
            "rolemap",
            "site",
            "utilities",
        }
        self.assertEqual(touched, changed)


def roles(site, permission):
    """Return who has a permission by the settings of the site itself."""
    return {role["name"] for role in site.rolesOfPermission(permission) if role["selected"]}


def snapshot(site):
    """Return what an installation may touch."""
    registrations = site.getSiteManager()
    plugins = site.acl_users.plugins
    return {
        "user folder": sorted(site.acl_users.objectIds()),
        "plugins": {info["id"]: plugins.listPluginIds(info["interface"]) for info in plugins.listPluginTypeInfo()},
        "registry": {
            name: repr(site.portal_registry[name]) for name in site.portal_registry.records if name not in _VOLATILE
        },
        "layers": sorted(layer.__identifier__ for layer in registered_layers()),
        "actions": sorted("/".join(path) for path in _paths(site.portal_actions)),
        "configlets": sorted(action.id for action in site.portal_controlpanel.listActions()),
        "rolemap": {name: roles(site, name) for name in (SET_UP, MANAGE, administration.PREPARE)},
        "site": sorted(aq_base(site).__dict__),
        "objects": sorted(site.objectIds()),
        "utilities": sorted(repr((r.provided, r.name)) for r in registrations.registeredUtilities()),
        "adapters": sorted(repr((r.provided, r.name)) for r in registrations.registeredAdapters()),
        "handlers": len(list(registrations.registeredHandlers())),
        "properties": sorted(site.portal_memberdata.propertyIds()),
    }


#: Plone bumps these with every installation.
_VOLATILE = ("plone.resources.last_legacy_import", "plone.bundles.last_compilation")


def _paths(folder, above=()):
    for name, item in folder.objectItems():
        yield (*above, name)
        if hasattr(aq_base(item), "objectItems"):
            yield from _paths(item, (*above, name))
