"""Contexts that last as long as a test."""

from contextlib import AbstractContextManager
from contextlib import ExitStack
from typing import TypeVar

import unittest

Value = TypeVar("Value")


def entered(test: unittest.TestCase, context: AbstractContextManager[Value]) -> Value:
    """Enter a context, leave it in the cleanup of the test, and return its value.

    Python 3.11 has this as ``TestCase.enterContext``.
    """
    stack = ExitStack()
    test.addCleanup(stack.close)
    return stack.enter_context(context)
