"""Checks what was built: everything the package needs is inside, and the wheel works in an environment that holds nothing else of it.

``python -m tools.check_dist dist constraints/plone-6.2.txt``
"""

from pathlib import Path

import subprocess
import sys
import tarfile
import tempfile
import zipfile

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = "collective/smsauth"
#: What the program needs besides modules; every such file in the source has to be in both archives.
DATA = (".zcml", ".xml", ".pt", ".po", ".pot", ".css", ".js", ".svg", ".txt")
_TRY = """
from gettext import translation
from importlib.resources import files
import collective.smsauth, collective.smsauth.wiring, collective.smsauth.setuphandlers
root = files("collective.smsauth")
assert root.joinpath("configure.zcml").is_file(), "no configure.zcml"
assert "site-packages" in str(root), root
for language in "de", "nl":
    words = translation("collective.smsauth", str(root.joinpath("locales")), [language])
    assert words.gettext("button_send") != "button_send", f"no texts in {language}"
from plone.autoinclude.loader import load_own_packages
assert "collective.smsauth" in load_own_packages(target="plone"), "Plone does not find the package"
"""


def sources() -> set[str]:
    """Return the files of the package by their path below src/, tests included."""
    listed = subprocess.run(
        ["git", "ls-files", "src"], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout.split()
    return {name.removeprefix("src/") for name in listed if name.endswith((".py", *DATA))}


def missing(names: set[str], archive: str, extra: set[str]) -> list[str]:
    """Return complaints about what should be among ``names`` and is not, or is and should not be."""
    lost = [f"{archive}: {name} is missing" for name in sorted((sources() | extra) - names)]
    stray = [
        f"{archive}: {name} does not belong there"
        for name in sorted(names)
        if "__pycache__" in name or "node_modules" in name
    ]
    return lost + stray


def check_sdist(path: Path) -> list[str]:
    """Check the source distribution."""
    with tarfile.open(path) as archive:
        names = {name.partition("/")[2].removeprefix("src/") for name in archive.getnames()}
    return missing(
        names, path.name, {"LICENSE", "LICENSE.GPL", "README.rst", "CHANGES.rst", "setup.py", "pyproject.toml"}
    )


def check_wheel(path: Path) -> list[str]:
    """Check the wheel: compiled catalogues as well, and only our own part of the namespace."""
    with zipfile.ZipFile(path) as archive:
        names = set(archive.namelist())
    catalogues = {name.removesuffix(".po") + ".mo" for name in sources() if name.endswith(".po")}
    strangers = [
        name for name in names if not name.startswith((f"{PACKAGE}/", "collective_smsauth-", "collective.smsauth-"))
    ]
    return missing(names, path.name, catalogues) + [f"{path.name}: {name} does not belong there" for name in strangers]


def try_wheel(path: Path, constraints: str) -> None:
    """Install the wheel into a new environment and load what Plone would.

    :raises CalledProcessError: it cannot be installed or does not work.
    """
    uv = str(Path(sys.executable).with_name("uv"))
    with tempfile.TemporaryDirectory() as place:
        python = f"{place}/bin/python"
        subprocess.run([uv, "venv", "--quiet", "--python", sys.executable, place], check=True)
        install = [uv, "pip", "install", "--quiet", "--python", python, "-c", constraints, str(path)]
        subprocess.run(install, check=True, cwd=ROOT)
        subprocess.run([python, "-I", "-c", _TRY], check=True, cwd=place)


def main() -> int:
    """Check the one sdist and the one wheel in a directory; 0 if all is well."""
    place, constraints = Path(sys.argv[1]), sys.argv[2]
    (sdist,), (wheel,) = place.glob("*.tar.gz"), place.glob("*.whl")
    wrong = check_sdist(sdist) + check_wheel(wheel)
    print("\n".join(wrong) or f"{sdist.name} and {wheel.name} hold all {len(sources())} files")
    if not wrong:
        try_wheel(wheel, constraints)
        print(f"{wheel.name} works in an environment of its own")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
