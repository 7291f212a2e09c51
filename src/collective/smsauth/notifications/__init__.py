"""Who is told by e-mail when something changes: members, administrators.

May import ``flows`` and everything below.
"""
