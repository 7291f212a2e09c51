"""The rules of two-step verification as pure functions and frozen values.

Nothing here knows Zope, a database, a clock or a registry: time, keys and policy are arguments. That is what makes the
rules readable in one sitting and testable with generated histories.
"""
