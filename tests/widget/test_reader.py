"""The widget as a screen reader tells it, screen by screen, and what it says unasked."""

import pytest

from tests.factories import make_agent, make_department
from tests.fields import make_field
from tests.widget.reader import transcript
from tests.widget.visitor import goto
from wagtail_escalated.actions import messages
from wagtail_escalated.models import Ticket

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

CLOSED = """
complementary “Help”
  button “Help”
"""
HOME = """
complementary “Help”
  button “Help” (expanded)
  dialog “How can we help?”
    sectionheader “”
      heading “How can we help?”
      button “Close”
    search “”
      searchbox “Describe what you need” (focused)
    list “”
    button “Write to us”
    status “” (live)
"""
FORM = """
complementary “Help”
  button “Help” (expanded)
  dialog “Write to us”
    sectionheader “”
      button “Back”
      heading “Write to us”
      button “Close”
    form “”
      textbox “Your name” (required)
      textbox “Email address” (required, invalid, focused) – This does not look like an email address.
      “This does not look like an email address.”
      combobox “Department (optional)”
        option “I don't know”
        option “Repairs”
        option “Sales”
      textbox “Subject” (required)
      list “”
      textbox “Message” (required)
      textbox “Device (optional)” – It stands on the back.
      “It stands on the back.”
      button “Attach files”
      list “”
      alert “” (live)
      button “Send”
    status “” (live)
"""
SENT = """
complementary “Help”
  button “Help” (expanded)
  dialog “Thank you”
    sectionheader “”
      button “Back”
      heading “Thank you” (focused)
      button “Close”
    paragraph “”
      “We have received your request REFERENCE.”
    paragraph “”
      “We also sent you an email with a link to it.”
    button “View your request”
    status “” (live)
      “We have received your request REFERENCE.”
"""


def lines(text):
    return text.strip().splitlines()


def test_each_screen_is_told_in_order_with_names_states_and_errors(widget, host):
    for name in ("Sales", "Repairs"):
        make_department(name)
    make_field("Device", filled_in_by_customers=True, help_text="It stands on the back.")
    goto(widget, host)
    assert transcript(widget.page) == lines(CLOSED)
    widget.open()
    widget.heading().get_by_text("How can we help?").wait_for()
    assert transcript(widget.page) == lines(HOME)
    widget.button("Write to us").click()
    widget.write(email="vera@nowhere")
    widget.send()
    widget.all.locator("[aria-invalid=true]").wait_for()
    assert transcript(widget.page) == lines(FORM)
    widget.all.locator("[name=email]").fill("vera@example.net")
    widget.send()
    widget.sees("We have received your request")
    reference = Ticket.objects.get().reference
    assert transcript(widget.page) == lines(SENT.replace("REFERENCE", reference))


def test_what_happens_by_itself_is_said_without_taking_the_focus(widget, host, settings):
    settings.WAGTAIL_ESCALATED = {
        **settings.WAGTAIL_ESCALATED,
        "POLL_SECONDS": 1,
        "UNDO_SEND_SECONDS": 0,
    }
    goto(widget, host)
    widget.open()
    widget.button("Write to us").click()
    widget.write()
    widget.send()
    widget.button("View your request").click()
    widget.all.locator("[name=body]").focus()
    messages.reply(Ticket.objects.get(), body="Turn the tap", actor=make_agent().user)
    widget.sees("Turn the tap")
    said = transcript(widget.page)
    assert "    status “” (live)" in said
    assert said[said.index("    status “” (live)") + 1].strip() == "“There is a new answer.”"
    assert any("textbox “Message” (required, focused)" in line for line in said)
    widget.button("Close").click()
    messages.reply(Ticket.objects.get(), body="To the right", actor=make_agent().user)
    widget.button("Help – New answers: 1").wait_for()
    assert transcript(widget.page)[1].strip().startswith("button “Help – New answers: 1”")
