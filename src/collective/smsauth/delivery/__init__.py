"""What leaves the site, when, and through whom: texts, calls, e-mails, and what became of them.

May import domain, interfaces, events, storage and settings.
"""
