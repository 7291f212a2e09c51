"""The package as a whole keeps its promises: modules, metadata, commands, pins."""

from collective.smsauth.delivery.gateways.twilio.schema import ITwilioSettings
from collective.smsauth.settings import ISMSAuthSettings
from importlib.metadata import distribution
from packaging.requirements import Requirement
from pathlib import Path

import ast
import re
import sys
import unittest

PACKAGE = Path(__file__).resolve().parents[1]
ROOT = PACKAGE.parents[2]
DRAWERS = {"utils", "util", "helpers", "helper", "common", "misc", "tools", "lib"}
#: Distributions whose modules have another name.
MODULES_OF = {
    "accesscontrol": ("AccessControl",),
    "acquisition": ("Acquisition",),
    "pyjwt": ("jwt",),
    "ua.parser": ("ua_parser",),
    "zope": ("App", "OFS", "Products.Five", "Products.PageTemplates", "Testing", "ZPublisher", "Zope2", "zExceptions"),
}


def modules():
    """Return the modules of the package, tests left out."""
    return [path for path in sorted(PACKAGE.rglob("*.py")) if "tests" not in path.relative_to(PACKAGE).parts]


def imported(path):
    """Return the full names of what a module imports from elsewhere."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def canonical(name):
    """Return the name of a distribution in lower case with dots as they are in imports."""
    return re.sub(r"[-_]", ".", name).lower()


class TestModules(unittest.TestCase):
    """What holds for every module."""

    def test_every_module_says_why_it_exists(self):
        mute = [str(path) for path in modules() if not ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))]
        self.assertEqual(mute, [])

    def test_no_module_is_a_drawer(self):
        self.assertEqual([path.name for path in PACKAGE.rglob("*") if path.stem in DRAWERS], [])

    def test_the_namespace_belongs_to_nobody(self):
        self.assertFalse((PACKAGE.parent / "__init__.py").exists())

    def test_every_room_of_tests_is_a_package(self):
        folders = {path.parent for path in (PACKAGE / "tests").rglob("test_*.py")}
        self.assertEqual([], [str(folder) for folder in folders if not (folder / "__init__.py").is_file()])

    def test_everything_imported_is_required(self):
        declared = distribution("collective.smsauth").requires or []
        required = {canonical(re.match(r"[\w.-]+", line)[0]) for line in declared if 'extra == "test"' not in line}
        names = {name.lower() for known in required for name in MODULES_OF.get(known, (known,))}
        missing = set()
        for path in modules():
            if path.name == "testing.py":
                continue
            for name in imported(path):
                if name.split(".")[0] in sys.stdlib_module_names or name.startswith("collective.smsauth"):
                    continue
                parts = name.lower().split(".")
                if not names & {".".join(parts[:length]) for length in range(1, len(parts) + 1)}:
                    missing.add(f"{path.relative_to(PACKAGE)}: {name}")
        self.assertEqual(missing, set())


class TestDistribution(unittest.TestCase):
    """What installing relies on."""

    def test_plone_finds_the_package(self):
        points = distribution("collective.smsauth").entry_points.select(group="plone.autoinclude.plugin")
        self.assertEqual(
            {(point.name, point.value) for point in points}, {("target", "plone"), ("module", "collective.smsauth")}
        )

    def test_plone_finds_the_configuration(self):
        self.assertTrue((PACKAGE / "configure.zcml").is_file())


@unittest.skipUnless((ROOT / "setup.py").is_file(), "optional: the package is not run from its repository")
class TestRepository(unittest.TestCase):
    """What contributors rely on."""

    def read(self, name):
        return (ROOT / name).read_text(encoding="utf-8")

    def test_the_version_is_one_and_the_same(self):
        version = re.search(r'^VERSION = "(.+)"$', self.read("setup.py"), flags=re.M)[1]
        self.assertEqual(distribution("collective.smsauth").version, version)
        released = re.findall(r"^(\d+\.\S+) \(\d{4}-\d\d-\d\d\)$", self.read("CHANGES.rst"), flags=re.M)
        self.assertNotIn(version.partition(".dev")[0], released if ".dev" in version else [])

    def test_the_licence_is_there(self):
        self.assertIn("GNU General Public License, version 2", self.read("LICENSE"))
        head = " ".join(self.read("LICENSE.GPL")[:200].split())
        self.assertIn("GNU GENERAL PUBLIC LICENSE Version 2, June 1991", head)

    def test_the_commands_in_the_documents_exist(self):
        targets = set(re.findall(r"^([a-z0-9-]+):", self.read("Makefile"), flags=re.M))
        for name in ("README.rst", "CONTRIBUTING.rst"):
            named = set(re.findall(r"\bmake ([a-z0-9-]+)(?=[`\s]*(?:``|\n|$))", self.read(name)))
            self.assertTrue(named, f"{name} names no command")
            self.assertEqual(named - targets, set(), name)

    def test_every_setting_is_in_the_documentation(self):
        described = set(re.findall(r"``(\w+)``", self.read("docs/configure.rst").partition("Client addresses\n")[0]))
        self.assertEqual({*ISMSAuthSettings.names(all=True), *ITwilioSettings} - described, set())

    def test_every_variable_of_the_environment_is_in_the_documentation(self):
        described = self.read("docs/configure.rst").partition("Secrets from the environment\n")[2]
        missing = [name for name in ITwilioSettings if f"``{name.upper()}``" not in described]
        self.assertEqual(missing, [])

    def test_every_target_is_explained(self):
        phony = set(re.findall(r"^\.PHONY: ([a-z0-9-]+)$", self.read("Makefile"), flags=re.M))
        explained = set(re.findall(r"^([a-z0-9-]+):.*## ", self.read("Makefile"), flags=re.M))
        self.assertEqual(phony - explained, {"chromium", "redis"})

    def test_buildout_and_pip_use_the_same_versions(self):
        pins = dict(line.split("==") for line in self.read("constraints/plone-6.2.txt").split())
        versions = dict(line.split(" = ") for line in self.read("versions.cfg").splitlines() if " = " in line)
        self.assertEqual(pins, versions)

    def test_every_requirement_is_pinned_everywhere(self):
        declared = [Requirement(line) for line in distribution("collective.smsauth").requires or []]
        extras = distribution("collective.smsauth").metadata.get_all("Provides-Extra")
        for pins in ROOT.glob("constraints/plone-*.txt"):
            pinned = {canonical(line.split("==")[0]) for line in pins.read_text(encoding="utf-8").split()}
            python = {"python_version": "3.10" if pins.stem.endswith("-py310") else "3.11"}
            wanted = {
                canonical(one.name)
                for one in declared
                if one.marker is None or any(one.marker.evaluate({**python, "extra": extra}) for extra in extras)
            }
            self.assertEqual(wanted - pinned, set(), pins.name)

    def test_every_news_file_has_a_known_type(self):
        types = re.findall(
            r'^directory = "(\w+)"$', self.read("pyproject.toml").partition("[[tool.towncrier.type]]")[2], flags=re.M
        )
        wrong = [path.name for path in (ROOT / "news").glob("*.rst") if path.name.split(".")[-2] not in types]
        self.assertEqual(wrong, [])
