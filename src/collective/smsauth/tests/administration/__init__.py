"""Tests of ``administration``."""
