"""Rules in the admin: their forms, what they would change, and what they did."""
