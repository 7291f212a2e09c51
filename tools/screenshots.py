"""Takes the pictures of the documentation: ``python -m tools.screenshots [name ...]`` writes docs/_static/*.png.

It drives Chromium through a site of its own, with a clock that stands still and windows of fixed sizes, so that a picture changes only
when its page does.
"""

from collective.smsauth import wiring
from collective.smsauth.delivery.gateways.outbox import OutboxGateway
from collective.smsauth.domain.account import Account
from collective.smsauth.domain.budget import Kind
from collective.smsauth.domain.delivery import Text
from collective.smsauth.domain.sms_pumping import Alarm
from collective.smsauth.testing import last_code
from collective.smsauth.tests.support.administrator import add_site_administrator
from collective.smsauth.tests.support.administrator import configure
from collective.smsauth.tests.support.administrator import grant
from collective.smsauth.tests.support.post_office import PostOffice
from collective.smsauth.tests.support.screens import BROWSER
from collective.smsauth.tests.support.screens import PHONE
from collective.smsauth.tests.support.screens import Screens
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from PIL import Image
from plone import api

import datetime
import sys
import transaction

PLACE = Path(__file__).resolve().parent.parent / "docs" / "_static"
WINDOW = {"width": 1000, "height": 700}
#: 15 January 2025, 8:00 UTC: in the past, so that a session, which goes by the clock of the machine, is always a fresh one.
MOMENT = 1_736_928_000.0
MONTH_END = datetime.date(2025, 1, 31)
NUMBER, READABLE, OTHER_NUMBER = "+31612345678", "+31 6 12345678", "+31687654321"
NOT_THE_CODE = "246810"
COLOURS = 64
MOST_BYTES = 60_000


class Studio:
    """A site, a browser, and what the pictures have in common."""

    def __init__(self, layer, office: PostOffice) -> None:
        self.layer, self.office = layer, office
        self.site = f"http://localhost:{layer['port']}/plone"

    @contextmanager
    def look(self, size=WINDOW):
        """Open a window of that size, and close it again."""
        screens = Screens(self.layer["browser"], self.site, size=size)
        yield screens
        screens.close()

    def protect(self) -> None:
        """Have anna set up a phone the day before."""
        transaction.begin()
        self.layer["portal"].acl_users.smsauth.accounts.save("anna", Account().bind(NUMBER, now=MOMENT - 86400))
        transaction.commit()

    def set_up(self):
        """The set-up."""
        with self.look() as screens:
            screens.sign_in("anna").open("@@smsauth-setup").fill("mobile_number", READABLE)
            yield "set-up", take(screens)
            screens.press("send")
            yield "confirm", take(screens)
            screens.fill("code", last_code()).press("verify").open("@@smsauth-setup")
            yield "set-up-on", take(screens)

    def sign_in(self):
        """The sign-in on a page, in the modal and on a phone."""
        self.protect()
        with self.look() as screens:
            screens.sign_in("anna")
            yield "sign-in", take(screens)
            screens.fill("code", NOT_THE_CODE).press("verify")
            yield "wrong-code", take(screens)
        self.protect()
        with self.look() as screens:
            screens.open_modal().sign_in_there("anna")
            screens.page.wait_for_timeout(500)
            yield "sign-in-modal", take(screens)
        self.protect()
        with self.look(PHONE) as screens:
            screens.sign_in("anna")
            yield "sign-in-phone", take(screens)

    def other_ways(self):
        """What a member has besides the text: recovery codes, further addresses, trusted browsers; and what to do if no code comes."""
        self.protect()
        configure(channel_voice=True, channel_email=True, trust_days=30, access_page=True, texts_per_address=100)
        with self.look({"width": 1000, "height": 820}) as screens:
            screens.sign_in("anna")
            yield "other-ways", take(screens)
            screens.page.check("text=Don’t ask for a code on this browser")
            screens.fill("code", last_code()).press("verify").open("@@smsauth-recovery")
            yield "recovery-codes", take(screens)
            screens.open("@@smsauth-contacts")
            yield "contacts", take(screens)
            screens.open("@@smsauth-browsers")
            yield "browsers", take(screens)
        with self.look() as screens:
            screens.open("@@smsauth-access").fill("username", "anna")
            yield "access", take(screens)
            screens.press("submit")
            yield "access-code", take(screens)
            configure(gateway="twilio")
            BROWSER["clock"].advance(1800)
            screens.sign_in("anna")
            yield "problem", take(screens)

    def reminder(self):
        """The page that tells of a policy that is to come."""
        configure(enforcement="required", grace_everyone=MONTH_END)
        with self.look() as screens:
            screens.sign_in("bert")
            yield "reminder", take(screens)

    def counters(self):
        """What texts cost."""
        add_site_administrator("sam")
        configure(budget=1000)
        book = wiring.current().counters
        for day in range(1, 16):
            for kind, number in ((Kind.SENT, 20 + day * 3), (Kind.CONFIRMED, 18 + day * 2), (Kind.FAILED, day % 4)):
                for count in range(number):
                    book.count(kind, "BE" if count % 4 == 0 else "NL", day=f"2025-01-{day:02}")
        transaction.commit()
        with self.look({"width": 1000, "height": 900}) as screens:
            screens.sign_in("sam").open("@@smsauth-counters")
            yield "counters", take(screens)
            yield "countries", take(screens, at="#smsauth-countries-title")

    def lost_phone(self):
        """The reset of the number."""
        self.protect()
        with self.look() as screens:
            screens.open("@@smsauth-reset-request").fill("username", "anna").fill("mobile_number", "+31 6 87654321")
            yield "lost-phone", take(screens)
            screens.press("submit").open(self.office.last_link())
            yield "lost-phone-link", take(screens)

    def warning(self):
        """What follows three wrong codes behind the right password."""
        self.protect()
        with self.look() as screens:
            screens.sign_in("anna")
            for _ in range(3):
                screens.fill("code", NOT_THE_CODE).press("verify")
            screens.open(self.office.last_link())
            yield "not-me", take(screens)

    def administration(self):
        """What administrators see."""
        add_site_administrator("sam")
        grant("sam", "Manager")
        configure(texts_per_address=100)
        self.protect()
        with self.look({"width": 1000, "height": 1250}) as screens:
            screens.sign_in("sam").open("@@smsauth-controlpanel")
            yield "control-panel", take(screens)
        with self.look() as screens:
            screens.sign_in("sam").open("@@smsauth-members?search=anna")
            yield "members", take(screens)
            for number, code in ((NUMBER, "204518"), (OTHER_NUMBER, "773096")):
                body = f"Plone site: your code is {code}. It works for 5 minutes.\n@localhost #{code}"
                OutboxGateway(clock=lambda: MOMENT).send(Text(to=number, body=body, expires=MOMENT + 300), {})
            screens.open("@@smsauth-outbox")
            yield "outbox", take(screens)
            alarm = Alarm(shown="+3161234••••", region="NL", at=MOMENT, asked=12, confirmed=1)
            wiring.current().number_blocks.stop("1" * 32, alarm)
            screens.open("@@smsauth-controlpanel")
            yield "alarm", take(screens, at="#smsauth-alarms")
            wiring.current().number_blocks.lift("1" * 32)
            configure(gateway="twilio")
            api.portal.get_tool("acl_users").ZCacheable_setManagerId("RAMCache")
            transaction.commit()
            screens.open("@@smsauth-controlpanel")
            yield "self-check", take(screens)

    def pictures(self):
        """Return the series, each for a site without traces of the others."""
        return (
            self.set_up,
            self.sign_in,
            self.other_ways,
            self.reminder,
            self.counters,
            self.lost_phone,
            self.warning,
            self.administration,
        )


def take(screens: Screens, at: str = "") -> bytes:
    """Return a picture of a window, with the mouse out of the way; scrolled to the element that ``at`` selects, if any."""
    if at:
        screens.page.locator(at).evaluate("(element) => element.scrollIntoView()")
    screens.page.mouse.move(screens.size["width"] - 1, screens.size["height"] - 1)
    return screens.page.screenshot(animations="disabled", caret="hide")


def write(name: str, picture: bytes) -> None:
    """Write a picture with few colours."""
    PLACE.mkdir(parents=True, exist_ok=True)
    small = BytesIO()
    image = Image.open(BytesIO(picture)).convert("RGB")
    image.quantize(COLOURS, dither=Image.Dither.NONE).save(small, "PNG", optimize=True)
    if small.tell() > MOST_BYTES:
        raise SystemExit(f"{name}.png would have {small.tell()} bytes")
    (PLACE / f"{name}.png").write_bytes(small.getvalue())
    print(f"{name}.png  {small.tell()} bytes")


def layers(layer) -> list:
    """Return a layer and those it stands on, the lowest first."""
    found: list = []
    for base in layer.__bases__:
        found += [one for one in layers(base) if one not in found]
    return [*found, layer]


def main(wanted: list[str]) -> None:
    """Take the pictures, or those wanted."""
    stack, office = layers(BROWSER), PostOffice()
    for layer in stack:
        layer.setUp()
    for series in Studio(BROWSER, office).pictures():
        for layer in stack:
            layer.testSetUp()
        BROWSER["clock"].time = MOMENT
        office.serve()
        transaction.commit()
        for name, picture in series():
            if not wanted or name in wanted:
                write(name, picture)
        for layer in reversed(stack):
            layer.testTearDown()
    office.close()
    for layer in reversed(stack):
        layer.tearDown()


if __name__ == "__main__":
    main(sys.argv[1:])
