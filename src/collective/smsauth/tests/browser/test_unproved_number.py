"""A number that is not verified, on the member's own pages: its code is entered, another one is sent, or it is removed."""

from collective.smsauth import testing
from collective.smsauth.tests.browser.test_contact_points import ContactsTest
from collective.smsauth.tests.support.visitor import OTHER_PHONE
from collective.smsauth.tests.support.visitor import PHONE
from collective.smsauth.verification import contact_points

import transaction

SHOWN = "+31 6 87654321"
DAY = 24 * 60 * 60


class UnprovedTest(ContactsTest):
    def claim(self, name="anna", number=OTHER_PHONE):
        transaction.begin()
        contact_points.claim(self.portal.acl_users.smsauth.accounts, self.user_id(name), number, now=self.clock())
        transaction.commit()

    def test_a_further_number_stays_in_the_list_when_its_code_has_ended_and_gets_another_one(self):
        self.add(OTHER_PHONE)
        self.clock.advance(310)
        self.anna.open("@@smsauth-contacts")
        self.assertIn(f"{SHOWN} a code was sent, but not entered yet", self.anna.page)
        self.change(SHOWN)
        self.anna.click("send")
        self.assertIn("smsauth-contacts", self.anna.path)
        self.anna.answer()
        self.assertEqual({OTHER_PHONE}, self.contacts())

    def test_it_is_removed_and_its_code_proves_nothing(self):
        self.add(OTHER_PHONE)
        code = testing.last_code(OTHER_PHONE)
        other = self.visitor()
        other.set_cookie("__ac", self.anna.cookie("__ac"))
        other.open("@@smsauth-setup")
        self.assertIn(f"Your number {SHOWN} is not verified yet", other.page)
        other.browser.getLink("Verify or remove the number that is not verified").click()
        self.assertIn("Enter the code", other.page)
        other.click("remove")
        self.assertIn("Removed", other.news)
        self.assertIsNone(self.account().unproved)
        self.anna.answer(code)
        self.assertEqual(set(), self.contacts())

    def test_another_primary_number_is_asked_for_again_days_later(self):
        self.anna.ask_code("+31 6 87654321")
        self.clock.advance(DAY)
        anna = self.pending()
        anna.answer(testing.last_code(PHONE))
        anna.open("@@smsauth-confirm")
        self.assertIn(f"The code that was sent to {SHOWN} has ended", anna.page)
        anna.click("resend")
        anna.answer()
        self.assertEqual(OTHER_PHONE, self.account().number)

    def test_a_claimed_number_is_offered_to_be_verified_as_the_first_one(self):
        bert = self.visitor()
        bert.sign_in("bert")
        self.claim("bert")
        bert.open("@@smsauth-setup")
        self.assertEqual(SHOWN, bert.value("mobile_number"))
        bert.click("send")
        bert.answer()
        self.assertEqual(OTHER_PHONE, self.account("bert").number)

    def test_a_claimed_number_can_be_verified_on_its_own_page_or_removed(self):
        for button in ("remove", "send"):
            bert = self.visitor()
            bert.sign_in("bert")
            self.claim("bert")
            bert.open("@@smsauth-setup")
            bert.browser.getLink("Verify or remove the number that is not verified").click()
            bert.click(button)
            self.assertEqual(button == "send", self.account("bert").unproved is not None)
        self.assertIn("smsauth-confirm", bert.path)
        bert.answer()
        self.assertEqual(OTHER_PHONE, self.account("bert").number)

    def test_a_number_claimed_for_a_member_with_a_phone_is_shown_as_not_verified(self):
        self.claim()
        self.anna.open("@@smsauth-contacts")
        self.assertIn(f"{SHOWN} not verified: it was entered for you", self.anna.page)
        self.change(SHOWN)
        self.anna.click("send")
        self.assertIn("smsauth-confirm", self.anna.path)

    def test_whoever_has_only_the_password_is_not_shown_it(self):
        self.claim("bert")
        self.configure(enforcement="required")
        bert = self.visitor()
        bert.sign_in("bert")
        self.assertIn("smsauth-setup", bert.path)
        self.assertNotIn("87654321", plain_digits(bert.browser.contents))

    def test_where_one_number_is_allowed_no_further_one_is_offered(self):
        self.configure(several_numbers=False)
        self.anna.open("@@smsauth-contacts")
        self.assertIn("+31 6 12345678 verified", self.anna.page)
        self.assertFalse(self.anna.has("form.widgets.address"))
        self.assertNotIn("Add a number", self.anna.page)


def plain_digits(markup):
    """Return all digits of a page, one after the other."""
    return "".join(character for character in markup if character.isdigit())
