"""The whole way round, as somebody does who typed ``make demo``: letter, desk, answer, portal, widget."""

import re
from email.utils import getaddresses, parseaddr

import pytest

from tests.mail.letters import PDF, PNG, letter, postmark

pytestmark = [pytest.mark.browser, pytest.mark.real_worker, pytest.mark.xdist_group("demo")]

CUSTOMER = "wren@customer.example"
GMAIL = """\
<div dir="ltr">It smokes again, I am afraid.</div><br><div class="gmail_quote gmail_quote_container">
<div dir="ltr" class="gmail_attr">On Sat, Nov 21, 2026, Fernhill wrote:<br></div>
<blockquote class="gmail_quote"><p>Please pull the plug.</p></blockquote></div>
"""


def is_ours(line):
    """A breach of the policy by something of ours; Wagtail's editor writes two style elements of its own."""
    breach = "Content Security Policy" in line.text
    return breach and "/static/wagtailadmin/" not in line.location.get("url", "")


@pytest.fixture
def window(chromium):
    """Windows with cookies of their own, closed at the end."""
    contexts = []

    def open_window():
        context = chromium.new_context(locale="en-GB", viewport={"width": 1280, "height": 900})
        contexts.append(context)
        page = context.new_page()
        page.problems = []
        page.on("console", lambda line: page.problems.append(line.text) if is_ours(line) else None)
        page.on("pageerror", lambda error: page.problems.append(str(error)))
        return page

    yield open_window
    for context in contexts:
        context.close()


def log_in(page, url, name):
    page.goto(url)
    page.fill("[name=username]", name)
    page.fill("[name=password]", "demo")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    page.wait_for_load_state("networkidle")


def press(page, name):
    """A button that leads to another page."""
    with page.expect_navigation():
        page.get_by_role("button", name=name, exact=True).first.click()
    page.wait_for_load_state("networkidle")


def first_letter():
    return letter(
        sender=f"Wren Aldous <{CUSTOMER}>",
        to="machines@fernhill.example",
        subject="My grinder smokes",
        text="Smoke comes out of it, see the picture.\n",
        html='<p>Smoke comes out of it, see <b>the picture</b>: <img src="cid:smoke@customer.example">'
        "<script>document.title='taken'</script></p>",
        inline=[("smoke@customer.example", "smoke.png", PNG)],
        files=[("receipt.pdf", "application/pdf", PDF)],
    )


def answer(mail, *, sender, text, html=""):
    reply_to = parseaddr(str(mail["Reply-To"]))[1]
    return letter(
        sender=sender,
        to=reply_to,
        subject=f"Re: {mail['Subject']}",
        text=text,
        html=html,
        In_Reply_To=str(mail["Message-ID"]),
        References=f"{mail['References'] or ''} {mail['Message-ID']}".strip(),
    )


def test_a_letter_goes_all_the_way_round(demo, window):
    agent = window()
    log_in(agent, f"{demo.url}/admin/login/", "ben")
    agent.goto(f"{demo.url}/admin/support/inbox/?open=true")

    # A letter comes in; the open inbox tells of it, though the worker is another process.
    stored = demo.deliver(postmark(first_letter()))
    assert stored["status"] == "accepted"
    agent.get_by_text(re.compile(r"\b1 new\b")).first.wait_for(timeout=30_000)
    agent.reload()
    agent.get_by_role("link", name="My grinder smokes").first.click()
    agent.wait_for_load_state("networkidle")

    # It is read: sanitised, with its picture in place and its file to download.
    reference = re.search(r"ESC-\d{4}-[0-9A-F]{6}", agent.url).group()
    assert "taken" not in agent.title()
    picture = agent.locator(".esc-message__body img").first
    assert picture.evaluate("image => image.complete && image.naturalWidth > 0")
    assert agent.get_by_role("link", name="receipt.pdf").is_visible()

    # A note, the assignment, and an answer with formatted text and a file.
    press(agent, "Assign to me")
    agent.locator("label", has=agent.locator("[name=composer-kind][value=note]")).click()
    agent.locator(".esc-composer [contenteditable=true]").click()
    agent.keyboard.type("Third one from the March batch.")
    press(agent, "Add note")
    agent.locator(".esc-message", has_text="Third one from the March batch.").wait_for()
    agent.goto(f"{demo.url}/admin/support/tickets/{reference}/")
    agent.locator(".esc-composer [contenteditable=true]").click()
    agent.keyboard.press("Control+b")
    agent.keyboard.type("Please pull the plug.")
    agent.set_input_files(
        "[name=composer-files]",
        {"name": "steps.txt", "mimeType": "text/plain", "buffer": b"1. Pull."},
    )
    press(agent, "Send and resolve")

    # The answer leaves as the contract says; the note does not.
    confirmation, mail = demo.mail(CUSTOMER, 1), demo.mail(CUSTOMER, 2)
    assert confirmation["Auto-Submitted"]
    assert mail["Subject"] == f"Re: [{reference}] My grinder smokes"
    assert re.fullmatch(r"<ticket-\d+-reply-\d+@fernhill\.example>", mail["Message-ID"])
    assert re.fullmatch(
        r"reply\+\d+\.[0-9a-f]{32}@fernhill\.example", parseaddr(mail["Reply-To"])[1]
    )
    assert mail["References"] and mail["In-Reply-To"]
    html = mail.get_body(["html"]).get_content()
    assert "Please pull the plug." in mail.get_body(["plain"]).get_content()
    assert "Fernhill Coffee" in html and "Please pull the plug." in html
    assert [part.get_filename() for part in mail.iter_attachments()] == ["steps.txt"]
    everything = b"".join(m.as_bytes() for m in demo.mails(CUSTOMER))
    assert b"March batch" not in everything

    # The customer's answer reopens the ticket; a stranger with the same address gets one of their own.
    demo.deliver(
        postmark(answer(mail, sender=f"Wren <{CUSTOMER}>", text="It smokes again.", html=GMAIL))
    )
    agent.goto(f"{demo.url}/admin/support/tickets/{reference}/")
    agent.locator(".esc-message", has_text="It smokes again, I am afraid.").wait_for(timeout=60_000)
    agent.locator(".esc-status", has_text="Reopened").first.wait_for(timeout=30_000)
    demo.deliver(
        postmark(answer(mail, sender="Stranger <stranger@else.example>", text="Let me in, please."))
    )
    theirs = demo.mail("stranger@else.example", 1)
    assert reference not in str(theirs["Subject"])
    agent.reload()
    assert not agent.get_by_text("Let me in, please.").count()
    assert not agent.problems


def test_a_customer_sees_their_own_tickets_and_answers_and_the_agent_sees_it_live(demo, window):
    customer, agent = window(), window()
    log_in(customer, f"{demo.url}/login/?next=/support/tickets/new/", "carla")
    customer.goto(f"{demo.url}/support/tickets/new/")
    customer.fill("[name=subject]", "Coffee for forty people")
    customer.fill("[name=description], [name=body], [name=message]", "We have a wedding in May.")
    customer.get_by_role("button", name="Send").click()
    customer.wait_for_url(re.compile(r"/tickets/ESC-"))
    reference = re.search(r"ESC-\d{4}-[0-9A-F]{6}", customer.url).group()

    log_in(agent, f"{demo.url}/admin/login/", "ada")
    agent.goto(f"{demo.url}/admin/support/tickets/{reference}/")
    agent.locator(".esc-message", has_text="We have a wedding in May.").wait_for()
    customer.fill("#reply textarea", "It is in June after all.")
    customer.get_by_role("button", name="Send answer").click()
    agent.locator(".esc-message", has_text="It is in June after all.").wait_for(timeout=60_000)

    customer.goto(f"{demo.url}/support/tickets/")
    assert customer.get_by_text("Coffee for forty people").first.is_visible()
    assert customer.goto(f"{demo.url}/admin/support/tickets/{reference}/").status in (200, 403, 404)
    assert not customer.get_by_text("Internal note").count()

    other = window()
    log_in(other, f"{demo.url}/login/?next=/support/tickets/", "david")
    assert other.goto(f"{demo.url}/support/tickets/{reference}/").status == 404
    assert not agent.problems and not customer.problems


def test_a_visitor_asks_the_widget_reads_sends_the_form_and_opens_the_link_from_the_mail(
    demo, window
):
    visitor = window()
    visitor.goto(demo.url)
    visitor.evaluate("EscalatedWidget.open()")
    box = visitor.locator("escalated-widget input[type=search], escalated-widget input").first
    box.click()
    visitor.keyboard.type("there is a loud noise and my mill does not turn any more")
    article = visitor.locator("escalated-widget").get_by_text("Free a stuck burr")
    article.first.click(timeout=15_000)
    visitor.locator("escalated-widget").get_by_text("Pull the plug").first.wait_for()
    visitor.locator("escalated-widget").get_by_role("button", name=re.compile("^No")).first.click()
    visitor.locator("escalated-widget").get_by_role(
        "button", name=re.compile("write to us|contact|message", re.I)
    ).first.click()
    form = visitor.locator("escalated-widget form").last
    form.locator("[name=name]").fill("Robin Park")
    form.locator("[name=email]").fill("robin@visitor.example")
    form.locator("[name=subject]").fill("The burr is stuck for good")
    form.locator("[name=body]").fill("I tried everything in the article.")
    visitor.wait_for_timeout(3000)  # as long as a person needs at least
    form.get_by_role("button", name=re.compile("send", re.I)).click()
    visitor.locator("escalated-widget").get_by_text(re.compile(r"ESC-\d{4}-")).first.wait_for(
        timeout=15_000
    )

    mail = demo.mail("robin@visitor.example", 1)
    assert "stuck for good" not in mail.as_string()
    link = re.search(
        r"http://127\.0\.0\.1[^\s\"<>]*/guest/[^\s\"<>]+", mail.get_body(["plain"]).get_content()
    )
    visitor.goto(link.group().replace("http://127.0.0.1:8000", demo.url))
    visitor.get_by_text("I tried everything in the article.").first.wait_for()
    assert not visitor.problems


def test_a_ticket_whose_time_has_passed_is_marked_once_and_shown(demo, window):
    demo.deliver(
        postmark(
            letter(
                sender="Late <late@customer.example>",
                to="machines@fernhill.example",
                subject="Nobody answers me",
            )
        )
    )
    agent = window()
    log_in(agent, f"{demo.url}/admin/login/", "ben")
    agent.goto(f"{demo.url}/admin/support/inbox/?open=true")
    demo.mail("late@customer.example", 1)
    demo.manage(
        "shell",
        "-c",
        "from wagtail_escalated.models import SLAClock; from datetime import datetime, UTC; "
        "SLAClock.objects.filter(ticket__subject='Nobody answers me')"
        ".update(due_at=datetime(2026, 1, 1, tzinfo=UTC), check_at=datetime(2026, 1, 1, tzinfo=UTC))",
    )
    demo.manage("escalated_check_sla")
    assert "0 breaches" in demo.manage("escalated_check_sla")
    agent.reload()
    row = agent.locator("tr", has_text="Nobody answers me").first
    assert re.search("late", row.inner_text(), re.I)


def test_every_address_that_a_letter_names_was_meant(demo):
    for mail in demo._all_mails():
        assert len(getaddresses([str(mail["To"])])) == 1
        assert "\n" not in str(mail["Subject"])
