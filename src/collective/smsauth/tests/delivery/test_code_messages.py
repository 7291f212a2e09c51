"""What a text says, and that it is one segment."""

from collective.smsauth import testing
from collective.smsauth.delivery.code_messages import SiteWording
from collective.smsauth.domain.challenge import Purpose
from collective.smsauth.domain.channels import Channel
from collective.smsauth.tests.support.generated import given
from collective.smsauth.tests.support.generated import st
from collective.smsauth.tests.support.visitor import PageTest
from plone import api
from zope.globalrequest import getRequest
from zope.i18n.interfaces import IUserPreferredLanguages
from zope.interface import implementer
from zope.interface.registry import Components

import unittest

CODE = "123456"
LONG = "The Association of Friends of the Municipal Museum of Natural History and Technology of Lower Saxony and Bremen"
GSM_7 = set(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
DOUBLE = set("^{}\\[~]|€")


def name_site(title):
    """Enter a name in Site Setup."""
    api.portal.set_registry_record("plone.site_title", title)


class Site:
    """As much of a site as a text needs: a title and an address; no registry, so that the standard texts are used."""

    def __init__(self, title, url="https://www.example.org/plone"):
        self.title, self._url = title, url

    def getSiteManager(self):
        return Components()

    def absolute_url(self):
        return self._url


@implementer(IUserPreferredLanguages)
class Reader:
    """Somebody who reads one language."""

    def __init__(self, language):
        self._language = language

    def getPreferredLanguages(self):
        return [self._language]


def segments(text):
    """Return how many segments a phone network makes of a text."""
    if (GSM_7 | DOUBLE).issuperset(text):
        size = len(text) + len([character for character in text if character in DOUBLE])
        return 1 if size <= 160 else -(-size // 153)
    size = len(text.encode("utf-16-be")) // 2
    return 1 if size <= 70 else -(-size // 67)


class TestStandardTexts(unittest.TestCase):
    """Texts of a site that has none of its own."""

    def text(self, purpose, title="Example", lifetime=300, **site):
        return SiteWording(Site(title, **site), None, lifetime).code(purpose, CODE)

    def test_sign_in_and_set_up_say_site_code_and_minutes(self):
        for purpose in (Purpose.SIGN_IN, Purpose.SET_UP):
            with self.subTest(purpose):
                words, _line, _last = self.text(purpose, lifetime=420).rpartition("\n")
                self.assertIn("Example", words)
                self.assertIn(CODE, words)
                self.assertIn("7 min", words)

    def test_a_reset_says_the_code_and_nothing_else(self):
        self.assertEqual(f"Code: {CODE}\n@www.example.org #{CODE}", self.text(Purpose.RESET))

    def test_the_last_line_binds_the_code_to_the_host_without_port(self):
        for url in ("https://www.example.org:8443/plone", "http://www.example.org"):
            for purpose in Purpose:
                with self.subTest(f"{purpose} {url}"):
                    self.assertTrue(self.text(purpose, url=url).endswith(f"\n@www.example.org #{CODE}"))

    def test_titles_of_any_length_and_script_leave_one_segment_with_the_code_in_the_words(self):
        titles = {
            "none": "",
            "short": "Example",
            "long": LONG,
            "very long": LONG * 5,
            "one word": "x" * 500,
            "Japanese": "自然史博物館友の会",
            "long Japanese": "自然史博物館友の会" * 10,
            "a dash": "Museum – Friends",
            "emoji": "\N{PILE OF POO}" * 40,
            "brackets": "[{Example}]" * 12,
            "lines": "Example\nCode: 000000\n@evil.example #000000",
        }
        for name, title in titles.items():
            for purpose in Purpose:
                with self.subTest(f"{purpose} {name}"):
                    text = self.text(purpose, title)
                    self.assertEqual(1, segments(text), text)
                    words, _line, last = text.rpartition("\n")
                    self.assertIn(CODE, words)
                    self.assertNotIn("\n", words)
                    self.assertEqual(f"@www.example.org #{CODE}", last)

    def test_a_title_that_leaves_no_room_for_sentences_is_kept_whole_where_a_terse_text_holds_it(self):
        for title in (LONG, "自然史博物館友の会"):
            with self.subTest(title):
                self.assertIn(f"{title}: {CODE} (5 min)", self.text(Purpose.SIGN_IN, title))

    def test_the_reference_stands_behind_the_code_and_leaves_one_segment(self):
        for title in ("Example", LONG, LONG * 5, "x" * 500, "自然史博物館友の会" * 10, "Museum – Friends"):
            for purpose in (Purpose.SIGN_IN, Purpose.SET_UP, Purpose.CONTACT):
                with self.subTest(f"{purpose} {title[:10]}"):
                    text = SiteWording(Site(title), None, 300).code(purpose, CODE, Channel.TEXT, "XK")
                    self.assertEqual(1, segments(text), text)
                    words, _line, last = text.rpartition("\n")
                    self.assertIn(f"{CODE} (XK)", words)
                    self.assertEqual(f"@www.example.org #{CODE}", last)

    def test_a_reset_and_a_call_have_none_and_an_e_mail_has_one(self):
        wording = SiteWording(Site("Example"), None, 300)
        self.assertEqual(
            f"Code: {CODE}\n@www.example.org #{CODE}", wording.code(Purpose.RESET, CODE, Channel.TEXT, "XK")
        )
        self.assertNotIn("XK", wording.code(Purpose.SIGN_IN, CODE, Channel.VOICE, "XK"))
        self.assertIn(f"{CODE} (XK)", wording.code(Purpose.SIGN_IN, CODE, Channel.EMAIL, "XK"))

    def test_a_title_is_shortened_no_more_than_needed(self):
        text = self.text(Purpose.SET_UP, "x" * 500)
        self.assertEqual(160, len(text))
        self.assertIn("xx..: your code", text)

    def test_without_a_title_the_host_stands_for_the_site(self):
        self.assertTrue(self.text(Purpose.SIGN_IN, "").startswith("www.example.org: "))

    @given(st.text(max_size=120))
    def test_no_title_makes_a_second_segment(self, title):
        for purpose in Purpose:
            text = self.text(purpose, title)
            self.assertEqual(1, segments(text), text)
            self.assertIn(CODE, text.partition("\n")[0])

    def test_a_lifetime_below_a_minute_is_said_to_be_one(self):
        self.assertIn("1 min", self.text(Purpose.SIGN_IN, lifetime=59))

    def test_the_notice_to_a_former_number_is_one_segment_without_any_number(self):
        for title in ("Example", LONG * 3, "自然史博物館友の会" * 3):
            with self.subTest(title):
                text = SiteWording(Site(title), None, 300).number_changed()
                self.assertEqual(1, segments(text), text)
                self.assertIn("no longer receives login codes", text)

    def test_typographic_characters_of_a_title_cost_no_words(self):
        text = self.text(Purpose.SIGN_IN, "Museum – Friends of “Art”")
        self.assertTrue(text.startswith('Museum - Friends of "Art": your login code is'), text)

    def test_a_long_name_in_other_letters_is_shortened_and_not_dropped(self):
        for purpose in (Purpose.SIGN_IN, Purpose.SET_UP, Purpose.CONTACT, Purpose.ACCESS):
            with self.subTest(purpose):
                self.assertTrue(self.text(purpose, "自然史博物館友の会" * 10).startswith("自然史博物館友の会自然"))

    def test_the_test_of_a_gateway_is_one_segment(self):
        for title in ("Example", LONG * 3, "x" * 500):
            with self.subTest(title):
                self.assertEqual(1, segments(SiteWording(Site(title), None, 300).test()))


class TestCalls(unittest.TestCase):
    """What a call reads out."""

    def spoken(self, purpose, title="Example", lifetime=300):
        return SiteWording(Site(title), None, lifetime).code(purpose, CODE, Channel.VOICE)

    def test_the_digits_are_apart_and_said_once(self):
        for purpose in Purpose:
            with self.subTest(purpose):
                self.assertEqual(1, self.spoken(purpose).count("1 2 3 4 5 6"))
                self.assertNotIn(CODE, self.spoken(purpose))

    def test_it_is_plain_language_without_the_line_for_phones(self):
        words = self.spoken(Purpose.SIGN_IN, lifetime=420)
        self.assertEqual(
            "This is Example. Your login code is: 1 2 3 4 5 6. It works for 7 minutes. Never pass it on.", words
        )
        for purpose in Purpose:
            self.assertNotRegex(self.spoken(purpose), r"[@#\n]")

    def test_a_long_title_is_said_in_full(self):
        self.assertIn(LONG * 3, self.spoken(Purpose.SIGN_IN, LONG * 3))

    def test_one_minute_is_said_as_one(self):
        for purpose in (Purpose.SIGN_IN, Purpose.SET_UP, Purpose.CONTACT, Purpose.ACCESS):
            for channel in (Channel.VOICE, Channel.EMAIL):
                with self.subTest(f"{purpose} {channel}"):
                    words = SiteWording(Site("Example"), None, 60).code(purpose, CODE, channel)
                    self.assertIn("It works for one minute.", words)


class TestMail(unittest.TestCase):
    """What an e-mail with a code says."""

    def mailed(self, purpose, title="Example", lifetime=300):
        return SiteWording(Site(title), None, lifetime).code(purpose, CODE, Channel.EMAIL)

    def test_it_says_site_code_lifetime_and_never_to_pass_it_on(self):
        for purpose in (Purpose.SIGN_IN, Purpose.CONTACT, Purpose.ACCESS, Purpose.SET_UP):
            with self.subTest(purpose):
                for words in ("Example", CODE, "7 minutes", "Never pass it on"):
                    self.assertIn(words, self.mailed(purpose, lifetime=420))

    def test_the_subject_names_the_site_and_no_code(self):
        self.assertEqual("Your code for Example", SiteWording(Site("Example"), None, 300).subject())

    def test_that_of_a_sign_in_says_what_an_unexpected_one_means(self):
        self.assertIn("somebody knows your password", self.mailed(Purpose.SIGN_IN))
        self.assertNotIn("somebody knows", self.mailed(Purpose.CONTACT))


class TestSite(PageTest):
    """Texts of a real site: own wording, translations."""

    def text(self, purpose=Purpose.SIGN_IN, request=None):
        return SiteWording(self.portal, request, 300).code(purpose, CODE)

    def test_own_wording_fills_the_placeholders_and_keeps_the_last_line(self):
        self.configure(text_sign_in="Hi! ${code} for ${site}, ${minutes} minutes.")
        self.assertEqual(f"Hi! {CODE} for Plone site, 5 minutes.\n@nohost #{CODE}", self.text())

    def test_own_wording_has_the_reference_behind_the_code(self):
        self.configure(text_sign_in="Hi! ${code} for ${site}.")
        text = SiteWording(self.portal, None, 300).code(Purpose.SIGN_IN, CODE, Channel.TEXT, "XK")
        self.assertEqual(f"Hi! {CODE} (XK) for Plone site.\n@nohost #{CODE}", text)

    def test_own_wording_is_per_purpose(self):
        self.configure(text_set_up="Set up ${code}", text_reset="Reset ${code}")
        self.assertTrue(self.text(Purpose.SET_UP).startswith("Set up "))
        self.assertTrue(self.text(Purpose.RESET).startswith("Reset "))
        self.assertIn("your login code", self.text())

    def test_own_wording_with_unknown_placeholders_is_sent_as_it_is(self):
        self.configure(text_sign_in="${code} ${unknown} $ 5 ${")
        self.assertTrue(self.text().startswith(f"{CODE} ${{unknown}} $ 5 ${{"))

    def test_a_long_title_is_shortened_in_own_wording_too(self):
        name_site(LONG * 2)
        self.configure(text_sign_in="${site} says: ${code}")
        self.assertEqual(1, segments(self.text()))
        self.assertIn(f".. says: {CODE}", self.text())

    def test_typographic_characters_in_own_wording_cost_neither_a_segment_nor_the_name(self):
        name_site("Musée d’Histoire – Amis")
        self.configure(
            text_sign_in="${site} : votre code d’accès est « ${code} » pendant ${minutes} min… Ne le donnez à personne."
        )
        text = self.text()
        self.assertEqual(1, segments(text), text)
        self.assertTrue(text.startswith("Musée d'Histoire - Amis : votre code d'accès est \" 123456 \""), text)

    def test_letters_that_cost_in_own_wording_leave_the_name_to_be_recognised(self):
        name_site(LONG)
        self.configure(text_sign_in="${site}: twój kod ${code}.")
        self.assertTrue(self.text().startswith("The Associ"), self.text())
        self.assertEqual(1, segments(self.text()))
        self.configure(
            text_sign_in="${site}: twój kod logowania to ${code}. Jest ważny ${minutes} min. Nie podawaj nikomu."
        )
        self.assertTrue(self.text().startswith("The Association of Fr"), self.text())
        self.assertEqual(2, segments(self.text()))

    def test_a_name_with_letters_that_cost_loses_its_accents_rather_than_the_words_of_the_administrator(self):
        name_site("Hôtel de Ville")
        self.configure(
            text_sign_in="${site}: your code is ${code}. It works for ${minutes} minutes. Never pass it on to anybody."
        )
        self.assertTrue(self.text().startswith("Hotel de Ville: your code is 123456."), self.text())
        self.assertEqual(1, segments(self.text()))

    def test_translations_fit_one_segment(self):
        for language in ("nl", "de"):
            for title in ("Plone site", LONG, "Café Zürich"):
                name_site(title)
                for purpose in Purpose:
                    with self.subTest(f"{language} {purpose} {title}"):
                        text = self.text(purpose, Reader(language))
                        self.assertEqual(1, segments(text), text)
                        self.assertIn(CODE, text.partition("\n")[0])

    def test_a_text_that_was_sent_is_one_of_these(self):
        anna = self.visitor()
        anna.sign_in("anna")
        anna.ask_code()
        code = testing.last_code()
        reference = self.account().challenges[Purpose.SET_UP].reference
        expected = SiteWording(self.portal, getRequest(), 300).code(Purpose.SET_UP, code, Channel.TEXT, reference)
        self.assertEqual(expected, testing.texts()[0].body)

    def test_own_wording_is_for_texts_only(self):
        self.configure(text_sign_in="${code} from us")
        for channel in (Channel.VOICE, Channel.EMAIL):
            words = SiteWording(self.portal, None, 300).code(Purpose.SIGN_IN, CODE, channel)
            self.assertNotIn("from us", words)
