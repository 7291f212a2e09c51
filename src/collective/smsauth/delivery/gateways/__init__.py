"""One module or package for each provider.

May import what ``delivery`` may import.
"""
