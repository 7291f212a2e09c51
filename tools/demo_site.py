"""Creates the demo site once: ``bin/instance run tools/demo_site.py``. A site that is there is left as it is."""

from AccessControl.SecurityManagement import newSecurityManager
from plone import api
from plone.base.utils import get_installer
from plone.distribution.api import site as sites
from Products.MailHost.interfaces import IMailHost
from Testing.makerequest import makerequest
from tools.demo import MEMBERS
from tools.demo import PASSWORD
from tools.demo import SITE_ID
from tools.demo import SWITCHED_ON
from tools.demo_mail import FileMailHost
from zope.component import getSiteManager
from zope.component.hooks import setSite
from zope.globalrequest import setRequest

import logging
import transaction


def create(app) -> None:
    """Create the site with the add-on, plone.restapi, members and a mail host that writes to a file."""
    setRequest(app.REQUEST)
    if app.acl_users.getUser("admin") is None:
        app.acl_users._doAddUser("admin", "admin", ["Manager"], [])
    answers = {
        "site_id": SITE_ID,
        "title": "Two-step verification",
        "description": "A place to try collective.smsauth.",
        "default_language": "en",
        "portal_timezone": "UTC",
        "setup_content": True,
    }
    newSecurityManager(app.REQUEST, app.acl_users.getUser("admin").__of__(app.acl_users))
    site = sites.create(context=app, distribution_name="classic", answers=answers)
    setSite(site)
    site.portal_setup.runAllImportStepsFromProfile("profile-plone.restapi:default")
    use_mail_file(site)
    if not get_installer(site, app.REQUEST).install_product("collective.smsauth"):
        raise SystemExit("The add-on could not be installed.")
    switch_on()
    add_members()


def switch_on() -> None:
    """Switch on what an administrator would have to switch on first, so that all of it can be tried."""
    for name, value in SWITCHED_ON.items():
        api.portal.set_registry_record(f"collective.smsauth.{name}", value)


def use_mail_file(site) -> None:
    """Replace the mail host of the site."""
    components = getSiteManager(site)
    components.unregisterUtility(site.MailHost, provided=IMailHost)
    site._delObject("MailHost")
    site._setObject("MailHost", FileMailHost("MailHost", title="Writes to a file", smtp_host="localhost"))
    components.registerUtility(site.MailHost, provided=IMailHost)
    api.portal.set_registry_record("plone.email_from_name", "Two-step verification")
    api.portal.set_registry_record("plone.email_from_address", "site@example.org")


def add_members() -> None:
    """Add the members with their roles."""
    for member in MEMBERS:
        address = f"{member.user_id}@example.org"
        properties = {"fullname": member.full_name}
        api.user.create(email=address, username=member.user_id, password=PASSWORD, properties=properties)
        api.user.grant_roles(username=member.user_id, roles=[member.role])


def main(app) -> None:
    """Create the site if it is not there."""
    root = makerequest(app)
    if SITE_ID not in root.objectIds():
        logging.disable(logging.WARNING)  # what Plone always says when a site is created
        create(root)
        transaction.commit()


if "app" in globals():
    main(globals()["app"])
