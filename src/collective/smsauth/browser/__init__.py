"""The pages: sign-in, set-up, turning off, reset of the number, and those of administrators."""
