"""Tests of ``pas``."""
