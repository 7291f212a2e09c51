"""The self-check: what in the site lets people past the second step, or keeps codes from leaving.

May import what ``administration`` may import.
"""
