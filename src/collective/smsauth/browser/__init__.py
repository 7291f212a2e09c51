"""Pages.

May import ``flows``, ``administration`` and everything below.
"""
