"""What editors see of their readers."""
