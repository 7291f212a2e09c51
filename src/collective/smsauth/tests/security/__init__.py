"""Every door, attacks, neighbours in the user folder, and what happens at the same time."""
