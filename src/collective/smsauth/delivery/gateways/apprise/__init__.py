"""Apprise: the many providers that this library knows, each by one URL. It is not a dependency, but the extra ``apprise``.

May import what ``delivery`` may import.
"""
