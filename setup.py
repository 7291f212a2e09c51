"""The distribution collective.smsauth; the catalogues are compiled when it is built, only .po files are kept in git."""

from pathlib import Path
from setuptools import find_namespace_packages
from setuptools import setup
from setuptools.command.build_py import build_py

HERE = Path(__file__).parent
VERSION = "1.0.0.dev0"


class BuildWithCatalogues(build_py):
    """Adds a compiled .mo for each .po: to the build, or beside the .po in a development install."""

    def run(self):
        """Build the modules and the catalogues."""
        super().run()
        for catalogue in sorted((HERE / "src").glob("collective/smsauth/locales/*/LC_MESSAGES/*.po")):
            target = catalogue.with_suffix(".mo")
            if not self.editable_mode:
                target = Path(self.build_lib) / target.relative_to(HERE / "src")
            compile_catalogue(catalogue, target)


def compile_catalogue(catalogue, target):
    """Write the .mo for a .po."""
    from pythongettext.msgfmt import Msgfmt

    target.parent.mkdir(parents=True, exist_ok=True)
    with open(catalogue, "rb") as source:
        target.write_bytes(Msgfmt(source, name=target.stem).getAsFile().read())


setup(
    name="collective.smsauth",
    version=VERSION,
    description="Two-step verification by text message for Plone",
    long_description="\n\n".join((HERE / name).read_text(encoding="utf-8") for name in ("README.rst", "CHANGES.rst")),
    long_description_content_type="text/x-rst",
    author="collective.smsauth contributors",
    license="GPL-2.0-only",
    license_files=["LICENSE", "LICENSE.GPL"],
    keywords="Plone authentication two-factor two-step verification SMS Twilio",
    classifiers=[
        "Development Status :: 3 - Alpha",
        "Environment :: Web Environment",
        "Framework :: Plone",
        "Framework :: Plone :: 6.1",
        "Framework :: Plone :: 6.2",
        "Framework :: Plone :: Addon",
        "Operating System :: OS Independent",
        "Programming Language :: Python",
        "Programming Language :: Python :: 3",
        "Programming Language :: Python :: 3 :: Only",
        "Programming Language :: Python :: 3.10",
        "Programming Language :: Python :: 3.11",
        "Programming Language :: Python :: 3.12",
        "Programming Language :: Python :: 3.13",
        "Topic :: Security",
    ],
    packages=find_namespace_packages("src", include=["collective.*"]),
    package_dir={"": "src"},
    include_package_data=True,
    zip_safe=False,
    python_requires=">=3.10",
    cmdclass={"build_py": BuildWithCatalogues},
    install_requires=[
        "AccessControl",
        "Acquisition",
        "BTrees",
        "DateTime",
        "itsdangerous",
        "limits",
        "persistent",
        "phonenumbers",
        "plone.api",
        "plone.app.layout",
        "plone.app.registry",
        "plone.app.users",
        "plone.autoform",
        "plone.base",
        "plone.keyring",
        "plone.protect",
        "plone.rest",
        "plone.restapi",
        "plone.session",
        "plone.supermodel",
        "plone.transformchain",
        "Products.CMFPlone",
        "Products.GenericSetup",
        "Products.PlonePAS",
        "Products.PluggableAuthService",
        "Products.statusmessages",
        "pytz",
        "requests",
        "transaction",
        "twilio",
        "ua-parser",
        "urllib3",
        "z3c.form",
        "ZODB",
        "Zope",
        "zope.browser",
        "zope.component",
        "zope.event",
        "zope.globalrequest",
        "zope.i18n",
        "zope.i18nmessageid",
        "zope.interface",
        "zope.processlifetime",
        "zope.publisher",
        "zope.schema",
        "zope.traversing",
    ],
    extras_require={
        "apprise": ["apprise"],
        "redis": ["redis"],
        "test": [
            "apprise",
            "hypothesis",
            "pas.plugins.headers",
            "playwright",
            "Plone",
            "plone.app.testing",
            "plone.testing",
            "pytest",
            "pytest-xdist",
            "python-gettext",
            "PyYAML",
            "redis",
            "schemathesis; python_version >= '3.11'",
            "waitress",
            "WebTest",
            "zope.configuration",
            "zope.pytestlayer",
            "zope.testbrowser",
        ],
    },
    entry_points={"plone.autoinclude.plugin": ["target = plone", "module = collective.smsauth"]},
)
