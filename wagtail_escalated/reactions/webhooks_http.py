"""One POST to an address that somebody typed: resolved once, checked, connected to just that address.

No redirect is followed, no proxy of the environment asked, and neither a slow nor an endless answer holds up
the worker for longer than ``WHOLE_SECONDS``.
"""

from __future__ import annotations

import http.client
import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from wagtail_escalated.conf import desk_settings

CONNECT_SECONDS = 5.0
WHOLE_SECONDS = 15.0
#: How much of an answer is kept; the rest is not read.
KEPT_BYTES = 2000
#: Networks whose last 32 bits are an IPv4 address: NAT64, and "compatible" ones of before.
WITH_IPV4 = tuple(map(ipaddress.IPv6Network, ("64:ff9b::/96", "::/96")))
#: NAT64 within one network (RFC 8215), which Python takes for the Internet before 3.13.
LOCAL_NAT64 = ipaddress.IPv6Network("64:ff9b:1::/48")


class NotSent(Exception):
    """No answer came; ``str(error)`` says why."""


class Forbidden(NotSent):
    """The address leads inside."""


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: str


def post(url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
    """Raises ``NotSent`` where the address is forbidden, gone, slow or broken."""
    parts = urlsplit(url)
    host, port = _target(parts)
    addresses = resolve(host, port)
    connection = _PinnedHTTPS if parts.scheme == "https" else _Pinned
    client = connection(host, port, timeout=CONNECT_SECONDS)
    client.pinned, client.deadline = addresses, time.monotonic() + WHOLE_SECONDS
    watch = threading.Timer(WHOLE_SECONDS, _cut, [client])
    watch.start()
    try:
        return _exchange(client, parts, body, headers)
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise NotSent(_why(error)) from error
    finally:
        watch.cancel()
        client.close()


def check(url: str) -> None:
    """Raises ``Forbidden`` for an address that would never be called; asks no name server."""
    host, _port = _target(urlsplit(url))
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return
    if not is_public(host) and not is_allowed(host):
        raise Forbidden(f"{host} is inside.")


def _exchange(
    client: http.client.HTTPConnection, parts: SplitResult, body: bytes, headers: Mapping[str, str]
) -> Answer:
    path = parts.path or "/"
    client.request("POST", f"{path}?{parts.query}" if parts.query else path, body, dict(headers))
    response = client.getresponse()
    return Answer(response.status, response.read(KEPT_BYTES).decode("utf-8", "replace"))


def resolve(host: str, port: int) -> list[str]:
    """The addresses of a host, if all of them are public or allowed by the deployer."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise NotSent(f"The host {host} was not found.") from error
    addresses = [str(entry[4][0]) for entry in found]
    if not addresses:
        raise NotSent(f"The host {host} was not found.")
    if not is_allowed(host):
        for address in addresses:
            if not is_public(address) and not is_allowed(address):
                raise Forbidden(f"{host} leads to {address}, which is inside.")
    return addresses


def is_public(address: str) -> bool:
    """Whether an address is one of the open Internet, also where an IPv4 one is wrapped in IPv6."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
        if any(ip in network for network in WITH_IPV4):
            inner = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(str(inner))
        if ip.is_site_local or ip in LOCAL_NAT64:
            return False
    return ip.is_global and not ip.is_multicast


def is_allowed(host: str) -> bool:
    """Whether ``WEBHOOK_ALLOWED_HOSTS`` names the host, or a network with this address."""
    for allowed in desk_settings.WEBHOOK_ALLOWED_HOSTS:
        if host.lower() == allowed.lower():
            return True
        try:
            if ipaddress.ip_address(host) in ipaddress.ip_network(allowed, strict=False):
                return True
        except ValueError:
            continue  # a name, not an address
    return False


def _target(parts: SplitResult) -> tuple[str, int]:
    if parts.scheme not in ("https", "http"):
        raise Forbidden("Only https and http are called.")
    try:
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError as error:
        raise NotSent("The port is none.") from error
    if not parts.hostname or parts.username or parts.password:
        raise Forbidden("An address needs a host and takes no login.")
    if parts.scheme == "http" and not is_allowed(parts.hostname):
        raise Forbidden("Only https is called.")
    return parts.hostname, port


class _Pinned(http.client.HTTPConnection):
    """Connects to the addresses that were checked, whatever the name resolves to by now."""

    pinned: list[str]
    deadline: float

    def connect(self) -> None:
        self.sock = _connected(self.pinned, self.port, self.deadline)


class _PinnedHTTPS(http.client.HTTPSConnection):
    pinned: list[str]
    deadline: float

    def connect(self) -> None:
        # Known before the handshake: a server may draw that out, too, and is cut off then.
        self.sock = _connected(self.pinned, self.port, self.deadline)
        self.sock = ssl.create_default_context().wrap_socket(self.sock, server_hostname=self.host)


def _connected(addresses: list[str], port: int, deadline: float) -> socket.socket:
    """To the first that answers: the host may have one that this network does not reach."""
    failed: OSError = TimeoutError()
    for address in addresses:
        left = deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        try:
            return socket.create_connection((address, port), min(CONNECT_SECONDS, left))
        except OSError as error:
            failed = error
    raise failed


def _cut(client: http.client.HTTPConnection) -> None:
    """A server that answers a byte a second is cut off, too."""
    if client.sock is not None:
        try:
            client.sock.shutdown(socket.SHUT_RDWR)
        except OSError:
            return


def _why(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "No answer in time."
    return f"{type(error).__name__}: {error}"[:300]


def seconds_since(start: float) -> int:
    """Milliseconds, for the log."""
    return round((time.monotonic() - start) * 1000)
