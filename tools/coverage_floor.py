"""Holds branch coverage up: fails below the figure in coverage-floor.txt, and asks to raise it when the tests do better."""

from pathlib import Path

import subprocess
import sys

ROOT = Path(__file__).resolve().parent.parent
FLOOR = Path(__file__).with_name("coverage-floor.txt")


def main() -> int:
    """Combine what the processes measured, report, compare; 0 if the floor holds."""
    coverage = [sys.executable, "-m", "coverage"]
    subprocess.run([*coverage, "combine", "--quiet"], cwd=ROOT, check=True)
    subprocess.run([*coverage, "html", "--quiet"], cwd=ROOT, check=True)
    subprocess.run([*coverage, "report"], cwd=ROOT, check=True)
    command = [*coverage, "report", "--format=total", "--precision=1"]
    total = float(subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout)
    floor = float(FLOOR.read_text(encoding="utf-8"))
    if total < floor:
        print(f"Coverage is {total} %, and was {floor} %.")
        return 1
    if total >= floor + 0.5:
        print(f"Coverage is {total} %: write it into {FLOOR.relative_to(ROOT)}, so that it stays.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
