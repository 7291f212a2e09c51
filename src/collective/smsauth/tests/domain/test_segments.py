"""What a text message holds, and what stands in for characters that cost."""

from collective.smsauth.domain import segments
from collective.smsauth.tests.support.generated import given
from collective.smsauth.tests.support.generated import st

import unittest


class PlainTest(unittest.TestCase):
    def test_typographic_characters_have_ordinary_ones_in_their_place(self):
        written = {
            "Code d’accès": "Code d'accès",
            "“Museum” – ‘Friends’ — all…": "\"Museum\" - 'Friends' - all...",
            "«\u00a0Musée\u00a0»": '" Musée "',
            "1\u202f000\u2009m": "1 000 m",
            "a\u00adb\u200bc\ufeffd\u200e": "abcd",
            "Cafe\u0301": "Café",
            "oﬃce № 1 ™": "office No 1 TM",
            "５ Ｘ": "5 X",
            "Foo · Bar • Baz": "Foo - Bar - Baz",
            "½ × 2": "1/2 x 2",
            "`a´": "'a'",
        }
        for text, ordinary in written.items():
            with self.subTest(text):
                self.assertEqual(segments.plain(text), ordinary)
                self.assertFalse(segments.costly(segments.plain(text)))

    def test_letters_keep_their_accents_until_they_are_asked_to_lose_them(self):
        for text, bare in {
            "Škoda": "Skoda",
            "łódź": "lodz",
            "Hôtel reçu": "Hotel recu",
            "Œuvre": "OEuvre",
            "Ångström": "Ångström",
        }.items():
            with self.subTest(text):
                self.assertEqual(segments.plain(text), text)
                self.assertEqual(segments.unaccented(text), bare)

    def test_other_scripts_stay_as_they_are(self):
        for text in ("自然史博物館", "Москва", "می\u200cخواهم", "\N{PILE OF POO}"):
            with self.subTest(text):
                self.assertEqual(segments.unaccented(segments.plain(text)), text)

    @given(st.text(max_size=40))
    def test_what_is_plain_already_stays(self, text):
        self.assertEqual(segments.plain(segments.plain(text)), segments.plain(text))


class SegmentTest(unittest.TestCase):
    def test_one_segment_holds_160_characters_of_which_some_count_twice(self):
        for text, count in {"x" * 160: 1, "x" * 161: 2, "€" * 80: 1, "€" * 81: 2, "x" * 306: 2, "x" * 307: 3}.items():
            with self.subTest(f"{text[0]} {len(text)}"):
                self.assertEqual(segments.segments(text), count)

    def test_one_character_of_no_alphabet_leaves_70(self):
        for text, count in {
            "ł" + 69 * "x": 1,
            "ł" + 70 * "x": 2,
            35 * "\N{PILE OF POO}": 1,
            36 * "\N{PILE OF POO}": 2,
        }.items():
            with self.subTest(f"{text[0]} {len(text)}"):
                self.assertEqual(segments.segments(text), count)

    def test_characters_that_cost_are_named_once_and_in_their_order(self):
        self.assertEqual(segments.costly("zażółć żółw"), ("ż", "ó", "ł", "ć"))
        self.assertEqual(segments.costly("Café à la carte [€]"), ())
