"""Where a webhook may not go, however the address is written."""

import socket

import pytest

from wagtail_escalated.reactions import webhooks_http

INSIDE = [
    "https://127.0.0.1/", "https://localhost/", "https://0.0.0.0/", "https://[::1]/",
    "https://10.0.0.1/", "https://192.168.1.1/", "https://172.16.0.1/", "https://169.254.169.254/",
    "https://[fe80::1]/", "https://[fd00::1]/", "https://[::ffff:127.0.0.1]/",
    "https://[64:ff9b::7f00:1]/", "https://[2002:7f00:1::]/", "https://[::7f00:1]/",
    "https://[64:ff9b:1::7f00:1]/", "https://2130706433/",
    "https://0x7f000001/", "https://127.1/", "https://100.64.0.1/", "https://224.0.0.1/",
    "http://example.com/", "ftp://example.com/", "file:///etc/passwd", "gopher://example.com/",
    "https://user:password@example.com/", "https:///", "https://[::]/", "https://example.com:99999/",
]  # fmt: skip


@pytest.mark.parametrize("url", INSIDE)
def test_an_address_inside_is_never_called(url, monkeypatch):
    def no_connection(*arguments, **options):
        pytest.fail(f"{url} was called")

    monkeypatch.setattr(socket, "create_connection", no_connection)
    with pytest.raises(webhooks_http.NotSent):
        webhooks_http.post(url, b"{}", {})


def test_a_name_that_leads_inside_is_never_called_and_one_that_moves_is_pinned(monkeypatch):
    """Rebinding: the second look-up would answer with another address, and does not happen."""
    looked_up, called = [], []

    def look_up(host, port, **options):
        looked_up.append(host)
        address = "93.184.215.14" if len(looked_up) == 1 else "127.0.0.1"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    def connect(address, timeout=None):
        called.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    monkeypatch.setattr(socket, "create_connection", connect)
    for _time in range(2):
        with pytest.raises(webhooks_http.NotSent):
            webhooks_http.post("https://rebind.example/", b"{}", {})
    assert called == [("93.184.215.14", 443)]
