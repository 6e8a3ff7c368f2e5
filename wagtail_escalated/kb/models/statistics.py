"""Counts per day. None of them says who: no user, no address, no session."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from ..pages import PAGE

QUERY_LENGTH = 200


class ArticleDay(models.Model):
    """How often an article was opened on one day, by where it was opened."""

    page = models.ForeignKey(PAGE, on_delete=models.CASCADE, related_name="escalated_days")
    day = models.DateField()
    source = models.CharField(max_length=20)
    views = models.PositiveIntegerField(default=0)

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["page", "day", "source"], name="esc_kb_day_once")
        ]
        indexes = [models.Index(fields=["day"], name="esc_kb_article_day")]

    def __str__(self):
        return f"{self.page_id} {self.day}: {self.views}"


class SearchDay(models.Model):
    """How often one question was asked on one day. `key`: a hash of the normalised question."""

    site = models.ForeignKey("wagtailcore.Site", on_delete=models.CASCADE, related_name="+")
    locale = models.ForeignKey("wagtailcore.Locale", on_delete=models.CASCADE, related_name="+")
    day = models.DateField()
    source = models.CharField(max_length=20)
    key = models.CharField(max_length=64)
    query = models.CharField(_("searched for"), max_length=QUERY_LENGTH)
    searches = models.PositiveIntegerField(default=0)
    without_result = models.PositiveIntegerField(default=0)
    clicks = models.PositiveIntegerField(default=0)
    #: Tickets whose writer had searched for this before.
    tickets = models.PositiveIntegerField(default=0)

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["site", "locale", "day", "source", "key"], name="esc_kb_search_once"
            )
        ]
        indexes = [models.Index(fields=["day"], name="esc_kb_search_day")]

    def __str__(self):
        return self.query


class SearchClick(models.Model):
    """Which article was opened from the results of a question."""

    search = models.ForeignKey(SearchDay, on_delete=models.CASCADE, related_name="clicked")
    page = models.ForeignKey(PAGE, on_delete=models.CASCADE, related_name="escalated_clicks")
    clicks = models.PositiveIntegerField(default=0)

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["search", "page"], name="esc_kb_click_once")]

    def __str__(self):
        return f"{self.search_id} → {self.page_id}: {self.clicks}"


class SuggestionDay(models.Model):
    """How far visitors came on one day who began to write a request, with suggestions or held out."""

    site = models.ForeignKey("wagtailcore.Site", on_delete=models.CASCADE, related_name="+")
    day = models.DateField()
    held_out = models.BooleanField()
    asked = models.PositiveIntegerField(default=0)
    seen = models.PositiveIntegerField(default=0)
    read = models.PositiveIntegerField(default=0)
    solved = models.PositiveIntegerField(default=0)
    sent = models.PositiveIntegerField(default=0)

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["site", "day", "held_out"], name="esc_kb_suggestion_day_once"
            )
        ]

    def __str__(self):
        return f"{self.site_id} {self.day}: {self.sent} of {self.asked}"


class Vote(models.Model):
    """Whether an article helped. `visitor`: a keyed hash, so that each votes once."""

    page = models.ForeignKey(PAGE, on_delete=models.CASCADE, related_name="escalated_votes")
    visitor = models.CharField(max_length=64)
    helpful = models.BooleanField(_("helpful"))
    comment = models.TextField(_("comment"), blank=True, max_length=2000)
    source = models.CharField(max_length=20)
    revision_id = models.BigIntegerField(null=True)
    voted_at = models.DateTimeField(_("voted"))
    #: An editor has read the comment.
    seen_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        default_permissions = ()
        verbose_name = _("vote")
        verbose_name_plural = _("votes")
        constraints = [models.UniqueConstraint(fields=["page", "visitor"], name="esc_kb_vote_once")]

    def __str__(self):
        return f"{self.page_id}: {'+' if self.helpful else '-'}"
