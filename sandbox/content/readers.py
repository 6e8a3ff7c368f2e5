"""What visitors of the help centre did in the last weeks: looked for, read, found helpful, or wrote after all."""

import random
from datetime import timedelta

from django.utils import timezone

from wagtail_escalated.kb import counting
from wagtail_escalated.kb.models import ArticleDay, ArticlePage, SearchDay, SuggestionDay, Vote

DAYS = 60
#: (title, views a day about, found helpful, found unhelpful, [what they missed])
READ = [
    ("Where is my parcel?", 9, 41, 6, ["Tracking says “unknown”. And now?"]),
    ("Pause, skip or end a subscription", 6, 30, 3, []),
    ("Descale your espresso machine", 5, 22, 2, ["How much citric acid for the small one?"]),
    ("Free a stuck burr", 3, 12, 4, []),
    (
        "I was charged twice",
        2,
        4,
        7,
        ["It never said when the money is back.", "My bank says otherwise."],
    ),
    ("Use a gift card", 1, 5, 1, []),
]
#: (question, searches, without a result, [title that was opened, how often], tickets that followed)
ASKED = [
    ("where is my parcel", 60, 0, ("Where is my parcel?", 44), 3),
    ("pause my subscription for the holidays", 31, 0, ("Pause, skip or end a subscription", 27), 1),
    ("decaf beans", 24, 24, None, 6),
    ("do you have decaf", 12, 12, None, 2),
    ("repair my grinder under warranty", 17, 2, ("Free a stuck burr", 3), 5),
    ("charged two times", 15, 0, ("I was charged twice", 12), 4),
    ("visit the roastery", 8, 8, None, 0),
]
#: Of visitors who began to write a request: (without suggestions?, how far they came)
BEGAN = [
    (False, {"asked": 412, "seen": 367, "read": 151, "solved": 58, "sent": 239}),
    (True, {"asked": 46, "sent": 35}),
]


def write_readers(site) -> None:
    """After the articles are there."""
    chance, today = random.Random(7), timezone.now().date()
    pages = {page.title: page for page in ArticlePage.objects.select_related("locale")}
    for title, daily, helpful, unhelpful, missed in READ:
        page = pages[title]
        ArticleDay.objects.bulk_create(
            ArticleDay(page_id=page.pk, day=today - timedelta(days=ago), source="page", views=views)
            for ago in range(DAYS)
            if (views := chance.randint(0, 2 * daily))
        )
        for number in range(helpful + unhelpful):
            no = number - helpful
            comment = missed[no] if 0 <= no < len(missed) else ""
            counting.vote(
                page, visitor=f"demo {number}", helpful=no < 0, comment=comment, source="page"
            )
    Vote.objects.update(voted_at=timezone.now() - timedelta(days=3))
    locale = next(iter(pages.values())).locale
    for query, searches, nothing, opened, tickets in ASKED:
        for _time in range(searches):
            counting.count_search(query, site=site, locale=locale, source="page", hits=1)
        for _time in range(opened[1] if opened else 0):
            counting.count_click(query, pages[opened[0]], site=site, locale=locale, source="page")
        for _time in range(tickets):
            counting.count_ticket(query, site=site, locale=locale)
        SearchDay.objects.filter(key=counting.key_of(query), source="page").update(
            without_result=nothing
        )
    for held_out, steps in BEGAN:
        SuggestionDay.objects.create(site=site, day=today, held_out=held_out, **steps)
