"""The tables of standards in the chapter on security: complete, and held by tests that there are."""

from pathlib import Path

import re
import unittest

_TESTS = Path(__file__).parent
#: Requirements of ASVS 5.0.0 in chapters 6 and 7 whose level is 1 or 2, by section: how many, without those of level 3.
_SECTIONS = {
    "6.1": 3,
    "6.2": 12,
    "6.3": 4,
    "6.4": 4,
    "6.5": 5,
    "6.6": 3,
    "6.8": 4,
    "7.1": 3,
    "7.2": 4,
    "7.3": 2,
    "7.4": 5,
    "7.5": 2,
    "7.6": 2,
}
_STATES = {"met", "in part", "not met", "Plone's"}


def chapter() -> Path | None:
    """Return the chapter, None where the package is installed without its documentation."""
    found = (folder / "docs" / "security.rst" for folder in _TESTS.parents)
    return next((path for path in found if path.exists()), None)


@unittest.skipIf(chapter() is None, "the documentation is not here")
class TestTables(unittest.TestCase):
    """Each row has a requirement, a state, and how or why not."""

    def rows(self):
        text = chapter().read_text(encoding="utf-8").partition("\nStandards\n=")[2].partition("\nThe gate itself\n")[0]
        found = re.findall(r"^   \* - (.+)\n     - (.+)\n     - (.+)$", text, re.M)
        return [row for row in found if row[0] != "requirement"]

    def test_each_requirement_of_asvs_is_there_once(self):
        named = [row[0] for row in self.rows() if re.fullmatch(r"[67]\.\d\.\d+", row[0])]
        expected = [f"{section}.{number + 1}" for section, count in _SECTIONS.items() for number in range(count)]
        self.assertEqual(expected, named)

    def test_each_row_has_one_of_the_states_and_says_more(self):
        for requirement, state, words in self.rows():
            with self.subTest(requirement):
                self.assertIn(state, _STATES)
                self.assertTrue(words)

    def test_what_is_met_names_a_test_and_every_test_that_is_named_is_there(self):
        for requirement, state, words in self.rows():
            with self.subTest(requirement):
                named = re.findall(r"``([a-z_/]+\.py)``", words)
                without = {"6.4.2", "3.1.3.3 Setting or changing the number is a binding"}
                self.assertTrue(named or state != "met" or requirement in without)
                self.assertEqual([], [name for name in named if not (_TESTS / name).exists()])
