"""Chromium on the pages of a site: what a member does there, and what can be said of every screen he sees."""

from collective.smsauth.testing import FIXTURE
from collective.smsauth.testing import PASSWORD
from pathlib import Path
from plone.app.testing import FunctionalTesting
from plone.testing import Layer
from plone.testing.zope import WSGI_SERVER_FIXTURE

import os
import shutil
import transaction

ROOT = Path(__file__).resolve().parents[5]
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--force-prefers-reduced-motion",
    "--font-render-hinting=none",
)
DESKTOP = {"width": 1280, "height": 800}
PHONE = {"width": 390, "height": 844}
#: Our content, and Plone's messages and modal where they hold it. The rest of the page is stock Plone.
OURS = ("#content", "#global_statusmessage", ".modal.show .modal-content")
_SERIOUS = """
async (places) => {
    const include = places.filter((place) => document.querySelector(place)).map((place) => [place]);
    const found = await axe.run({include}, {resultTypes: ["violations"]});
    return found.violations.filter((one) => ["serious", "critical"].includes(one.impact)).map(
        (one) => one.id + ": " + one.nodes.map((node) => node.html + " " + node.failureSummary).join(" | ")
    );
}
"""
_WIDER_THAN_THE_WINDOW = """
() => document.scrollingElement.scrollWidth > window.innerWidth
    ? [...document.querySelectorAll("body *")].filter((one) => one.getBoundingClientRect().right > window.innerWidth + 1)
        .map((one) => one.outerHTML.slice(0, 120))
    : []
"""
_SHOWS_FOCUS = """
() => {
    const one = document.activeElement, look = () => {
        const {outline, boxShadow, borderColor, textDecoration, backgroundColor} = getComputedStyle(one);
        return JSON.stringify([outline, boxShadow, borderColor, textDecoration, backgroundColor]);
    };
    const focused = look();
    one.blur();
    const blurred = look();
    one.focus({focusVisible: true});
    return focused !== blurred;
}
"""


def chromium() -> str:
    """Return the path of a Chromium, '' if there is none."""
    named = os.environ.get("SMSAUTH_CHROMIUM") or shutil.which("chromium-headless-shell") or shutil.which("chromium")
    return named if named and Path(named).exists() else ""


def axe() -> Path:
    """Return where axe-core should be."""
    modules = os.environ.get("SMSAUTH_NODE_MODULES") or ROOT / "node_modules"
    return Path(modules, "axe-core", "axe.min.js")


class Chromium(Layer):
    """A running Chromium as the resource ``browser``; None if there is none to be run."""

    def setUp(self) -> None:
        """Start it."""
        self["browser"] = self["playwright"] = None
        if chromium():
            from playwright.sync_api import sync_playwright

            self["playwright"] = sync_playwright().start()
            self["browser"] = self["playwright"].chromium.launch(executable_path=chromium(), args=ARGUMENTS)

    def tearDown(self) -> None:
        """Stop it."""
        if self["browser"] is not None:
            self["browser"].close()
            self["playwright"].stop()


CHROMIUM = Chromium()
BROWSER = FunctionalTesting(bases=(FIXTURE, WSGI_SERVER_FIXTURE, CHROMIUM), name="collective.smsauth:Browser")


class Screens:
    """One window with a session of its own. ``complaints`` are what the scripts of the pages reported as errors."""

    def __init__(self, browser, site: str, *, size=DESKTOP, scripts: bool = True) -> None:
        self.site = site
        self.size = size
        self.scripts = scripts
        self.complaints: list[str] = []
        self._context = browser.new_context(
            viewport=size, java_script_enabled=scripts, reduced_motion="reduce", locale="en-GB", timezone_id="UTC"
        )
        self._context.set_default_timeout(20_000)
        self.page = self._context.new_page()
        self.page.on("console", self._listen)
        self.page.on("pageerror", lambda error: self.complaints.append(f"{self.page.url}: {error}"))

    def _listen(self, message) -> None:
        if message.type == "error":
            self.complaints.append(f"{self.page.url}: {message.text} {message.location.get('url', '')}")

    def close(self) -> None:
        """Close the window."""
        self._context.close()

    # moving about

    def open(self, path: str = "") -> "Screens":
        """Go to a page of the site, or to any address."""
        transaction.commit()
        self.page.goto(path if path.startswith("http") else f"{self.site}/{path}".rstrip("/"), wait_until="load")
        return self._arrived()

    def fill(self, name: str, value: str, within: str = "") -> "Screens":
        """Type into a field of ours by its short name."""
        self.page.fill(f'{within} [name="form.widgets.{name}"]', value)
        return self

    def press(self, name: str, within: str = "#content") -> "Screens":
        """Press a button of ours by its short name, and wait for the next page."""
        return self.go(lambda: self.page.click(f'{within} [name="form.buttons.{name}"]'))

    def follow(self, words: str) -> "Screens":
        """Follow a link by its words."""
        return self.go(lambda: self.page.click(f"#content a:has-text('{words}')"))

    def sign_in(self, name: str, password: str = PASSWORD, path: str = "login") -> "Screens":
        """Send name and password on the page of the sign-in."""
        self.open(path)
        self.page.fill("#content [name=__ac_name]", name)
        self.page.fill("#content [name=__ac_password]", password)
        return self.go(lambda: self.page.click('#content [name="buttons.login"]'))

    def sign_out(self) -> "Screens":
        """Sign out."""
        return self.open("logout")

    def go(self, act) -> "Screens":
        """Do what leads to another page, and wait for that."""
        with self.page.expect_navigation(wait_until="load"):
            act()
        return self._arrived()

    def _arrived(self) -> "Screens":
        # What must hold for each of our screens, whichever way one came there.
        if self.page.locator(".smsauth-step").count():
            self.complaints += [f"{self.page.url}: too wide: {element}" for element in self.too_wide()]
            self.complaints += [f"{self.page.url}: out of reach: {name}" for name in self.buttons_out_of_reach()]
            self.page.evaluate("() => window.scrollTo(0, 0)")
        return self

    def value(self, name: str) -> str:
        """Return what stands in a field of ours."""
        return self.page.input_value(f'[name="form.widgets.{name}"]')

    # what is there

    @property
    def title(self) -> str:
        """The heading of the page."""
        return self.page.inner_text("h1").strip()

    @property
    def text(self) -> str:
        """All that can be read in the main part of the page, and in Plone's messages above it."""
        return " ".join(self.page.inner_text("#main-container, main").split())

    @property
    def message(self) -> str:
        """What Plone's messages on top of the page say."""
        return " ".join(" ".join(self.page.locator("#global_statusmessage").all_inner_texts()).split())

    @property
    def is_signed_in(self) -> bool:
        """Whether this page is one for a member."""
        return "userrole-authenticated" in (self.page.get_attribute("body", "class") or "")

    @property
    def focused(self) -> str:
        """The short name of the field or button that has the focus, else its words."""
        name = self.page.evaluate("() => document.activeElement.name || document.activeElement.innerText || ''")
        return name.split(".")[-1].strip()

    # what must hold for each screen

    def serious_findings(self, *places: str) -> list[str]:
        """Return what axe-core finds serious or critical in our part of this page, or in those places (CSS selectors)."""
        self.page.add_script_tag(content=axe().read_text(encoding="utf-8"))
        return self.page.evaluate(_SERIOUS, list(places or OURS))

    def too_wide(self) -> list[str]:
        """Return the elements that make the page scroll sideways."""
        return self.page.evaluate(_WIDER_THAN_THE_WINDOW)

    def buttons_out_of_reach(self) -> list[str]:
        """Return the names of the buttons of ours that cannot be seen and pressed in full, after scrolling down to them."""
        hidden = []
        for button in self.page.locator(".smsauth-step [name^='form.buttons.']").all():
            button.scroll_into_view_if_needed()
            box = button.bounding_box()
            inside = box and box["x"] >= 0 and box["x"] + box["width"] <= self.size["width"] and box["height"] >= 24
            if not inside:
                hidden.append(button.get_attribute("name"))
        return hidden

    def shows_focus(self) -> bool:
        """Tell whether one can see where the focus is."""
        return self.page.evaluate(_SHOWS_FOCUS)

    # the sign-in in Plone's modal

    def open_modal(self) -> "Screens":
        """Open the sign-in as a modal, by Plone's own link."""
        self.open()
        self.page.click("#portal-anontools a, #personaltools-login")
        self.page.wait_for_selector(".modal.show [name=__ac_name]")
        return self

    def sign_in_there(self, name: str, password: str = PASSWORD) -> "Screens":
        """Send name and password in the modal, and wait for the code form."""
        self.page.fill(".modal.show [name=__ac_name]", name)
        self.page.fill(".modal.show [name=__ac_password]", password)
        self.page.click(".modal.show .modal-footer button")
        self.page.wait_for_selector(".modal.show [name^='form.widgets.']")
        return self

    def in_modal(self, words: str) -> "Screens":
        """Wait until the modal says something."""
        self.page.wait_for_selector(f".modal.show :text('{words}')")
        return self

    def press_there(self, words: str) -> "Screens":
        """Press a button of the modal by its words."""
        self.page.click(f".modal.show .modal-footer button:has-text('{words}')")
        return self
