"""The state in which every case begins: visitors, sign-ins that are pending, members with and without proof, administrators.

It is brought about by the site's own pages, so that it goes on as they change.
"""

from base64 import b64encode
from collective.smsauth.testing import PASSWORD
from collective.smsauth.tests.support.visitor import wrong
from dataclasses import replace
from plone import api
from plone.app.testing import SITE_OWNER_NAME
from plone.app.testing import SITE_OWNER_PASSWORD
from plone.session import tktauth
from tools.fuzz.actors import Actor
from tools.fuzz.browser import Browser
from tools.fuzz.browser import ROOT
from tools.fuzz.request import Request
from tools.fuzz.site import Site
from zope.component.hooks import setSite

import json
import re
import time
import transaction

DAY, HOUR = 24 * 60 * 60, 60 * 60
#: Members and their numbers; '' for those who have none.
MEMBERS = {
    "anna": "+31612345601",
    "dora": "+31612345602",
    "gina": "+31612345603",
    "kate": "+31612345604",
    "mona": "+31612345605",
    "paul": "+31612345606",
    "petra": "+31612345607",
    "rita": "+31612345608",
    "tess": "+31612345609",
    "bert": "",
    "edith": "",
    "frank": "",
    "olga": "",
}
NEW_NUMBER, FURTHER_NUMBER = "+31687654320", "+31687654321"
TWILIO_TOKEN = "f" * 32
SETTINGS = {
    "access_page": True,
    "trust_days": 30,
    "channel_email": True,
    "channel_voice": True,
    "enforcement": "selected",
    "required_groups": ("obliged",),
    "twilio_account_sid": "AC" + "0" * 32,
    "twilio_auth_token": TWILIO_TOKEN,
}


class Scene:
    """Brings a site to the state in which every case begins, by its own pages."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def actors(self) -> tuple[Actor, ...]:
        """Return the actors, after everything was set up for them."""
        clock = self._site.clock
        self._furnish()
        clock.advance(-2 * DAY)
        recovery = {name: self._bind(name) for name, number in MEMBERS.items() if number}
        clock.advance(2 * DAY - 2 * HOUR)
        paul, bert = self._paul(), self._signed_in("bert")
        clock.advance(2 * HOUR)
        report = self._gina(recovery["gina"])
        found = [
            *report,
            *self._anna(),
            *self._tess(),
            paul,
            self._bert(bert),
            self._petra(),
            self._kate(),
            self._olga(),
            self._rita(),
            self._reset_password(),
            self._forgotten_password(),
            self._warning(),
            self._member("edith", "member without a number"),
            self._administrator("frank", "site administrator"),
            self._administrator("mona", "manager"),
            Actor(
                name="root administrator",
                headers=(_basic(),),
                pages=("@@smsauth-controlpanel", "@@smsauth-outbox"),
                looks_around=True,
            ),
            Actor(name="visitor", looks_around=True),
        ]
        return tuple(sorted(found, key=lambda one: one.name))

    def _furnish(self) -> None:
        setSite(self._site.portal)
        for name in sorted(MEMBERS.keys() - {"anna", "bert", "edith"}):
            api.user.create(username=name, email=f"{name}@example.org", password=PASSWORD)
        api.group.create("obliged")
        api.group.add_user(groupname="obliged", username="olga")
        roles = api.portal.get_tool("acl_users").portal_role_manager
        roles.assignRoleToPrincipal("Site Administrator", "frank")
        roles.assignRoleToPrincipal("Manager", "mona")
        for name, value in SETTINGS.items():
            api.portal.set_registry_record(f"collective.smsauth.{name}", value)
        api.portal.set_registry_record("plone.smtp_host", "localhost")
        transaction.commit()
        setSite(None)

    # What members do

    def _browser(self) -> Browser:
        self._site.limiter.empty()
        return Browser(self._site)

    def _code(self) -> str:
        return re.findall(r"\d{6}", self._site.letterbox.texts[-1].body)[-1]

    def _bind(self, name: str) -> tuple[str, ...]:
        """Set up a phone, and return recovery codes."""
        browser = self._browser()
        browser.sign_in(name, PASSWORD)
        browser.open("@@smsauth-setup")
        browser.press("send", mobile_number=MEMBERS[name])
        browser.open("@@smsauth-confirm")
        browser.press("verify", code=self._code())
        browser.open("@@smsauth-recovery")
        browser.press("make")
        shown = dict(browser.form("form.buttons.download").fields)["codes"]
        return tuple(shown.split())

    def _signed_in(self, name: str, *, boxes: bool = False) -> Browser:
        browser = self._browser()
        browser.sign_in(name, PASSWORD)
        if MEMBERS[name]:
            form = browser.form("form.buttons.verify")
            typed = {"form.widgets.code": self._code()}
            ticked = form.fields + (form.boxes if boxes else ())
            browser.submit(replace(form, fields=ticked), typed)
        browser.open("")  # where the sign-in leads: what is kept for a session that was not used yet, ends
        return browser

    def _link(self) -> str:
        raw = self._site.mails()[-1]
        text = raw.decode() if isinstance(raw, bytes) else str(raw)
        text = text.replace("=\n", "").replace("=3D", "=")
        return re.findall(r"https?://[^\s>]+\?[^\s>]+", text)[-1]

    # Who there is

    def _member(self, name: str, what: str, *pages: str) -> Actor:
        return Actor(name=f"{what} ({name})", cookies=self._signed_in(name).jar, pages=pages, looks_around=True)

    def _administrator(self, name: str, what: str) -> Actor:
        pages = (
            "@@smsauth-controlpanel",
            "@@smsauth-members?search=gina",
            "@@smsauth-members?search=petra",
            "@@smsauth-counters",
        )
        return self._member(name, what, *pages)

    def _anna(self) -> list[Actor]:
        session = self._signed_in("anna")
        answer = self._site.send(
            Request(
                method="POST",
                path="/plone/@login-renew",
                headers=(("Accept", "application/json"),),
                cookies=session.jar,
            )
        )
        token = json.loads(answer.body)["token"]
        setSite(self._site.portal)
        secret = self._site.portal.acl_users.session._getSigningSecret("anna")
        ticket = tktauth.createTicket(secret, "anna", timestamp=int(time.time()))
        setSite(None)
        return [
            Actor(name="member with proof (anna)", cookies=session.jar, looks_around=True),
            Actor(
                name="member by token (anna)",
                headers=(("Authorization", f"Bearer {token}"),),
                may_as=("member with proof (anna)",),
            ),
            Actor(
                name="ticket without proof (anna)",
                cookies=(("__ac", f'"{b64encode(ticket).decode()}"'),),
                looks_around=True,
            ),
        ]

    def _gina(self, recovery: tuple[str, ...]) -> list[Actor]:
        browser = self._browser()
        browser.sign_in("gina", PASSWORD)
        codes = {"smsauth-verify": (self._code(), recovery[0])}
        provider = Actor(name="provider", pages=(self._site.letterbox.texts[-1].status_url,))
        name, pages = "pending sign-in (gina)", ("@@smsauth-verify", "@@smsauth-verify?letters=1", "@@smsauth-problem")
        return [Actor(name=name, cookies=browser.jar, pages=pages, codes=codes), provider]

    def _tess(self) -> list[Actor]:
        first = self._signed_in("tess", boxes=True)
        trusted = tuple(pair for pair in first.jar if pair[0].startswith("smsauth_trusted"))
        second = self._browser()
        second.cookies.update(trusted)
        second.sign_in("tess", PASSWORD)
        second.open("@@smsauth-verify")
        step_up = Actor(
            name="step-up on a trusted browser (tess)",
            cookies=second.jar,
            pages=("@@smsauth-verify", "@@smsauth-browsers"),
            codes={"smsauth-verify": (self._code(),)},
        )
        return [step_up, Actor(name="trusted browser (tess)", cookies=trusted, looks_around=True)]

    def _paul(self) -> Actor:
        browser = self._signed_in("paul")
        browser.open("@@smsauth-contacts")
        browser.press("send", address=FURTHER_NUMBER)
        browser.press("verify", code=self._code())
        return Actor(name="member long signed in (paul)", cookies=browser.jar, looks_around=True)

    def _bert(self, browser: Browser) -> Actor:
        browser.open("@@smsauth-setup")
        browser.press("send", mobile_number=NEW_NUMBER, password=PASSWORD)
        codes = {"smsauth-confirm": (self._code(),)}
        pages = ("@@smsauth-setup", "@@smsauth-confirm")
        return Actor(name="member who sets up a phone (bert)", cookies=browser.jar, pages=pages, codes=codes)

    def _petra(self) -> Actor:
        desk = self._signed_in("frank")
        desk.open("@@smsauth-members?search=petra")
        form = desk.form("form.buttons.prepare")
        desk.submit(form, {"reason": "known by voice"})
        code = re.findall(r'id="smsauth-prepared".*?<strong[^>]*>\s*([^<\s]+)', desk.page, re.S)[0]
        browser = self._browser()
        browser.sign_in("petra", PASSWORD)
        pages, codes = ("@@smsauth-verify",), {"smsauth-verify": (code,)}
        return Actor(name="pending sign-in with a prepared code (petra)", cookies=browser.jar, pages=pages, codes=codes)

    def _kate(self) -> Actor:
        browser = self._signed_in("kate")
        browser.open("@@smsauth-contacts")
        browser.press("send", address=NEW_NUMBER)
        codes = {"smsauth-contacts": (self._code(),)}
        return Actor(
            name="member who adds a number (kate)", cookies=browser.jar, pages=("@@smsauth-contacts",), codes=codes
        )

    def _olga(self) -> Actor:
        browser = self._browser()
        browser.sign_in("olga", PASSWORD)
        browser.press("send", mobile_number=NEW_NUMBER)
        codes, pages = {"smsauth-confirm": (self._code(),)}, ("@@smsauth-setup", "@@smsauth-confirm")
        return Actor(
            name="pending sign-in that must set up a phone (olga)", cookies=browser.jar, pages=pages, codes=codes
        )

    def _rita(self) -> Actor:
        browser = self._browser()
        browser.open("@@smsauth-reset-request")
        browser.press("submit", username="rita", mobile_number=NEW_NUMBER)
        return Actor(name="reset link (rita)", pages=(self._link(),), codes={"smsauth-reset": (self._code(),)})

    def _reset_password(self) -> Actor:
        setSite(self._site.portal)
        reset = api.portal.get_tool("portal_password_reset").requestReset("edith")
        transaction.commit()
        setSite(None)
        return Actor(name="password link (edith)", pages=(f"{ROOT}/passwordreset/{reset['randomstring']}",))

    def _forgotten_password(self) -> Actor:
        browser = self._browser()
        browser.open("@@smsauth-access")
        browser.press("submit", username="mona")
        codes, pages = {"smsauth-access-code": (self._code(),)}, ("@@smsauth-access-code",)
        return Actor(name="forgotten password (mona)", cookies=browser.jar, pages=pages, codes=codes)

    def _warning(self) -> Actor:
        browser = self._browser()
        browser.sign_in("dora", PASSWORD)
        code = wrong(self._code())
        for _ in range(3):
            browser.press("verify", code=code)
        return Actor(name="link in a warning (dora)", pages=(self._link(),))


def _basic() -> tuple[str, str]:
    return "Authorization", "Basic " + b64encode(f"{SITE_OWNER_NAME}:{SITE_OWNER_PASSWORD}".encode()).decode()
