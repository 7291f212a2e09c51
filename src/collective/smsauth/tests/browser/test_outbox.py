"""The page with the texts of the outbox."""

from collective.smsauth.testing import FUNCTIONAL
from collective.smsauth.testing import PASSWORD
from collective.smsauth.tests.support.administrator import add_site_administrator
from collective.smsauth.tests.support.administrator import Administrator
from collective.smsauth.tests.support.administrator import configure

import json
import os
import unittest

PAGE = "@@smsauth-outbox"


def write(*bodies: str) -> None:
    """Append texts to the outbox."""
    with open(os.environ["SMSAUTH_OUTBOX"], "a", encoding="utf-8") as file:
        for number, body in enumerate(bodies):
            line = {"time": f"2026-01-01T10:00:0{number}+00:00", "to": "+31612345678", "body": body}
            file.write(json.dumps(line) + "\n")


class OutboxTest(unittest.TestCase):
    """What it shows, and to whom."""

    layer = FUNCTIONAL

    def setUp(self):
        """Sign in."""
        self.manager = Administrator(self.layer)

    def test_a_manager_sees_time_number_and_text(self):
        write("Your code is 123456.")
        page = self.manager.open(PAGE)
        for part in ("2026-01-01 10:00:00<", "+31612345678", "Your code is 123456."):
            self.assertIn(part, page)

    def test_the_newest_comes_first(self):
        write("the first text", "the second text")
        page = self.manager.open(PAGE)
        self.assertLess(page.index("the second text"), page.index("the first text"))

    def test_an_empty_outbox_says_so(self):
        self.assertIn("There are no texts yet", self.manager.open(PAGE))

    def test_markup_in_a_text_is_shown_and_not_obeyed(self):
        write("<script>alert(1)</script>")
        self.assertIn("&lt;script&gt;alert(1)", self.manager.open(PAGE))

    def test_it_is_not_there_under_another_gateway(self):
        write("Your code is 123456.")
        configure(gateway="twilio")
        response = self.manager.get(PAGE)
        self.assertEqual(response.status_int, 404)
        self.assertNotIn("123456", response.text)

    def test_members_and_site_administrators_do_not_see_it(self):
        write("Your code is 123456.")
        add_site_administrator()
        for name in ("bert", "frank"):
            with self.subTest(name=name):
                page = Administrator(self.layer, name, PASSWORD).open(PAGE)
                self.assertNotIn("123456", page)

    def test_it_is_not_kept_in_any_cache(self):
        self.assertIn("no-store", self.manager.get(PAGE).headers["Cache-Control"])

    def test_the_control_panel_leads_here_while_it_is_in_use(self):
        self.assertIn(PAGE, self.manager.open("@@smsauth-controlpanel"))
        add_site_administrator()
        self.assertNotIn(PAGE, Administrator(self.layer, "frank", PASSWORD).open("@@smsauth-controlpanel"))
        configure(gateway="twilio")
        self.assertNotIn(PAGE, self.manager.open("@@smsauth-controlpanel"))
