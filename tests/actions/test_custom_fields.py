"""What is kept about a person in custom fields, told to them and forgotten."""

import io
import json
import zipfile

import pytest

from tests.factories import make_contact, make_manager, make_ticket
from tests.fields import make_field
from wagtail_escalated.actions import contact_export, erasure, tickets
from wagtail_escalated.models import CustomFieldValue, TicketEvent

pytestmark = pytest.mark.django_db


def test_an_export_tells_what_they_filled_in_or_see_and_an_erasure_leaves_no_word():
    manager, gus = make_manager(), make_contact("gus@example.net", "Gus Guest")
    make_field("Order", "text", filled_in_by_customers=True)
    make_field("Inner", "text")
    own, other = make_ticket(requester=gus), make_ticket()
    tickets.set_fields(own, {"order": "4711", "inner": "watched"}, actor=manager)
    tickets.set_field(other, "inner", "Ask gus@example.net first", actor=manager)
    out = io.BytesIO()
    contact_export.export_contact(gus, out, actor=manager)
    told = json.loads(zipfile.ZipFile(out).read("contact.json"))
    assert told["tickets"][0]["fields"] == {"Order": "4711"}
    assert "watched" not in json.dumps(told)

    erasure.erase_contact(gus, actor=manager)
    kept = [*CustomFieldValue.objects.values_list("plain", "folded")]
    assert kept == [("Ask [erased] first", "ask [erased] first")]
    assert "gus@" not in json.dumps([*TicketEvent.objects.values_list("data", flat=True)])
