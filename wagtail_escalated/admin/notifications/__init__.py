"""The bell and what rings it."""
