from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from wagtail.search.backends import get_search_backends_with_name

from wagtail_escalated.kb import evaluation


class Command(BaseCommand):
    help = (
        "Measures the knowledge base's search: how often the right article is found, and how often "
        "nothing is. Touches no existing page."
    )

    def add_arguments(self, parser):
        parser.add_argument("--articles", required=True, type=Path, metavar="FILE")
        parser.add_argument("--queries", required=True, type=Path, metavar="FILE")
        parser.add_argument(
            "--backend", help="only this one of WAGTAILSEARCH_BACKENDS (default: each of them)"
        )
        parser.add_argument(
            "--words", action="store_true", help="by words alone, even where a model is installed"
        )

        parser.add_argument(
            "--misspelt", action="store_true", help="with a slip in a tenth of the words"
        )
        parser.add_argument(
            "--every", type=int, default=1, metavar="N", help="each N-th question only"
        )

    def handle(self, *args, articles, queries, backend, words, misspelt, every, **options):
        try:
            pages, questions = (
                evaluation.read_articles(articles),
                evaluation.read_questions(queries),
            )
        except (OSError, ValueError, KeyError) as problem:
            raise CommandError(f"Cannot be read: {problem!r}") from problem
        questions = questions[:: max(1, every)]
        if misspelt:
            questions = evaluation.misspelt(questions)
        names = [backend] if backend else [name for name, _ in get_search_backends_with_name()]
        for name in names:
            if len(names) > 1:
                self.stdout.write(f"{name}:")
            figures = evaluation.measure(
                pages, questions, backend=name, use_semantic=False if words else None
            )
            self.stdout.write(str(figures))
