"""Pages, what the search keeps of them, settings and statistics."""

from .bases import ArticleMixin, CategoryMixin, IndexMixin, KnowledgeBasePageMixin
from .citations import Citation, TicketTrail
from .concrete import ArticlePage, CategoryPage, KnowledgeBaseIndexPage
from .search import ArticleText, Lexicon, Spelling, Term
from .settings import KnowledgeBaseSettings
from .statistics import ArticleDay, SearchClick, SearchDay, SuggestionDay, Vote

__all__ = [
    "ArticleDay",
    "ArticleMixin",
    "ArticlePage",
    "ArticleText",
    "CategoryMixin",
    "CategoryPage",
    "Citation",
    "IndexMixin",
    "KnowledgeBaseIndexPage",
    "KnowledgeBasePageMixin",
    "KnowledgeBaseSettings",
    "Lexicon",
    "SearchClick",
    "SearchDay",
    "Spelling",
    "SuggestionDay",
    "Term",
    "TicketTrail",
    "Vote",
]
