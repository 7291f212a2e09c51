"""Measures what the add-on costs: the same site without it and with it, side by side, in one run: ``python -m tools.bench [--quick]``.

Both are real Zope servers in processes of their own, with the same data, driven over HTTP. Whatever is compared is measured in turns, so
that a busy machine disturbs both alike.
"""
