"""Tests of ``notifications``."""
