"""The pages of administrators.

May import what ``browser`` may import.
"""
