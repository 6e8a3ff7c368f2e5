"""One ticket: what was said, what is to be said, and all that belongs to it."""
