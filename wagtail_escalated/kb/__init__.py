"""The knowledge base: pages, and the search that answers questions from them."""
