from pathlib import Path
from random import Random
from unittest import skipUnless
from unittest import TestCase

import importlib.util
import math

HAS_TOOLS = importlib.util.find_spec("tools") is not None and importlib.util.find_spec("tools.bench") is not None

if HAS_TOOLS:
    from tools.bench.figures import Estimate
    from tools.bench.figures import estimate
    from tools.bench.figures import kolmogorov_smirnov
    from tools.bench.figures import percentile
    from tools.bench.figures import Turns
    from tools.bench.growth import Growth
    from tools.bench.instance import Instance
    from tools.bench.report import at_most
    from tools.bench.report import plain
    from tools.bench.report import Row
    from tools.bench.report import table
    from tools.bench.report import within
    from tools.bench.summary import of_growth

needs_tools = skipUnless(HAS_TOOLS, "optional: the benchmark is only in the repository")


@needs_tools
class TestFigures(TestCase):
    def test_the_middle_value_is_the_median(self):
        self.assertEqual(2, estimate([3, 1, 2]).median)

    def test_of_few_values_all_lie_in_the_interval(self):
        found = estimate([5, 1, 4, 2, 3])
        self.assertEqual((1, 5), (found.low, found.high))

    def test_of_six_values_the_interval_still_holds_all(self):
        found = estimate(range(6))
        self.assertEqual((0, 5), (found.low, found.high))

    def test_the_interval_of_a_hundred_values_is_that_of_the_binomial_distribution(self):
        found = estimate(range(1, 101))
        self.assertEqual((50.5, 40, 61), (found.median, found.low, found.high))

    def test_one_wild_value_moves_nothing(self):
        self.assertEqual(estimate([*range(20), 20]), estimate([*range(20), 10**9]))

    def test_nothing_measured_is_no_figure(self):
        for judge in (estimate, lambda values: percentile(values, 95)):
            with self.assertRaises(ValueError):
                judge([])

    def test_a_ratio_compares_the_two_of_a_turn(self):
        turns = Turns()
        for pace in (1, 10, 100):
            turns.add(pace, 2 * pace)
        self.assertEqual(Estimate(median=2, low=2, high=2), turns.ratio)

    def test_95_of_a_hundred_values_do_not_exceed_the_95th_percentile(self):
        self.assertEqual(95, percentile(range(1, 101), 95))

    def test_the_percentile_of_one_value_is_that_value(self):
        self.assertEqual(7, percentile([7], 95))


@needs_tools
class TestReport(TestCase):
    def found(self, median):
        return Estimate(median=median, low=median - 0.01, high=median + 0.01)

    def test_a_goal_is_met_up_to_its_limit(self):
        for median, met in ((1.1, True), (1.1001, False)):
            self.assertIs(met, at_most("A", 1.1, self.found(median), stock="", addon="").met, median)

    def test_two_per_cent_fewer_pages_are_within_two_per_cent(self):
        for median, met in ((0.98, True), (0.9799, False), (1.5, True)):
            self.assertIs(met, within("A", 2, self.found(median), stock="", addon="").met, median)

    def test_bytes_are_to_be_few_and_as_many_after_a_thousand_sign_ins(self):
        for sizes, met in (((4000, 4000), True), ((3000, 3300), True), ((3000, 3301), False), ((4001, 4000), False)):
            growth = Growth(stock=1000, addon=dict(zip((1, 1000), sizes, strict=True)))
            self.assertIs(met, of_growth("once a day", growth).met, sizes)

    def test_a_missed_goal_cannot_be_overlooked(self):
        row = at_most("A", 1.1, self.found(1.2), stock="10 ms", addon="12 ms")
        self.assertIn("     - **missed**\n", table([row], []))
        self.assertEqual("A: 10 ms -> 12 ms; 1.200 (1.190–1.210); at most 1.1 ×; **missed**", plain(row))

    def test_a_figure_without_a_goal_is_not_judged(self):
        written = table([Row(what="A", stock="1", addon="2")], [])
        self.assertNotIn("met", written)
        self.assertNotIn("missed", written)

    def test_all_rows_of_the_table_have_as_many_cells_as_its_head(self):
        rows = [Row(what="A", stock="1", addon=""), at_most("B", 1, self.found(1), stock="1", addon="1")]
        written = table(rows, ["Measured today."])
        self.assertEqual(3, written.count("   * - ") + written.count("   * -\n"))
        self.assertEqual(3 * 6, sum(line.strip().startswith(("* -", "-")) for line in written.splitlines()))


@needs_tools
class TestKolmogorovSmirnov(TestCase):
    """Two kinds of answers, told apart by their time or not."""

    def times(self, seed, shift=0.0, count=500):
        chance = Random(seed)
        return [0.02 + shift + chance.gauss(0, 0.002) for _ in range(count)]

    def test_the_distance_is_that_of_the_two_distributions(self):
        for one, other, distance in (
            ([1, 2, 3, 4], [1, 2, 3, 4], 0.0),
            ([1, 2], [3, 4], 1.0),
            ([1, 3], [2, 4], 0.5),
            ([1, 1, 1, 2], [2, 2, 2, 1], 0.5),
        ):
            self.assertAlmostEqual(distance, kolmogorov_smirnov(one, other)[0])

    def test_the_chance_is_that_of_the_tables(self):
        # the critical values of x for 10 %, 5 % and 1 %: 1.224, 1.358, 1.628
        for x, expected in ((1.224, 0.10), (1.358, 0.05), (1.628, 0.01)):
            shared = round(5000 * (1 - x / math.sqrt(2500)))
            _, chance = kolmogorov_smirnov(range(5000), range(5000 - shared, 10_000 - shared))
            self.assertAlmostEqual(expected, chance, places=2)

    def test_a_difference_of_a_millisecond_is_seen(self):
        self.assertLess(kolmogorov_smirnov(self.times(1), self.times(2, 0.001))[1], 0.01)

    def test_a_difference_in_spread_alone_is_seen(self):
        wide = [0.02 + 3 * (value - 0.02) for value in self.times(3)]
        self.assertLess(kolmogorov_smirnov(self.times(1), wide)[1], 0.01)

    def test_what_does_not_differ_is_not_told_apart(self):
        chances = [kolmogorov_smirnov(self.times(seed), self.times(seed + 100))[1] for seed in range(40)]
        self.assertLessEqual(sum(chance < 0.01 for chance in chances), 3)

    def test_nothing_measured_is_no_result(self):
        with self.assertRaises(ValueError):
            kolmogorov_smirnov([], [1])


@needs_tools
class TestInstance(TestCase):
    def instance(self, has_addon):
        from shutil import rmtree
        from tempfile import mkdtemp

        folder = Path(mkdtemp(prefix="smsauth-test-"))
        self.addCleanup(rmtree, folder)
        instance = Instance(folder=folder / "instance", has_addon=has_addon)
        instance.write()
        return instance

    def test_the_site_without_the_add_on_loads_nothing_of_it(self):
        zcml = (self.instance(has_addon=False).folder / "etc" / "site.zcml").read_text()
        self.assertIn('<exclude package="collective.smsauth" file="configure.zcml" />', zcml)
        self.assertNotIn('<include package="collective.smsauth"', zcml)

    def test_a_copy_has_the_same_data_and_files_of_its_own(self):
        instance = self.instance(has_addon=False)
        instance.database.write_bytes(b"data")
        copy = instance.copy_to(instance.folder / "copy", has_addon=True)
        copy.database.write_bytes(copy.database.read_bytes() + b" and more")
        self.assertEqual((b"data", b"data and more"), (instance.database.read_bytes(), copy.database.read_bytes()))
