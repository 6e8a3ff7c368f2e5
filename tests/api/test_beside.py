"""What stands beside a ticket's conversation: similar ones, original letters, drafts, and an article made of an answer."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from wagtail.models import PageViewRestriction

from tests.factories import make_agent, make_department, make_reader, make_ticket
from tests.kb import trees
from wagtail_escalated import storage
from wagtail_escalated.actions import guests, messages, tickets
from wagtail_escalated.articles import SESSION_KEY, Trail, keep_trail
from wagtail_escalated.kb.models import ArticlePage, Citation, Vote
from wagtail_escalated.models import Draft, InboundEmail, OutboundEmail

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.services]


def path_of(ticket, below):
    return f"tickets/{ticket.reference}/{below}/"


@pytest.fixture
def reader(sales):
    return make_reader(departments=(sales,)).user


@pytest.fixture
def grinders(sales, ann):
    """The second of them is of another department."""
    return [
        make_ticket(subject=f"Grinder sings {word}", department=department, requester=ann)
        for word, department in (
            ("loudly", sales), ("secretly", make_department("Elsewhere")), ("softly", sales)
        )
    ]  # fmt: skip


def test_similar_tickets_are_those_that_the_caller_sees(api, agent, manager, reader, grinders):
    first, hidden, other = grinders

    def similar(user):
        rows = api(user).get(path_of(first, "similar")).json()["results"]
        return {row["reference"] for row in rows}

    assert similar(agent) == similar(reader) == {other.reference}
    assert similar(manager) == {other.reference, hidden.reference}


def test_many_similar_ones_take_as_many_queries_as_one(api, agent, sales, grinders):
    program, path = api(agent), path_of(grinders[0], "similar")
    program.get(path)
    with CaptureQueriesContext(connection) as few:
        assert len(program.get(path).json()["results"]) == 1
    for _number in range(4):
        make_ticket(subject="Grinder again", department=sales, tags=("a", "b"))
    with CaptureQueriesContext(connection) as many:
        assert len(program.get(path).json()["results"]) == 5
    assert len(many) == len(few)


@pytest.mark.parametrize("below", ["similar", "drafts", "letters", "mails"])
def test_nothing_of_it_is_a_customers_or_a_strangers(api, ann, ticket, strangers, below):
    path = path_of(ticket, below)
    assert api().get(path).status_code == 401
    assert api(ann).get(path).status_code == 403
    for who, user in strangers.items():
        assert api(user).get(path).status_code in (403, 404), who


def letter(ticket, key, **fields):
    made = {"state": "done", "sender": "ann@example.com", "subject": "Fire"} | fields
    return InboundEmail.objects.create(
        provider="raw",
        ticket=ticket,
        received_at=timezone.now(),
        delivery_key=key,
        raw_key=storage.put(f"From: ann@example.com\r\nX-Key: {key}\r\n\r\nHi".encode()),
        **made,
    )


def test_the_letters_of_a_ticket_are_told_and_read_as_they_came(api, agent, reader, ticket, ann):
    reply = messages.reply(ticket, body="Hi", actor=ann)
    came = letter(ticket, "one", reply=reply)
    held = letter(ticket, "two", state="held", reason="spam")
    path = path_of(ticket, "letters")
    [told] = api(reader).get(path).json()["results"]
    assert (told["id"], told["sender"], told["reply"]) == (
        str(came.pk),
        "ann@example.com",
        reply.pk,
    )
    raw = api(agent).get(f"{path}{came.pk}/")
    assert b"X-Key: one" in b"".join(raw.streaming_content)
    assert raw["Content-Type"] == "application/octet-stream"
    assert raw["X-Content-Type-Options"] == "nosniff"
    assert "no-store" in raw["Cache-Control"]
    assert api(agent).get(f"{path}{held.pk}/").status_code == 404


def test_a_letter_of_a_merged_ticket_is_there_and_anothers_is_not(api, agent, manager, sales, ann):
    into, merged = (make_ticket(department=sales, requester=ann) for _number in range(2))
    before = letter(merged, "before")
    elsewhere = letter(make_ticket(department=make_department("Elsewhere")), "elsewhere")
    tickets.merge(merged, into, actor=agent.user)
    path = path_of(into, "letters")
    assert [row["id"] for row in api(agent).get(path).json()["results"]] == [str(before.pk)]
    assert api(agent).get(f"{path}{before.pk}/").status_code == 200
    assert api(manager).get(f"{path}{elsewhere.pk}/").status_code == 404


def test_a_draft_is_kept_read_replaced_and_thrown_away(api, agent, ticket):
    program, path = api(agent), path_of(ticket, "drafts")
    first = {"kind": "reply", "body": "Dear <Ann>,\n\nhalf a thou"}
    assert program.post(path, first).json()["body"].startswith("Dear <Ann>,")
    whole = program.post(path, first | {"body": "Half a thought"})
    assert (whole.status_code, whole.json()["html"]) == (200, "<p>Half a thought</p>")
    assert whole.json()["seen_version"] == ticket.version
    program.post(path, {"kind": "note", "body": "Hm."})
    kinds = {row["kind"]: row["body"] for row in program.get(path).json()["results"]}
    assert kinds == {"reply": "Half a thought", "note": "Hm."}
    assert program.delete(f"{path}reply/").status_code == 204
    assert program.delete(f"{path}reply/").status_code == 404
    assert program.delete(f"{path}poem/").status_code == 404
    assert [row["kind"] for row in program.get(path).json()["results"]] == ["note"]
    for wrong in ({"kind": "poem", "body": "x"}, {"kind": "note", "body": " "}):
        assert program.post(path, wrong).status_code == 400


def test_the_composer_shows_the_draft_that_a_program_kept(api, client, agent, ticket):
    sent = {"kind": "reply", "body": "Kept by a program"}
    assert api(agent).post(path_of(ticket, "drafts"), sent).status_code == 200
    client.force_login(agent.user)
    page = client.get(f"/admin/support/tickets/{ticket.reference}/").content.decode()
    assert "Kept by a program" in page


def test_nobody_reads_or_throws_away_the_draft_of_another(api, agent, manager, reader, ticket):
    sales = ticket.department
    Draft.objects.create(ticket=ticket, user=agent.user, kind="reply", body_html="<p>Mine</p>")
    path = path_of(ticket, "drafts")
    colleague = make_agent("colleague", departments=(sales,))
    for user in (manager, colleague):
        assert api(user).get(path).json() == {"results": []}
        assert api(user).delete(f"{path}reply/").status_code == 404
    assert api(reader).get(path).status_code == 403
    assert api(reader).post(path, {"kind": "reply", "body": "x"}).status_code == 403
    assert api(agent, scopes=["read"]).delete(f"{path}reply/").status_code == 403
    assert Draft.objects.get().body_html == "<p>Mine</p>"


def test_an_answer_becomes_a_draft_in_the_knowledge_base(api, agent, manager, reader, ticket, ann):
    kb = trees.knowledge_base()
    reply = messages.reply(ticket, body="Pull the plug.", actor=agent.user)
    path, sent = path_of(ticket, "article"), {"reply": reply.pk}
    assert api(ann).post(path, sent).status_code == 403
    assert api(reader).post(path, sent).status_code == 403
    assert api(agent).post(path, sent).status_code == 403, "an agent who may not write articles"
    assert not ArticlePage.objects.exists()
    manager.is_superuser = True
    manager.save()
    made = api(manager).post(path, sent)
    draft = ArticlePage.objects.get()
    assert (made.status_code, made.json()) == (201, {"url": f"/admin/pages/{draft.pk}/edit/"})
    assert (draft.live, draft.is_descendant_of(kb)) == (False, True)
    wrong = api(manager).post(path, {"reply": reply.pk + 1})
    assert (wrong.status_code, list(wrong.json())) == (400, ["reply"])


def test_a_reader_says_whether_an_article_helped_and_has_one_voice(api, ann, agent, ticket):
    kb = trees.knowledge_base()
    article = trees.article(kb, "Fires", "Pull the plug.")
    path = f"kb/articles/{article.pk}/feedback/"
    assert api(ann).post(path, {"helpful": True}).status_code == 204
    assert api(ann).post(path, {"helpful": False, "comment": "Too short"}).status_code == 204
    assert api(agent).post(path, {"helpful": True}).status_code == 204
    guest = {"X-Guest-Token": guests.create_link(ticket, by_mail=True)}
    for _time in range(2):
        assert api().post(path, {"helpful": True}, headers=guest).status_code == 204
    votes = Vote.objects.filter(page=article.pk).order_by("pk")
    assert [(vote.helpful, vote.comment) for vote in votes] == [
        (False, "Too short"),
        (True, ""),
        (True, ""),
    ]
    assert api().post(path, {"helpful": True}).status_code == 401
    assert api(ann).post(path, {"helpful": "yes"}).status_code == 400


def test_nobody_votes_on_what_they_may_not_read(api, ann):
    kb = trees.knowledge_base()
    article = trees.article(kb, "Fires", "Pull the plug.")
    PageViewRestriction.objects.create(page=article, restriction_type="groups")
    draft = trees.article(kb, "Later", "Not yet.", live=False)
    for page in (article, draft):
        answer = api(ann).post(f"kb/articles/{page.pk}/feedback/", {"helpful": True})
        assert answer.status_code == 404
    assert not Vote.objects.exists()


def test_what_an_answer_names_is_kept_and_told_when_it_changes(api, agent, ann, ticket):
    kb = trees.knowledge_base()
    named, other = (trees.article(kb, title, "Pull the plug.") for title in ("Fires", "Floods"))
    keep_trail(ticket, Trail({SESSION_KEY: {"searches": [{"query": "fire", "hits": 1}]}}))
    sent = {"body": f"See http://localhost{named.url}", "articles": [named.pk, other.pk, 999_999]}
    answer = api(agent).post(path_of(ticket, "replies"), sent)
    assert answer.status_code == 201, answer.text
    assert list(Citation.objects.values_list("page", flat=True)) == [named.pk]
    program, path = api(agent), path_of(ticket, "around")
    assert program.get(path).json()["articles_changed"] == []
    Citation.objects.update(cited_at=timezone.now() - timedelta(days=1))
    named.save_revision().publish()
    told = program.get(path).json()
    assert [row["title"] for row in told["articles_changed"]] == ["Fires"]
    assert told["trail"]["searches"] == [{"query": "fire", "hits": 1}]
    theirs = api(ann).get(path).json()
    assert (theirs["articles_changed"], theirs["trail"]["searches"]) == ([], [])
    api(ann).post(path_of(ticket, "replies"), sent | {"articles": [other.pk]})
    assert Citation.objects.count() == 1, "a customer cites nothing"


def test_agents_are_told_whether_their_answers_arrived(api, agent, reader, ticket, ann):
    reply = messages.reply(ticket, body="Pull the plug.", actor=agent.user)
    OutboundEmail.objects.filter(reply=reply, contact__isnull=False).update(
        state="bounced", error="550 no such mailbox"
    )
    messages.reply(ticket, body="I did.", actor=ann)
    for user in (agent, reader):
        [told] = api(user).get(path_of(ticket, "mails")).json()["results"]
        assert (told["reply"], told["address"]) == (reply.pk, "ann@example.com")
        assert (told["state"], told["error"]) == ("bounced", "550 no such mailbox")
