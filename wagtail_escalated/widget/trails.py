"""What a visitor looked for and read in the widget before writing, kept with the ticket.

The script sends it as lines: ``?words`` for a search, ``#id`` for an article. It is the visitor's word, so
articles are named only as far as anybody may read them.
"""

from django.contrib.auth.models import AnonymousUser
from wagtail.models import Site

from wagtail_escalated import articles
from wagtail_escalated.models import Ticket

MAX_LINES = 30


def keep_trail(ticket: Ticket, lines: str, *, site: Site) -> None:
    trail = articles.Trail()
    for line in lines.replace("\x00", "").splitlines()[:MAX_LINES]:
        if line.startswith("?"):
            count, _sep, words = line[1:].partition("?")
            trail.searched(words, int(count) if count.isdecimal() and len(count) < 4 else 0)
        elif line.startswith("#") and line[1:].isdecimal() and len(line) < 12:
            read = articles.get_article(int(line[1:]), user=AnonymousUser(), site=site)
            if read is not None:
                trail.read(read.id, read.title)
    if trail:
        articles.keep_trail(ticket, trail)
