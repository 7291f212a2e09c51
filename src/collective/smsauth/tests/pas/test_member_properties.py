"""What the read-only properties of a member say."""

from collective.smsauth.domain import challenge
from collective.smsauth.domain.account import Account
from collective.smsauth.domain.account import ResetLink
from collective.smsauth.domain.challenge import Purpose
from collective.smsauth.domain.channels import Channel
from collective.smsauth.domain.channels import Route
from collective.smsauth.pas.member_properties import properties_of
from collective.smsauth.tests.support.parts import KEY
from collective.smsauth.tests.support.parts import NOON
from collective.smsauth.tests.support.parts import NUMBER
from dataclasses import replace

import unittest

NOTHING = {
    "mobile_number": "",
    "pending_mobile_number": "",
    "verified_mobile_numbers": (),
    "two_step_verification": False,
    "smsauth_code": "",
    "smsauth_signature": "",
}


def said(account, now=NOON):
    return properties_of(account, max_tries=5, now=now)


def code(purpose=Purpose.SIGN_IN):
    route = Route(to=NUMBER, channel=Channel.TEXT)
    return challenge.issue(
        key=KEY, user_id="jane", purpose=purpose, route=route, code="123456", now=NOON, lifetime=300, binding=""
    )


class PropertiesTest(unittest.TestCase):
    def test_without_a_record_there_is_nothing(self):
        self.assertEqual(NOTHING, said(None))
        self.assertEqual(NOTHING, said(Account()))

    def test_the_number_and_that_it_is_on(self):
        verified = (NUMBER,)
        expected = {
            **NOTHING,
            "mobile_number": NUMBER,
            "verified_mobile_numbers": verified,
            "two_step_verification": True,
        }
        self.assertEqual(expected, said(Account(number=NUMBER)))

    def test_the_digest_of_the_first_open_code(self):
        first, second = code(), code(Purpose.CONTACT)
        account = Account().with_challenge(first).with_challenge(second)
        self.assertEqual(first.digest, said(account)["smsauth_code"])
        self.assertEqual(first.digest, said(account, now=NOON + 299)["smsauth_code"])
        self.assertEqual("", said(account, now=NOON + 300)["smsauth_code"])
        used_up = account.with_challenge(replace(first, tries=5))
        self.assertEqual(second.digest, said(used_up)["smsauth_code"])

    def test_the_digest_of_an_open_link(self):
        account = Account(reset=ResetLink(digest="d", number=NUMBER, expires=NOON + 60))
        self.assertEqual("d", said(account, now=NOON + 59)["smsauth_signature"])
        self.assertEqual("", said(account, now=NOON + 60)["smsauth_signature"])
