"""A knowledge base that the tests know by heart."""

from wagtail_escalated.articles import ArticleContent, ArticleHit


class Shelf:
    """A knowledge base of one article: what the desk asks of any."""

    on = True

    def __init__(self, html="<p>Turn it off.</p>"):
        self.html, self.asked, self.votes, self.clicks, self.trails = html, [], [], [], []

    def is_enabled(self, *, site, user=None):
        return self.on

    def accepts_feedback(self, *, site):
        return self.on

    def search(self, query, *, user, site, locale, limit, session, source):
        assert not user.is_authenticated
        self.asked.append((query, locale, source))
        hit = ArticleHit(7, "Leaks", "Turn it off.", "/help/leaks/", "en", matched=("leak",))
        return [hit] if "leak" in query else []

    def popular(self, *, user, site, locale, limit):
        assert not user.is_authenticated
        return [ArticleHit(7, "Leaks", "Turn it off.", "/help/leaks/", "en")]

    def get(self, pk, *, user, site, session):
        assert not user.is_authenticated
        if pk != 7:
            return None
        return ArticleContent(7, "Leaks", self.html, "http://localhost/help/leaks/", None, "en")

    def record_view(self, pk, **more):
        pass

    def record_click(self, pk, query, **more):
        self.clicks.append((pk, query))

    def record_feedback(self, pk, *, helpful, comment, visitor, **more):
        self.votes.append((pk, helpful, comment, visitor))
        return pk == 7

    def keep_trail(self, ticket, trail):
        self.trails.append((ticket, trail.data))
