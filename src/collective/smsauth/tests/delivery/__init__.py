"""Tests of ``delivery``."""
