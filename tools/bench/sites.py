"""Fills the databases, each in a process of its own: ``python -m tools.bench.sites stock|addon FOLDER MEMBERS LARGE``.

``stock`` makes the Plone sites with members and nothing of the add-on. ``addon`` is run on a copy: it installs the add-on, and gives
members phone numbers.
"""

from collections.abc import Iterable
from pathlib import Path
from tools.bench.browser import Browser
from tools.bench.instance import ADMIN
from tools.bench.instance import ADMIN_PASSWORD
from tools.bench.instance import Instance

import subprocess
import sys

#: The site that is measured, and two that differ in the number of their members.
SITE, SMALL_SITE, LARGE_SITE = "Plone", "Small", "Large"
SMALL = 10
PASSWORD = "Bench-Secret-1"
PAGE = "page"
#: The member with two-step verification and the one without, for whom pages are asked for.
PROTECTED, PLAIN = "otto", "mia"
PROTECTED_PHONE = "+31687654321"
_TEXT = "<p>" + "The quick brown fox jumps over the lazy dog. " * 60 + "</p>"


def name_of(number: int) -> str:
    """Return the user id of one of the many members: each signs in once."""
    return f"member{number}"


def stranger_of(number: int) -> str:
    """Return a login, as long as that of a member, that gets no code: by turns it never was, was deleted, or has no phone."""
    return name_of(number).replace("member", "nobody")


def phone_of(number: int) -> str:
    """Return the phone number of one of the many members, E.164."""
    # far from one another: texts to neighbours that nobody confirms would be stopped as text pumping
    return f"+3161{number * 7919 % 10_000_000:07d}"


def change_setting(port: int, site: str, name: str, value: str | bool) -> float:
    """Change a setting of the add-on in a running site, as its Manager; return the seconds it took."""
    browser = Browser(port)
    try:
        values = {f"collective.smsauth.{name}": value}
        return browser.rest_as_manager("PATCH", f"/{site}/@registry", values, status=204).seconds
    finally:
        browser.close()


def choose_gateway(port: int, name: str) -> None:
    """Have the texts of the running site go elsewhere."""
    change_setting(port, SITE, "gateway", name)


def _sites(members: int, large: int) -> tuple[tuple[str, int], ...]:
    return (SITE, members), (SMALL_SITE, SMALL), (LARGE_SITE, large)


def run(step: str, instance: Instance, *, members: int, large: int) -> None:
    """Run a step for an instance in a child process.

    :raises RuntimeError: it failed; what it said is in the message.
    """
    command = [sys.executable, "-m", "tools.bench.sites", step, str(instance.folder), str(members), str(large)]
    done = subprocess.run(
        command, check=False, env=instance.environment(), stdin=subprocess.DEVNULL, capture_output=True, text=True
    )
    if done.returncode:
        raise RuntimeError(f"The site could not be made ({step}):\n{done.stderr[-3000:]}")


def make_stock(app, members: int, large: int) -> None:
    """Create the sites, each with a page and members."""
    from AccessControl.SecurityManagement import newSecurityManager
    from plone import api
    from plone.base.utils import get_installer
    from plone.distribution.api import site as sites
    from zope.component.hooks import setSite

    import transaction

    app.acl_users.userFolderAddUser(ADMIN, ADMIN_PASSWORD, ["Manager"], [])
    # what is not committed, the making of a site undoes
    transaction.commit()
    newSecurityManager(app.REQUEST, app.acl_users.getUser(ADMIN).__of__(app.acl_users))
    for site_id, many in _sites(members, large):
        answers = {
            "site_id": site_id,
            "title": "Benchmark",
            "description": "A site to measure.",
            "default_language": "en",
            "portal_timezone": "UTC",
            "setup_content": True,
        }
        site = sites.create(context=app, distribution_name="classic", answers=answers)
        setSite(site)
        if not get_installer(site, app.REQUEST).is_product_installed("plone.restapi"):
            get_installer(site, app.REQUEST).install_product("plone.restapi")
        add_page(site)
        for user_id in (PROTECTED, PLAIN):
            api.user.create(email=f"{user_id}@example.org", username=user_id, password=PASSWORD)
        add_members(site.acl_users.source_users, map(name_of, range(many)))
        if site_id == SITE:
            add_members(site.acl_users.source_users, (stranger_of(number) for number in range(many) if number % 3))
        transaction.commit()


def add_members(users, names: Iterable[str]) -> None:
    """Add members with one and the same password hash: making it is not what is measured."""
    stored = users._user_passwords[PLAIN]
    for name in names:
        users._user_passwords[name] = stored
        users._login_to_userid[name] = name
        users._userid_to_login[name] = name


def add_page(site) -> None:
    """Add a public page."""
    from plone import api
    from plone.app.textfield import RichTextValue

    text = RichTextValue(_TEXT, "text/html", "text/x-html-safe")
    page = api.content.create(container=site, type="Document", id=PAGE, title="An ordinary page", text=text)
    api.content.transition(obj=page, to_state="published")


def add_addon(app, members: int, large: int) -> None:
    """Install the add-on in the sites, raise its limits as far as they go, and bind numbers."""
    from AccessControl.SecurityManagement import newSecurityManager
    from collective.smsauth.domain.account import Account
    from collective.smsauth.pas.lookup import plugin_of
    from collective.smsauth.settings import PREFIX
    from plone import api
    from plone.base.utils import get_installer
    from zope.component.hooks import setSite

    import time

    newSecurityManager(app.REQUEST, app.acl_users.getUser(ADMIN).__of__(app.acl_users))
    limits = {"texts_per_user": 100, "texts_per_number": 1000, "texts_per_address": 10000, "texts_per_site": 100_000}
    for site_id, many in _sites(members, large):
        site = app[site_id]
        setSite(site)
        if not get_installer(site, app.REQUEST).install_product("collective.smsauth"):
            raise SystemExit("The add-on could not be installed.")
        for name, value in limits.items():
            api.portal.set_registry_record(f"{PREFIX}.{name}", value)
        # two days ago: numbers proved just now, and neighbours at that, would look like text pumping
        accounts, proved = plugin_of(site.acl_users).accounts, time.time() - 2 * 24 * 60 * 60
        accounts.save(PROTECTED, Account(number=PROTECTED_PHONE, bound_at=proved))
        for number in range(many):
            # elsewhere one member in two has a number, as where a site is on its way to requiring one
            if site_id == SITE or number % 2:
                accounts.save(name_of(number), Account(number=phone_of(number), bound_at=proved))
        if site_id == SITE:
            gone = [stranger_of(number) for number in range(1, many, 3)]
            for number, name in enumerate(gone):
                accounts.save(name, Account(number=phone_of(many + number), bound_at=proved))
            site.acl_users.userFolderDelUsers(gone)


def main(step: str, folder: str, members: str, large: str) -> None:
    """Run one step on the database in ``folder``."""
    from Testing.makerequest import makerequest
    from zope.globalrequest import setRequest
    from Zope2.Startup.run import configure_wsgi

    import transaction
    import Zope2

    configure_wsgi(str(Instance(folder=Path(folder), has_addon=step == "addon").configuration))
    app = makerequest(Zope2.app())
    setRequest(app.REQUEST)
    {"stock": make_stock, "addon": add_addon}[step](app, int(members), int(large))
    transaction.commit()
    app._p_jar.db().close()


if __name__ == "__main__":
    main(*sys.argv[1:])
