"""Which tickets a rule is for: the fields it may ask about, and conditions nested from them.

A new kind of field is added with ``fields.register``; forms, checks, queries and sentences follow.
"""
