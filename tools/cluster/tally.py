"""What was counted."""

from collections import Counter

import threading


class Tally:
    """Counts under names, for several threads."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()
        self._lock = threading.Lock()

    def add(self, name: str, count: int = 1) -> None:
        """Count once more."""
        with self._lock:
            self._counts[name] += count

    def __getitem__(self, name: str) -> int:
        """Return how often that was counted."""
        with self._lock:
            return self._counts[name]
