"""Every text that a person sees can be translated, is translated into Dutch and German, and appears so."""

from collections import defaultdict
from collective.smsauth.testing import last_code
from collective.smsauth.testing import texts
from collective.smsauth.tests.delivery.test_code_messages import GSM_7
from collective.smsauth.tests.delivery.test_code_messages import segments
from collective.smsauth.tests.support.bare_pages import whole_page
from collective.smsauth.tests.support.catalogues import CATALOGUES
from collective.smsauth.tests.support.catalogues import english
from collective.smsauth.tests.support.catalogues import LOCALES
from collective.smsauth.tests.support.catalogues import translations
from collective.smsauth.tests.support.visitor import OTHER_PHONE
from collective.smsauth.tests.support.visitor import PageTest
from collective.smsauth.tests.support.visitor import PASSWORD
from collective.smsauth.tests.support.visitor import plain
from email.header import decode_header
from email.header import make_header
from plone import api
from plone.app.testing import SITE_OWNER_NAME
from plone.app.testing import SITE_OWNER_PASSWORD
from string import Template

import ast
import json
import re
import transaction
import unittest

PACKAGE = LOCALES.parent
#: What a text carries at least.
CARRIES = {
    "text_sign_in": {"site", "code", "minutes"},
    "text_set_up": {"site", "code", "minutes"},
    "text_contact": {"site", "code", "minutes"},
    "text_access": {"site", "code", "minutes"},
    "text_terse": {"site", "code", "minutes"},
    "text_reset": {"code"},
    "text_number_changed": {"site"},
    "text_number_changed_terse": {"site"},
    "text_test": {"site"},
}
_PLACEHOLDER = re.compile(r"\$\{(\w+)\}")


def placeholders(text):
    """Return the names of the placeholders in a text."""
    return set(_PLACEHOLDER.findall(text))


def calls():
    """Return the calls of the message factory in the package, with the names of their modules."""
    for path in sorted(PACKAGE.rglob("*.py")):
        if "tests" not in path.relative_to(PACKAGE).parts:
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "_":
                    yield str(path.relative_to(PACKAGE)), node


class TestMessages(unittest.TestCase):
    """The messages in the code."""

    def test_an_id_has_an_english_default_that_the_catalogues_can_know(self):
        known, wrong = english(), []
        for module, call in calls():
            if not isinstance(call.args[0], ast.Constant):
                continue  # a message filled in: its words are elsewhere
            default = next((keyword.value for keyword in call.keywords if keyword.arg == "default"), None)
            words = default.value if isinstance(default, ast.Constant) else None
            msgid = call.args[0].value
            if (words if "_" in msgid else msgid) != known.get(msgid):
                wrong.append((module, msgid))
        self.assertEqual([], wrong)

    def test_no_text_has_two_ids(self):
        ids = defaultdict(list)
        for msgid, text in english().items():
            ids[text].append(msgid)
        self.assertEqual([], [names for names in ids.values() if len(names) > 1])

    def test_sentences_do_not_stand_for_ids_where_there_is_a_default(self):
        self.assertEqual(
            [], [msgid for msgid, text in english().items() if text == msgid and re.fullmatch(r"\w+", msgid)]
        )


class TestCatalogues(unittest.TestCase):
    """The Dutch and the German catalogue."""

    def test_there_is_dutch_and_german(self):
        self.assertLessEqual({"de", "nl"}, set(CATALOGUES))

    def test_each_holds_every_message_translated_and_no_other(self):
        for language in CATALOGUES:
            with self.subTest(language):
                translated = {msgid for msgid, text in translations(language).items() if text.strip()}
                self.assertEqual(set(english()), translated)

    def test_nothing_is_marked_fuzzy(self):
        for language, path in CATALOGUES.items():
            with self.subTest(language):
                self.assertNotIn("fuzzy", path.read_text(encoding="utf-8"))

    def test_a_translation_has_the_placeholders_of_the_original(self):
        for language in CATALOGUES:
            for msgid, text in translations(language).items():
                with self.subTest(f"{language} {msgid}"):
                    self.assertEqual(placeholders(english()[msgid]), placeholders(text))

    def test_a_translation_ends_as_the_original_does(self):
        for language in CATALOGUES:
            for msgid, text in translations(language).items():
                with self.subTest(f"{language} {msgid}"):
                    self.assertEqual(english()[msgid][-1] in ".?:", text[-1] in ".?:")
                    self.assertEqual(text.strip(), text)

    def test_words_that_pages_tell_members_to_look_for_are_the_ones_on_the_pages(self):
        for words in (english(), *map(translations, CATALOGUES)):
            for msgid in ("outcome_locked", "error_password_locked"):
                self.assertIn(words["title_reset_request"], words[msgid])


class TestTexts(unittest.TestCase):
    """What goes to a phone."""

    def languages(self):
        return {"en": english(), **{language: translations(language) for language in CATALOGUES}}

    def test_the_texts_are_the_ones_known_here(self):
        for language, words in self.languages().items():
            sent = {msgid for msgid, text in words.items() if msgid.startswith("text_")}
            self.assertEqual(set(CARRIES), sent, language)

    def test_a_text_carries_site_code_and_minutes_and_every_phone_can_show_it(self):
        for language, words in self.languages().items():
            for msgid, names in CARRIES.items():
                with self.subTest(f"{language} {msgid}"):
                    self.assertEqual(names, placeholders(words[msgid]))
                    self.assertEqual(set(), set(_PLACEHOLDER.sub("", words[msgid])) - GSM_7)
                    self.assertNotIn("\n", words[msgid])

    def test_a_text_is_one_segment_with_a_title_of_20_characters_and_codes_of_6_to_10_digits(self):
        host = "intranet.example.org"
        for language, words in self.languages().items():
            for msgid in CARRIES:
                for code in ("123456", "1234567890"):
                    with self.subTest(f"{language} {msgid} {code}"):
                        values = {"site": "Museum von Muenster!", "code": code, "minutes": "10"}
                        text = f"{Template(words[msgid]).substitute(values)}\n@{host} #{code}"
                        self.assertEqual(1, segments(text), f"{len(text)}: {text}")


class TestPages(PageTest):
    """Pages, texts and e-mails of a site in another language."""

    def speak(self, language, *others):
        """Make ``language`` the one of the site; with ``others`` a browser's wish counts."""
        api.portal.set_registry_record("plone.available_languages", [language, *others])
        api.portal.set_registry_record("plone.default_language", language)
        api.portal.set_registry_record("plone.use_request_negotiation", bool(others))
        transaction.commit()

    @whole_page
    def test_a_browser_that_asks_for_a_language_gets_the_page_in_it(self):
        self.speak("en", "nl", "de")
        for language, title in (("nl", "Telefoon kwijt?"), ("de", "Telefon verloren?"), ("en", "Lost your phone?")):
            with self.subTest(language):
                shown = self.visitor().request("@@smsauth-reset-request", **{"Accept-Language": language})
                self.assertIn(title, plain(shown.text))
                self.assertRegex(shown.text, rf"<title>{re.escape(title)}")
                self.assertIn(translations_or_english(language)["help_username"], plain(shown.text))

    @whole_page
    def test_a_member_is_led_through_in_the_language_of_the_site(self):
        for language, name in (("de", "anna"), ("nl", "bert")):
            with self.subTest(language):
                self.speak(language)
                words, anna = translations(language), self.visitor()
                anna.sign_in(name)
                self.assertIn(words["Two-step verification: off"], anna.page)
                anna.ask_code()
                self.assertIn(words["title_confirm"], anna.page)
                self.assertTrue(self.is_worded(words["text_set_up"], texts()[0].body.partition("\n")[0]))
                anna.answer()
                self.assertIn(words["message_set_up"], anna.news)
                self.assertEqual(words["mail_bound_subject"], self.subject())
                anna = self.visitor()
                anna.sign_in(name)
                self.assertIn(words["title_verify"], anna.page)
                self.assertTrue(self.is_worded(words["text_sign_in"], texts()[0].body.partition("\n")[0]))
                anna.answer("12")
                self.assertTrue(self.is_worded(words["outcome_malformed"], anna.errors))
                anna.answer()
                self.assertIn(words["message_signed_in"], anna.news)
                anna.open("@@smsauth-disable")
                anna.fill(password=PASSWORD)
                anna.click("disable")
                self.assertIn(words["message_turned_off"], anna.news)

    def test_the_reset_of_a_number_is_in_the_language_of_the_site(self):
        self.protected()
        self.speak("de")
        words, anna = translations("de"), self.visitor()
        anna.open("@@smsauth-reset-request")
        anna.fill(username="anna", mobile_number=OTHER_PHONE)
        anna.click("submit")
        self.assertIn(words["lead_reset_done"], anna.page)
        self.assertEqual(words["mail_reset_subject"], self.subject())
        anna.browser.open(self.link())
        anna.answer(last_code(OTHER_PHONE))
        self.assertIn(words["message_reset"], anna.news)

    def test_administrators_find_the_control_panel_in_the_language_of_the_site(self):
        for language in CATALOGUES:
            with self.subTest(language):
                self.speak(language)
                words, manager = translations(language), self.visitor()
                manager.sign_in(SITE_OWNER_NAME, SITE_OWNER_PASSWORD, form="failsafe_login")
                manager.open("@@overview-controlpanel")
                self.assertIn(words["Two-step verification"], manager.page)
                manager.open("@@smsauth-controlpanel")
                for msgid in (
                    "heading_selfcheck",
                    "check_plugin",
                    "label_enforcement",
                    "enforcement_required",
                    "link_members",
                ):
                    self.assertIn(words[msgid], manager.page)
                manager.open("@@smsauth-members?search=anna")
                self.assertIn(words["Two-step verification: off"], manager.page)

    def test_no_page_holds_english_words_of_ours(self):
        for_members = (
            "@@smsauth-setup",
            "@@smsauth-contacts",
            "@@smsauth-contact",
            "@@smsauth-recovery",
            "@@smsauth-browsers",
            "@@smsauth-problem",
            "@@smsauth-reminder",
            "@@smsauth-access",
            "@@smsauth-access-code",
            "@@smsauth-not-me",
            "@@smsauth-disable",
            "@@smsauth-reset-request",
            "@@smsauth-verify",
            "@@change-password",
        )
        for_managers = (
            "@@smsauth-controlpanel",
            "@@smsauth-counters",
            "@@smsauth-members?search=anna",
            "@@smsauth-outbox",
        )
        self.configure(access_page=True)
        anna, manager = self.protected(), self.visitor()
        manager.sign_in(SITE_OWNER_NAME, SITE_OWNER_PASSWORD, form="failsafe_login")
        for language in CATALOGUES:
            self.speak(language)
            for visitor, pages in ((anna, for_members), (manager, for_managers), (self.visitor(), for_members)):
                for page in pages:
                    with self.subTest(f"{language} {page}"):
                        visitor.open(page)
                        self.assertEqual([], left_in_english(visitor.page, language))
                        self.assertNotIn("error while rendering", visitor.page)

    def test_rest_answers_in_the_language_of_the_site(self):
        self.protected()
        self.speak("nl")
        body = json.dumps({"login": "anna", "password": PASSWORD})
        headers = {"Accept": "application/json", "Content-Type": "application/json"}
        answer = self.visitor().request("@login", method="POST", body=body, **headers)
        self.assertEqual(translations("nl")["rest_error_second_step_next"], answer.json["error"]["message"])

    def subject(self):
        """Return the subject of the last e-mail."""
        transaction.begin()
        return str(make_header(decode_header(self.mails()[-1]["Subject"])))

    def is_worded(self, template, text):
        """Tell whether a text holds a translation with its placeholders filled."""
        words = [re.escape(part) for part in _PLACEHOLDER.split(template)[::2]]
        return re.search(".+".join(words), text) is not None


def left_in_english(page, language):
    """Return English sentences of ours that are shown on a page although there is a translation."""
    words = translations(language)
    sentences = [text for msgid, text in english().items() if text != words[msgid] and " " in text and "${" not in text]
    return [text for text in sentences if text in page]


def translations_or_english(language):
    """Return the words of one language by message id."""
    return translations(language) if language in CATALOGUES else english()
