"""Sends the package bent requests and looks whether what must never happen does: ``make fuzz [REQUESTS=n] [SEED=n] [ONLY=n]``.

Each case begins in the same state of a real site and knows nothing of the cases before it. So any of them can be run again by itself,
and the same seed gives the same cases.
"""
