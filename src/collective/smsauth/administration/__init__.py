"""What administrators see and do: help desk, checks, counters, test message.

May import ``wiring`` and everything below.
"""
