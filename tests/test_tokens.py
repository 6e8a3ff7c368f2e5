"""Signed addresses and guest tokens: what they are made of, and what they refuse."""

import hashlib
import hmac

import pytest
from django.test import override_settings
from hypothesis import given
from hypothesis import strategies as st

from wagtail_escalated.tokens import (
    hash_token,
    new_guest_token,
    reply_address,
    reply_signature,
    ticket_pk_from_address,
)


def test_the_signature_is_the_contracts():
    wanted = hmac.new(b"test-secret", b"42", hashlib.sha256).hexdigest()[:32]
    assert reply_signature(42) == wanted
    assert reply_address(42) == f"reply+42.{wanted}@support.example.com"


@given(st.integers(min_value=1, max_value=10**17))
def test_every_address_names_its_ticket_whatever_the_case(pk):
    address = reply_address(pk)
    assert ticket_pk_from_address(address) == pk
    assert ticket_pk_from_address(address.upper()) == pk
    assert ticket_pk_from_address(address.replace("+", "%2B")) == pk


@given(st.text(max_size=100))
def test_nothing_else_names_a_ticket(text):
    assert ticket_pk_from_address(text) is None
    assert ticket_pk_from_address(f"reply+1.{text}@support.example.com") is None


@pytest.mark.parametrize(
    "change",
    [
        lambda a: a.replace("reply+7.", "reply+8."),
        lambda a: a.replace("reply+7.", "reply+07."),
        lambda a: a.replace("@", "a@"),
        lambda a: a.replace("support.example.com", "example.com"),
        lambda a: a.replace("@support", "@x.support"),
        lambda a: a.split("@")[0],
        lambda a: a[:20] + a[21:],
        lambda a: a + a,
        lambda a: a.replace("+7.", "+٧."),
    ],
)
def test_a_changed_address_names_nothing(change):
    assert ticket_pk_from_address(change(reply_address(7))) is None


@pytest.mark.parametrize("secret", [None, ""])
def test_without_a_secret_there_is_no_address_and_none_is_read(secret):
    old = reply_address(7)
    empty = hmac.new(b"", b"7", hashlib.sha256).hexdigest()[:32]
    with override_settings(
        WAGTAIL_ESCALATED={"INBOUND_SECRET": secret, "MAIL_DOMAIN": "support.example.com"}
    ):
        assert reply_signature(7) == ""
        assert reply_address(7) is None
        assert ticket_pk_from_address(old) is None
        assert ticket_pk_from_address(f"reply+7.{empty}@support.example.com") is None
        assert ticket_pk_from_address("reply+7.@support.example.com") is None


def test_a_changed_secret_counts_at_once():
    old = reply_address(7)
    with override_settings(
        WAGTAIL_ESCALATED={"INBOUND_SECRET": "new", "MAIL_DOMAIN": "support.example.com"}
    ):
        assert ticket_pk_from_address(old) is None
        assert ticket_pk_from_address(reply_address(7)) == 7


def test_guest_tokens_are_long_and_stored_hashed():
    token, stored = new_guest_token()
    assert len(token) >= 43  # 256 bits in base64
    assert stored == hash_token(token) == hashlib.sha256(token.encode()).hexdigest()
    assert new_guest_token()[0] != token
