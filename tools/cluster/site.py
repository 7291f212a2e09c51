"""Makes the site, in a process of its own: ``python -m tools.cluster.site FOLDER MEMBERS``. Every member has a phone number."""

from pathlib import Path
from tools.bench import sites
from tools.bench.instance import ADMIN
from tools.bench.instance import ADMIN_PASSWORD
from tools.bench.instance import Instance

import subprocess
import sys

SITE = sites.SITE


def run(instance: Instance, members: int) -> None:
    """Make it in a child process.

    :raises RuntimeError: it failed; what it said is in the message.
    """
    command = [sys.executable, "-m", "tools.cluster.site", str(instance.folder), str(members)]
    done = subprocess.run(
        command, check=False, env=instance.environment(), stdin=subprocess.DEVNULL, capture_output=True, text=True
    )
    if done.returncode:
        raise RuntimeError(f"The site could not be made:\n{done.stderr[-3000:]}")


def make(app, members: int) -> None:
    """Create the site with a page, members, and the add-on, whose limits on texts are out of the way."""
    from AccessControl.SecurityManagement import newSecurityManager
    from collective.smsauth.domain.account import Account
    from collective.smsauth.pas.lookup import plugin_of
    from collective.smsauth.settings import PREFIX
    from plone import api
    from plone.base.utils import get_installer
    from plone.distribution.api import site as distribution
    from zope.component.hooks import setSite

    import time
    import transaction

    app.acl_users.userFolderAddUser(ADMIN, ADMIN_PASSWORD, ["Manager"], [])
    # what is not committed, the making of a site undoes
    transaction.commit()
    newSecurityManager(app.REQUEST, app.acl_users.getUser(ADMIN).__of__(app.acl_users))
    answers = {
        "site_id": SITE,
        "title": "Two instances",
        "description": "A site to try.",
        "default_language": "en",
        "portal_timezone": "UTC",
        "setup_content": True,
    }
    site = distribution.create(context=app, distribution_name="classic", answers=answers)
    setSite(site)
    sites.add_page(site)
    api.user.create(email="mia@example.org", username=sites.PLAIN, password=sites.PASSWORD)
    sites.add_members(site.acl_users.source_users, map(sites.name_of, range(members)))
    if not get_installer(site, app.REQUEST).install_product("collective.smsauth"):
        raise SystemExit("The add-on could not be installed.")
    limits = {"texts_per_user": 100, "texts_per_number": 1000, "texts_per_address": 10000, "texts_per_site": 100_000}
    for name, value in {**limits, "gateway": "twilio"}.items():
        api.portal.set_registry_record(f"{PREFIX}.{name}", value)
    # two days ago: numbers proved just now would look like text pumping
    proved = time.time() - 2 * 24 * 60 * 60
    for number in range(members):
        account = Account(number=sites.phone_of(number), bound_at=proved)
        plugin_of(site.acl_users).accounts.save(sites.name_of(number), account)


def main(folder: str, members: str) -> None:
    """Make it in the database in ``folder``."""
    from Testing.makerequest import makerequest
    from zope.globalrequest import setRequest
    from Zope2.Startup.run import configure_wsgi

    import transaction
    import Zope2

    configure_wsgi(str(Instance(folder=Path(folder), has_addon=True).configuration))
    app = makerequest(Zope2.app())
    setRequest(app.REQUEST)
    make(app, int(members))
    transaction.commit()
    app._p_jar.db().close()


if __name__ == "__main__":
    main(*sys.argv[1:])
