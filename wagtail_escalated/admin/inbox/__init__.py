"""The inbox: which tickets wait, in what order, for whom."""
