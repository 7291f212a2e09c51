"""Installing, uninstalling and upgrading."""

from Acquisition import aq_base
from collective.smsauth import permissions
from collective.smsauth import setuphandlers
from collective.smsauth.domain.policy import Policy
from collective.smsauth.interfaces import ISMSAuthLayer
from collective.smsauth.interfaces import ISMSAuthPlugin
from collective.smsauth.pas.lookup import PLUGIN_ID
from collective.smsauth.pas.lookup import plugin_of
from collective.smsauth.settings import stored
from collective.smsauth.settings.gateways import whole_schema
from collective.smsauth.tests.support.bare_pages import whole_page
from collective.smsauth.tests.support.visitor import PageTest
from collective.smsauth.tests.support.visitor import PHONE
from plone import api
from plone.browserlayer.utils import registered_layers
from Products.CMFPlone.factory import addPloneSite
from Products.PluggableAuthService.interfaces.plugins import IAuthenticationPlugin
from Products.PluggableAuthService.interfaces.plugins import ICredentialsResetPlugin
from Products.PluggableAuthService.interfaces.plugins import ICredentialsUpdatePlugin
from Products.PluggableAuthService.interfaces.plugins import IPropertiesPlugin
from zope.component.hooks import setSite
from zope.interface.verify import verifyObject

import transaction

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

    def test_the_plugin_has_what_its_interface_says(self):
        self.assertTrue(verifyObject(ISMSAuthPlugin, plugin_of(self.portal.acl_users)))

    def test_the_layer_is_registered(self):
        self.assertIn(ISMSAuthLayer, registered_layers())

    def test_every_setting_has_a_record_with_its_default(self):
        for name, setting in whole_schema().namesAndDescriptions(all=True):
            with self.subTest(name):
                self.assertEqual(setting.default, self.portal.portal_registry[f"collective.smsauth.{name}"])

    def test_members_may_set_up_and_administrators_may_manage(self):
        self.assertEqual({"Manager", "Member", "Site Administrator"}, roles(self.portal, permissions.SET_UP_OWN))
        self.assertEqual({"Manager", "Site Administrator"}, roles(self.portal, permissions.MANAGE))
        self.assertEqual({"Manager", "Site Administrator"}, roles(self.portal, permissions.PREPARE_CODES))

    def test_the_control_panel_is_in_the_category_of_security(self):
        configlet = next(a for a in self.portal.portal_controlpanel.listActions() if a.id == "smsauth")
        self.assertEqual("plone-security", configlet.category)
        self.assertEqual((permissions.MANAGE,), configlet.permissions)

    @whole_page
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


class TestInstallingAgain(PageTest):
    """The profile is applied to a site where something went astray."""

    def setUp(self):
        super().setUp()
        self.records = self.portal.portal_registry.records
        self.protected()

    def install(self):
        self.portal.portal_setup.runAllImportStepsFromProfile("profile-collective.smsauth:default")

    def test_a_plugin_that_was_moved_or_switched_off_is_put_back_and_keeps_its_records(self):
        plugins = self.portal.acl_users.plugins
        plugins.deactivatePlugin(IPropertiesPlugin, PLUGIN_ID)
        plugins.movePluginsDown(IAuthenticationPlugin, [PLUGIN_ID])
        self.install()
        for interface in (IAuthenticationPlugin, IPropertiesPlugin):
            self.assertEqual(PLUGIN_ID, plugins.listPluginIds(interface)[0])
        self.assertEqual([], setuphandlers.out_of_place(self.portal.acl_users))
        self.assertEqual(PHONE, plugin_of(self.portal.acl_users).accounts.get("anna").number)

    def test_settings_without_a_record_have_their_defaults(self):
        for name in whole_schema():
            del self.records[f"collective.smsauth.{name}"]
        self.assertEqual(Policy(), stored.SitePolicies()(self.portal))

    def test_settings_without_a_record_are_registered_and_stored_ones_stay(self):
        self.configure(code_length=8, text_reset="Your code: ${code}", resend_waits=(10, 20))
        kept = {"code_length", "text_reset", "resend_waits"}
        before = {name: self.records[f"collective.smsauth.{name}"].value for name in kept}
        for name in set(whole_schema()) - kept:
            del self.records[f"collective.smsauth.{name}"]
        self.install()
        self.assertEqual(before, {name: self.records[f"collective.smsauth.{name}"].value for name in kept})
        for name in set(whole_schema()) - kept:
            with self.subTest(name):
                self.assertEqual(whole_schema()[name].default, self.records[f"collective.smsauth.{name}"].value)

    def test_a_second_time_changes_nothing(self):
        self.install()
        before = snapshot(self.portal)
        self.install()
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
        "rolemap": {name: roles(site, name) for name in permissions.ALL},
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
