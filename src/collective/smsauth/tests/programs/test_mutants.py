from pathlib import Path
from plone.testing import zca
from tempfile import TemporaryDirectory
from textwrap import dedent
from unittest import skipUnless
from unittest import TestCase
from zope.component import handle
from zope.component import provideHandler

import ast
import importlib.util
import sys

HAS_TOOLS = importlib.util.find_spec("tools") is not None and importlib.util.find_spec("tools.mutants") is not None

if HAS_TOOLS:
    from tools.mutants import report
    from tools.mutants.forks import in_forks
    from tools.mutants.forks import Job
    from tools.mutants.live import CannotSwap
    from tools.mutants.live import live_modules
    from tools.mutants.mutations import mutants_of
    from tools.mutants.run import without_sites

needs_tools = skipUnless(HAS_TOOLS, "optional: the mutants are only in the repository")

PACKAGE = "smsauthmutated"
SOURCE = """
from functools import cached_property
from functools import wraps

LIMIT = 3


def doubled(function):
    @wraps(function)
    def run(*args):
        return 2 * function(*args)

    return run


def plain():
    return 1


@doubled
def wrapped():
    return 1


class Thing:
    def method(self):
        return 1

    @staticmethod
    def static():
        return 1

    @classmethod
    def of_class(cls):
        return 1

    @property
    def given(self):
        return 1

    @cached_property
    def kept(self):
        return 1

    by_lambda = property(lambda self: 1)


def inner():
    return [number for number in (1,)][0]


def closed(one):
    return lambda: one and 1
"""


@needs_tools
class TestMutations(TestCase):
    def made(self, body, **names):
        """Return the bodies of the function that may come of one."""
        source = f"def f(a, b, c):\n    {body}\n"
        trees = [mutant.tree(source) for mutant in mutants_of(source, names)]
        return [ast.unparse(tree.body[0].body) for tree in trees]

    def test_comparisons_move_their_bound_and_turn_round(self):
        self.assertEqual(["a <= b", "a >= b"], self.made("a < b"))
        self.assertEqual(["a != b"], self.made("a == b"))
        self.assertEqual(["a is not b"], self.made("a is b"))
        self.assertEqual(["a in b"], self.made("a not in b"))
        self.assertEqual(["a is not b is c", "a is b is not c"], self.made("a is b is c"))

    def test_operands_are_dropped(self):
        self.assertEqual(["b", "a"], self.made("a and b"))
        self.assertEqual(["b or c", "a or c", "a or b"], self.made("a or b or c"))

    def test_not_is_removed_and_added(self):
        self.assertEqual(["a"], self.made("not a"))
        self.assertEqual(["b if not a else c"], self.made("b if a else c"))
        self.assertEqual(["[x for x in a if not x]"], self.made("[x for x in a if x]"))

    def test_constants_change(self):
        self.assertEqual(["a[1]", "a[-1]"], self.made("a[0]"))
        self.assertEqual(["a = 2.5", "a = 0.5"], self.made("a = 1.5"))
        self.assertEqual(["a = False"], self.made("a = True"))
        self.assertEqual(["a = ''"], self.made("a = 'x'"))
        self.assertEqual(["a = b''"], self.made("a = b'x'"))

    def test_arithmetic_is_swapped(self):
        self.assertEqual(["a - b"], self.made("a + b"))
        self.assertEqual(["a // b"], self.made("a * b"))
        self.assertEqual(["a -= b"], self.made("a += b"))

    def test_what_is_returned_gets_lost(self):
        self.assertEqual(["return None"], self.made("return a"))

    def test_calls_are_left_out(self):
        self.assertEqual(["pass"], self.made("a(b)"))

    def test_arguments_with_a_default_are_dropped(self):
        def called(*, needed, other=0):
            pass

        made = self.made("a = called(needed=b, other=c)", called=called)
        self.assertEqual(["a = called(needed=b)"], made)
        self.assertEqual(["a = called(b)"], self.made("a = called(b, other=c)", called=lambda b, **others: None))

    def test_what_need_not_be_known_is_left_alone(self):
        for body in (
            "'Say why.'",
            "logger.warning('x', 1)",
            "raise ValueError('x')",
            "a: 'x' = b",
            "return",
            "return None",
            "a = ''",
            "a = cast('x', b)",
        ):
            self.assertEqual([], self.made(body), body)

    def test_outside_of_functions_only_constants_of_the_module_change(self):
        source = "A = 1\nb = 1\nclass C:\n    D = 1\ndef f(a=1): pass\n"
        made = mutants_of(source, {})
        self.assertEqual([("A", 1), ("A", 1)], [(mutant.constant, mutant.line) for mutant in made])

    def test_a_mutant_tells_which_lines_lead_to_it(self):
        source = "def f(a):\n    if a:\n        return (\n            1\n        )\n"
        lines = {mutant.what: mutant.lines for mutant in mutants_of(source, {})}
        self.assertEqual(range(2, 3), lines["a: not added"])
        self.assertEqual(range(3, 5), lines["1 -> 2"])


@needs_tools
class TestLiveModule(TestCase):
    """Each test changes a module of its own."""

    def setUp(self):
        folder = TemporaryDirectory(prefix="smsauth-test-")
        self.addCleanup(folder.cleanup)
        file = Path(folder.name, f"{PACKAGE}.py")
        file.write_text(dedent(SOURCE))
        spec = importlib.util.spec_from_file_location(PACKAGE, file)
        self.module = importlib.util.module_from_spec(spec)
        sys.modules[PACKAGE] = self.module
        self.addCleanup(sys.modules.pop, PACKAGE)
        spec.loader.exec_module(self.module)
        (self.live,) = live_modules([self.module])

    def put(self, what, after):
        """Put the first mutant of that description that comes after these words."""
        line = self.live.source[: self.live.source.index(after)].count("\n") + 1
        mutants = [one for one in mutants_of(self.live.source, {}) if one.what == what and one.line >= line]
        self.live.put(mutants[0])

    def test_functions_are_swapped_however_they_are_wrapped(self):
        thing = self.module.Thing()
        for name, call, expected in (
            ("def plain", self.module.plain, 2),
            ("def wrapped", self.module.wrapped, 4),
            ("def method", thing.method, 2),
            ("def static", thing.static, 2),
            ("def of_class", thing.of_class, 2),
            ("def given", lambda: thing.given, 2),
            ("def kept", lambda: thing.kept, 2),
            ("by_lambda", lambda: thing.by_lambda, 2),
            ("def inner", self.module.inner, 2),
        ):
            with self.subTest(name=name):
                self.put("1 -> 2", name)
                self.assertEqual(expected, call())

    def test_a_decorator_is_swapped_in_what_it_has_decorated(self):
        self.put("2 -> 3", "def doubled")
        self.assertEqual(3, self.module.wrapped())

    def test_everything_else_stays(self):
        self.put("1 -> 2", "def plain")
        self.assertEqual((1, 2, 1), (self.module.Thing.static(), self.module.wrapped(), self.module.inner()))

    def test_a_function_made_later_is_the_other_one(self):
        self.put("1 -> 2", "def closed")
        self.assertEqual(2, self.module.closed(True)())

    def test_a_constant_is_another_wherever_it_was_imported(self):
        other = type(sys)(f"{PACKAGE}.other")
        other.LIMIT, other.OTHER = self.module.LIMIT, self.module.LIMIT
        sys.modules[other.__name__] = other
        self.addCleanup(sys.modules.pop, other.__name__)
        self.put("3 -> 4", "LIMIT")
        self.assertEqual((4, 4, 3), (self.module.LIMIT, other.LIMIT, other.OTHER))

    def test_what_is_no_longer_there_cannot_be_swapped(self):
        (live,) = live_modules([self.module])
        live._functions = []
        with self.assertRaises(CannotSwap):
            live.put(mutants_of(live.source, {})[-1])


class Happened:
    """An event."""


@needs_tools
class TestSites(TestCase):
    """Sites are kept while tests run that have none."""

    def test_what_a_site_subscribes_hears_nothing_of_tests_without_one(self):
        heard = []
        zca.pushGlobalRegistry()
        try:
            provideHandler(heard.append, (Happened,))
            with without_sites():
                handle(Happened())
            self.assertEqual([], heard)
            handle(Happened())
            self.assertEqual(1, len(heard))
        finally:
            zca.popGlobalRegistry()


@needs_tools
class TestForks(TestCase):
    def ended(self, run):
        (ended,) = in_forks(iter([Job(key="a", run=run)]), 2)
        return ended.has_result, ended.result, ended.last

    def test_a_result_comes_back(self):
        self.assertEqual((True, 3, ""), self.ended(lambda tell: 3))

    def test_what_takes_too_long_is_ended(self):
        def run(tell):
            tell("loop", 0.1)
            while True:
                pass

        self.assertEqual((False, None, "loop"), self.ended(run))

    def test_what_dies_is_told_by_what_it_began_last(self):
        def run(tell):
            tell("exit", 60)
            sys.exit(1)

        self.assertEqual((False, None, "exit"), self.ended(run))

    def test_each_job_is_run_once(self):
        jobs = (Job(key=number, run=lambda tell, number=number: 2 * number) for number in range(5))
        self.assertEqual({(n, 2 * n) for n in range(5)}, {(ended.key, ended.result) for ended in in_forks(jobs, 2)})


@needs_tools
class TestReport(TestCase):
    def result(self, room, outcome):
        return report.Result(
            room=room, place=f"{room}/x.py:1", what="a -> b", outcome=outcome, words="tests/x.py::X::test"
        )

    def test_figures_are_told_of_each_room_and_of_all(self):
        outcomes = (report.NOTICED, report.NOTICED, report.NOTICED, report.SURVIVED, report.UNTRIED)
        results = [self.result("domain", outcome) for outcome in outcomes] + [self.result("pas", report.NOTICED)]
        told = report.figures(results, ("domain", "verification", "pas"))
        self.assertIn("domain            3 of     4 noticed,  75.0 %\n", told)
        self.assertNotIn("verification", told)
        self.assertIn("all               4 of     5 noticed,  80.0 %\n1 could not be put in place", told)
        self.assertEqual(1, told.count("SURVIVED"))
