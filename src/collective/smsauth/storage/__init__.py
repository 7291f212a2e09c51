"""What is kept, and where: records, counters and number blocks in the ZODB; rate limits in memory or Redis.

May import domain and interfaces.
"""
