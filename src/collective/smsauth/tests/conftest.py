"""What every process of a test run has to itself, and what is asked of the run as a whole.

The layers of ``plone.testing`` that a test class names are set up by ``zope.pytestlayer``; classes are dealt out to processes by
``pytest-xdist``.
"""

from collective.smsauth.tests.support.catalogues import compile_catalogues
from pathlib import Path

import os
import pytest
import shutil
import tempfile

ROOT = Path(__file__).resolve().parents[4]
#: Ports for servers that cannot choose a free one themselves, a range for each process.
FIRST_PORT, PORTS_EACH = 18200, 50
_PLACE = pytest.StashKey[str]()


def pytest_configure(config):
    """Give this process a directory of its own for temporary files and for Zope's, before anything of Zope is imported."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "")
    place = config.stash[_PLACE] = tempfile.mkdtemp(prefix="smsauth-test-")
    temporary, home = Path(place, "tmp"), Path(place, "home")
    temporary.mkdir()
    home.mkdir()
    if not worker:
        compile_catalogues()
        # Compiled page templates, for all processes of this run: each is compiled once. Without it each is compiled again and again,
        # which threads of Python 3.11 cannot do at once.
        templates = Path(place, "templates")
        templates.mkdir()
        os.environ["CHAMELEON_CACHE"] = str(templates)
    first = FIRST_PORT + (int(worker.removeprefix("gw")) if worker else 0) * PORTS_EACH
    tempfile.tempdir = None
    os.environ.update(
        {
            "TMPDIR": str(temporary),
            "CLIENT_HOME": str(home),
            "SMSAUTH_TEST_PORTS": f"{first}-{first + PORTS_EACH - 1}",
        }
    )
    os.environ.setdefault("SMSAUTH_NODE_MODULES", str(ROOT / "node_modules"))


def pytest_unconfigure(config):
    """Leave nothing behind."""
    shutil.rmtree(config.stash.get(_PLACE, ""), ignore_errors=True)


def pytest_collection_modifyitems(items):
    """Mark the tests that need a Plone site, and those that need Chromium: ``-m "not site"``, for instance, leaves them out."""
    for item in items:
        if "stories" in item.path.parts:
            item.add_marker("browser")
        if getattr(item.cls, "layer", None) is not None:
            item.add_marker("site")
        # the layer of a base class would be set up below that of the class
        if (
            len({id(base.__dict__["layer"]) for base in getattr(item.cls, "__mro__", ()) if "layer" in base.__dict__})
            > 1
        ):
            raise pytest.UsageError(f"{item.cls} has a layer besides that of a class that it is derived from.")


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session):
    """Let a run in CI fail if anything was skipped but what says that it is optional."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is None or os.environ.get("CI", "").lower() not in ("1", "true", "yes"):
        return
    reasons = {report.longrepr[2] for report in reporter.stats.get("skipped", ()) if isinstance(report.longrepr, tuple)}
    undue = sorted(reason for reason in reasons if not reason.removeprefix("Skipped: ").startswith("optional:"))
    if undue:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
        for line in ("", "In CI only what is optional may be skipped:", *undue):
            reporter.write_line(line)


@pytest.hookimpl(wrapper=True)
def pytest_report_to_serializable(report):
    """Let a process tell of tests whose parameters no text can hold, such as half surrogate pairs."""
    return _encodable((yield))


def _encodable(value):
    if isinstance(value, str):
        return value.encode(errors="backslashreplace").decode()
    if isinstance(value, dict):
        return {_encodable(key): _encodable(held) for key, held in value.items()}
    return type(value)(map(_encodable, value)) if isinstance(value, (list, tuple)) else value
