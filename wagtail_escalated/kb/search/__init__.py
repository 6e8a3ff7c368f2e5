"""From a question as people type it to the articles that answer it.

`text` and `ranking` are pure; `lexicon` knows the words of all articles, `candidates` asks
Wagtail's index, `engine` puts them together.
"""
