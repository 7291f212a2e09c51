"""The gate in the user folder: who is let through with which proof.

May import domain, interfaces, storage and verification.
"""
