"""What providers call.

May import what ``browser`` may import.
"""
