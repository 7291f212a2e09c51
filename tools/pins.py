"""Completes the pinned versions: constraints/*.txt from what the project asks for, versions.cfg from constraints/plone-6.2.txt.

A version that is pinned stays. To move one, change or delete its line and run this again; what is needed and not pinned is added.
"""

from pathlib import Path
from typing import NamedTuple

import argparse
import re
import subprocess

ROOT = Path(__file__).resolve().parent.parent
CONSTRAINTS = ROOT / "constraints"
_PIN = re.compile(r"^([A-Za-z0-9._-]+)==(\S+)$")


class PinSet(NamedTuple):
    """One file of pins: the Python versions it serves, what it must cover, and limits that the packages do not declare."""

    name: str
    pythons: tuple[str, ...]
    roots: tuple[str, ...]
    limits: tuple[str, ...] = ()


_PROJECT = ("constraints/environment.in", "setup.py")
SETS = (
    PinSet("plone-6.2.txt", ("3.11.7", "3.12.1", "3.13.0"), _PROJECT),
    PinSet("plone-6.2-py310.txt", ("3.10.13",), _PROJECT),
    # Plone 6.1 uses pkg_resources, which setuptools 82 has dropped
    PinSet("plone-6.1.txt", ("3.11.7",), _PROJECT, limits=("setuptools<82",)),
    PinSet("docs.txt", ("3.10.13", "3.11.7", "3.12.1", "3.13.0"), ("constraints/docs.in",)),
)
_HEAD = "# Written by `make pins` from constraints/plone-6.2.txt: change the versions there.\n[versions]\n"


def canonical(name: str) -> str:
    """Return the name of a distribution as packaging tools compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def read(path: Path) -> dict[str, tuple[str, str]]:
    """Return (spelling, version) by canonical name from a file of pins."""
    pins = {}
    for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else ():
        found = _PIN.match(line.strip())
        if found:
            pins[canonical(found[1])] = (found[1], found[2])
    return pins


def resolve(pin_set: PinSet, python: str) -> dict[str, tuple[str, str]]:
    """Return the pins that one Python version needs, those already written down unchanged."""
    limits = CONSTRAINTS / f".limits-{pin_set.name}"
    limits.write_text("\n".join(pin_set.limits), encoding="utf-8")
    command = [
        "uv",
        "pip",
        "compile",
        "--quiet",
        "--no-header",
        "--no-annotate",
        "--no-python-downloads",
        "--extra=test",
    ]
    command += ["--python-version", python, "-c", str(CONSTRAINTS / pin_set.name), "-c", str(limits), *pin_set.roots]
    if "setup.py" not in pin_set.roots:
        command.remove("--extra=test")
    try:
        answer = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True)
    finally:
        limits.unlink()
    found = (_PIN.match(line) for line in answer.stdout.splitlines())
    return {canonical(pin[1]): (pin[1], pin[2]) for pin in found if pin}


def complete(pin_set: PinSet) -> dict[str, tuple[str, str]]:
    """Write the file of a set anew: exactly what is needed, in the spelling already used."""
    path = CONSTRAINTS / pin_set.name
    spelling = {name: pin[0] for other in SETS for name, pin in read(CONSTRAINTS / other.name).items()}
    pins: dict[str, tuple[str, str]] = {}
    for python in pin_set.pythons:
        for name, (spelled, version) in resolve(pin_set, python).items():
            pins.setdefault(name, (spelling.get(name, spelled), version))
        # what one Python version needs binds the next
        write(path, "=={}", {**read(path), **pins})
    write(path, "=={}", pins)
    return pins


def write(path: Path, form: str, pins: dict[str, tuple[str, str]], head: str = "") -> None:
    """Write pins to a file, one a line, in the order of the alphabet."""
    lines = [
        spelled + form.format(version) for spelled, version in sorted(pins.values(), key=lambda pin: pin[0].lower())
    ]
    path.write_text(head + "\n".join(lines) + "\n", encoding="utf-8")


def main() -> None:
    """Complete all sets, or with --versions only write versions.cfg."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--versions", action="store_true", help="resolve nothing, only write versions.cfg")
    options = parser.parse_args()
    if not options.versions:
        for pin_set in SETS:
            print(f"{pin_set.name}: {len(complete(pin_set))} versions")
    write(ROOT / "versions.cfg", " = {}", read(CONSTRAINTS / SETS[0].name), head=_HEAD)


if __name__ == "__main__":
    main()
