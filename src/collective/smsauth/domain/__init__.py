"""The rules as pure functions and frozen values: standard library, phonenumbers and itsdangerous only.

May import nothing of this package.
"""
