"""The programs of the repository."""
