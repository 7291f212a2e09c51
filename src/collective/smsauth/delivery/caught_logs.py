"""Keeps what a library of others would log out of all logs, for the time of one call: it may repeat numbers, codes and secrets."""

from collections.abc import Iterator
from contextlib import contextmanager

import logging
import threading

_MOST, _LONGEST = 50, 500


class _Catcher(logging.Filter):
    """Takes the records of the threads that ask for it, and lets those of others pass."""

    def __init__(self) -> None:
        super().__init__()
        self.of_thread = threading.local()

    def filter(self, record: logging.LogRecord) -> bool:
        """Tell whether a record is to be logged."""
        caught: list[str] | None = getattr(self.of_thread, "caught", None)
        if caught is None:
            return True
        if len(caught) < _MOST:
            caught.append(record.getMessage()[:_LONGEST])
        return False


_CATCHER = _Catcher()


@contextmanager
def caught(*names: str) -> Iterator[list[str]]:
    """Let nothing of this thread into the logs of these names; give it as a list of messages, which are not to be logged either."""
    for name in names:
        logging.getLogger(name).addFilter(_CATCHER)  # one that is there already is not added again
    former = getattr(_CATCHER.of_thread, "caught", None)
    messages: list[str] = []
    _CATCHER.of_thread.caught = messages
    try:
        yield messages
    finally:
        _CATCHER.of_thread.caught = former
