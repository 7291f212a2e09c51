"""What the pages share.

May import what ``browser`` may import.
"""
