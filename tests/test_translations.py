"""No page, mail or widget view of ours shows a word that was not marked for translation."""

import re
import zoneinfo

import pytest
from django.contrib.auth import get_user_model
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext, ngettext, pgettext

from tests.factories import make_agent, make_customer, make_department, make_ticket
from tests.kb import trees
from tests.pseudo_locale import speaking_pseudo, words_in_text, words_outside
from tests.routes import own_routes
from wagtail_escalated import models
from wagtail_escalated.actions import guests, messages, surveys, tickets
from wagtail_escalated.mail import waiting
from wagtail_escalated.mail.compose import compose
from wagtail_escalated.mail.contents import AGENT_HEADLINES, TO_CUSTOMERS
from wagtail_escalated.reactions import notifications
from wagtail_escalated.tokens import mail_choices_token


@pytest.fixture
def pseudo(tmp_path):
    with speaking_pseudo(tmp_path):
        yield


def test_each_translation_stands_in_brackets(pseudo):
    assert gettext("Close the ticket") == "⟦Close the ticket⟧"
    assert ngettext("%d ticket", "%d tickets", 2) % 2 == "⟦2 tickets⟧"
    assert pgettext("verb", "Open") == "⟦Open⟧"


def test_a_word_outside_brackets_is_found_wherever_a_person_meets_it():
    page = """
      <h1>⟦Tickets of <b>Ada</b>⟧</h1> <p>forgotten</p> <script>var unseen</script>
      <input placeholder="hint" aria-label="⟦Search⟧"> <input type="submit" value="press">
      <span translate="no">ESC <i>own</i></span> <a title="heard" href="/unseen/">ESC-2604-0AB1C2</a>
    """
    assert sorted(words_outside(page)) == ["forgotten", "heard", "hint", "press"]
    assert words_outside("<p>Ada Lovelace ⟦wrote⟧</p>", data=["Ada Lovelace"]) == []
    assert words_in_text("⟦Yours⟧, ada@example.com https://example.com/x") == []


def name_of_the_login():
    """What the host's user model calls it, in the host's own words."""
    model = get_user_model()
    return capfirst(str(model._meta.get_field(model.USERNAME_FIELD).verbose_name))


@pytest.mark.django_db
def test_pages_of_wagtail_itself_are_in_brackets_too(client, pseudo):
    html = client.get("/admin/login/").content.decode()
    assert "⟦Sign in to Wagtail⟧" in html
    assert words_outside(html, data=["Wagtail", "Password", name_of_the_login()]) == []


#: What people wrote stands in brackets too, so that what is left is ours.
NAMES = {"first_name": "⟦Ada⟧", "last_name": "⟦Lovelace⟧"}
#: Names of users, files, zones and the site, which are shown as they are.
AS_THEY_ARE = [
    "agent@example.com",
    "customer@example.com",
    "agent",
    "customer",
    "localhost",
    ".txt",
    "JSON",
    "Re:",
    "escalated_kb_upkeep",
    *(zone.replace("_", " ") for zone in zoneinfo.available_timezones()),
]
#: Wagtail's own templates have these outside any translation.
WAGTAILS_OWN = ["Wagtail", "Actions", "True", "False", "None"]


@pytest.fixture
def desk(db):
    """A desk in which everything that has a name has one in brackets."""
    call_command("escalated_install", verbosity=0)
    get_user_model().objects.all().delete()
    department = make_department("⟦Printers⟧")
    agent = make_agent("agent", departments=(department,))
    customer = make_customer("customer")
    get_user_model().objects.update(**NAMES)
    ticket = make_ticket(
        requester=customer.escalated_contact,
        subject="⟦It sings⟧",
        description="⟦Since Monday⟧",
        department=department,
        tags=["⟦loud⟧"],
    )
    file = SimpleUploadedFile("⟦song⟧.txt", b"la la")
    reply = messages.reply(ticket, body="⟦Which song?⟧", actor=agent.user, attachments=[file])
    messages.add_note(ticket, body="⟦A tenor⟧", actor=agent.user)
    tickets.set_status(ticket, "resolved", actor=agent.user)
    for model in (models.Tag, models.SLAPolicy, models.BusinessHours):
        for row in model.objects.all():
            model.objects.filter(pk=row.pk).update(name=f"⟦{row.name}⟧")
    return {
        "reference": ticket.reference,
        "agent": agent,
        "customer": customer,
        "ticket": ticket,
        "reply": reply.pk,
        "operation": "tickets_list",
    }


@pytest.fixture
def links(desk):
    """What stands in an address of somebody without an account, by the name of its route."""
    ticket = desk["ticket"]
    contact = ticket.requester
    return {
        "guest": guests.create_link(ticket, by_mail=True),
        "survey": surveys.create_link(ticket, contact),
        "mail": mail_choices_token(contact.pk, contact.address),
    }


def forgotten(client, routes, values):
    """A line for each page that shows words outside brackets."""
    found = {}
    for route in routes:
        path = route.filled(values)
        response = client.get(path) if path else None
        if response is None or response.status_code != 200 or response.streaming:
            continue
        kind = response["Content-Type"]
        if kind.startswith("text/html"):
            words = words_outside(response.content.decode(), data=AS_THEY_ARE + WAGTAILS_OWN)
            if words:
                found[route.path] = words
    return "\n".join(f"{path}: {' '.join(words[:20])}" for path, words in found.items())


def test_no_page_of_the_admin_shows_a_word_outside_brackets(client, desk, pseudo):
    user = desk["agent"].user
    user.is_superuser = True
    user.save()
    client.force_login(user)
    words = forgotten(client, own_routes("admin/"), desk)
    assert not words, words


def test_no_page_of_the_portal_shows_a_word_outside_brackets(client, desk, pseudo):
    client.force_login(desk["customer"])
    words = forgotten(client, own_routes("support/"), desk)
    assert not words, words


def test_no_page_behind_a_link_of_a_mail_shows_a_word_outside_brackets(client, links, pseudo):
    routes = [route for route in own_routes("support/") if "<str:token>" in route.path]
    assert {route.path.split("/")[1] for route in routes} == links.keys(), "a link nobody looks at"
    words = "".join(
        forgotten(client, [route], {"token": links[route.path.split("/")[1]], "kind": "survey"})
        for route in routes
    )
    assert not words, words
    for name in ("guest_conversation", "survey", "mail_choices_link"):
        page = client.get(reverse(f"wagtail_escalated:{name}", args=["unknown"]))
        assert page.status_code == 404
        assert words_outside(page.content.decode(), data=AS_THEY_ARE) == []


def test_no_page_of_the_knowledge_base_shows_a_word_outside_brackets(client, desk, pseudo):
    kb = trees.knowledge_base("⟦Help⟧")
    orders = trees.category(kb, "⟦Orders⟧", slug="orders", description="⟦Buying⟧")
    refund = trees.article(
        orders, "⟦Get a refund⟧", "⟦Send the parcel back.⟧", slug="refund", summary="⟦How⟧"
    )
    client.force_login(desk["customer"])
    for page in (kb, orders, refund):
        for query in ("", "⟦refund⟧", "⟦xyzzy⟧"):
            response = client.get(page.url, {"q": query} if query else {})
            assert response.status_code == 200
            words = words_outside(response.content.decode(), data=AS_THEY_ARE)
            assert not words, (page, query, words)


#: Every kind of mail, so that one which is new is looked at as well.
MAILS = {*TO_CUSTOMERS, *AGENT_HEADLINES, "digest"}


@pytest.fixture
def every_mail(desk):
    """One row of each kind, as what people do would have written them."""
    ticket, agent = desk["ticket"], desk["agent"]
    ticket.proved = True
    tickets.rate(ticket, 4, actor=ticket.requester, comment="⟦Good⟧")
    events = {event.kind: event for event in ticket.events.order_by("pk")}
    of = {"agent_status": "status", "agent_rated": "rated", "survey": "status", "note": "noted"}
    for kind in sorted(MAILS):
        to_customer = kind in TO_CUSTOMERS
        event = events.get(of.get(kind, "replied"))
        models.OutboundEmail.objects.create(
            kind=kind,
            ticket=None if kind in ("digest", "guest_links") else ticket,
            event=event,
            reply=event.reply if kind in ("reply", "agent_replied") else None,
            note=event.note,
            contact=ticket.requester if to_customer else None,
            user=None if to_customer else agent.user,
            address=f"{kind}@example.com",
            key=kind,
            data={"site": ticket.site_id} if kind == "guest_links" else {},
            send_after=timezone.now(),
        )
    digest = models.OutboundEmail.objects.get(kind="digest")
    for kind, event in zip(models.NoticeKind, events.values(), strict=False):
        models.Notification.objects.update_or_create(
            user=agent.user,
            event=event,
            defaults={"kind": kind, "created_at": event.created_at, "digest": digest},
        )
    keys = models.OutboundEmail.objects.filter(key__in=MAILS).values_list("pk", flat=True)
    return waiting.read(list(keys), {})


def test_no_mail_shows_a_word_outside_brackets(every_mail, pseudo):
    assert len(every_mail) == len(MAILS)
    found = {}
    for mail in every_mail:
        message = compose(mail)
        html = next(part for part, kind in message.alternatives if kind == "text/html")
        words = words_outside(html, data=AS_THEY_ARE)
        text = re.sub(r"https?://\S+", " ", f"{message.subject}\n{message.body}")
        words += words_in_text(text, data=AS_THEY_ARE)
        if words:
            found[mail.kind] = words
    assert not found


def test_each_kind_of_mail_that_is_written_is_among_those_looked_at():
    assert set(notifications.MAILS.values()) <= MAILS
    assert {kind.value for kind in models.CustomerMail} <= MAILS
