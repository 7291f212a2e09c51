"""The pages between the password and the site.

May import what ``browser`` may import.
"""
