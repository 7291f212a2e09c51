"""One module for each kind of authenticator: how its answers are judged.

May import what ``verification`` may import.
"""
