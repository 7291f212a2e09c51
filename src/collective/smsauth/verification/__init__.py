"""The verifier (NIST SP 800-63B): issues codes, judges answers, limits and locks.

May import domain, interfaces, events and storage.
"""
