"""What members and administrators live through, in a real browser."""
