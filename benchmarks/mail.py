"""Letters: what the webhook costs, and how many a second become messages, with all that belongs to them.

On a busy machine look at the processor's time and the queries of a letter: they are its own.
"""

import json
import multiprocessing
import time
from email.message import EmailMessage

from benchmarks.database import analyse, own_database, say, set_up_django

#: So many that neither the first of a new process nor the last batch decides.
LETTERS = 600
KNOWN_SENDERS = 100


def letter(number: int, *, size: int = 2_000) -> bytes:
    """Two of three open a ticket, the third answers one."""
    message = EmailMessage()
    message["From"] = (
        f"Customer {number % KNOWN_SENDERS} <customer{number % KNOWN_SENDERS}@bench.example>"
    )
    message["To"] = "lamps@support.example.com"
    message["Subject"] = f"Lamp {number} does not glow"
    message["Message-ID"] = f"<letter-{number}@bench.example>"
    if number % 3 == 2:
        message["In-Reply-To"] = f"<letter-{number - KNOWN_SENDERS}@bench.example>"
    text = f"It stays dark, number {number}. " * (size // 30)
    message.set_content(text)
    message.add_alternative(f"<p>{text}</p>", subtype="html")
    return message.as_bytes()


def webhook() -> None:
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    client = Client(headers={"X-Escalated-Inbound-Secret": "test-secret"})
    durations, queries = [], 0
    for number in range(30):
        payload = json.dumps({"RawEmail": letter(100_000 + number, size=48_000).decode()})
        with CaptureQueriesContext(connection) as captured:
            started = time.perf_counter()
            response = client.post(
                "/support/webhook/email/inbound?adapter=postmark",
                payload,
                content_type="application/json",
            )
            durations.append((time.perf_counter() - started) * 1000)
        assert response.status_code == 200, response.content
        queries = max(queries, len(captured))
    say("webhook, a letter of 50 kB", sorted(durations)[len(durations) // 2], "ms")
    say("webhook, queries", queries, "queries", 6)


def store(first: int, count: int) -> None:
    from django.utils import timezone

    from wagtail_escalated.mail import archive
    from wagtail_escalated.mail.adapters.base import Delivery, Letter

    for number in range(first, first + count):
        raw = letter(number)
        delivery = Delivery(raw, "message/rfc822")
        key = archive.delivery_key("raw", Letter(raw), delivery)
        archive.keep("raw", delivery, key=key, now=timezone.now())


def work(barrier=None) -> None:
    """One worker: letters, the reactions to them, the mails they owe, until nothing is left."""
    from django.db import connections

    from wagtail_escalated import tasks
    from wagtail_escalated.mail import intake, outbox
    from wagtail_escalated.models import TicketEvent

    if barrier is not None:
        connections.close_all()
        barrier.wait()
    while True:
        done = intake.process_due(limit=100)
        events = TicketEvent.objects.filter(reacted_at=None).order_by("pk")
        tasks.react(list(events.values_list("pk", flat=True)[:500]))
        sent = outbox.send_due()
        if not done and not sum(sent.values()):
            break
    connections.close_all()


def letters_a_second(workers: int, first: int) -> float:
    from django.db import connections

    store(first, LETTERS)
    analyse()
    if workers == 1:
        started, cpu = time.perf_counter(), time.process_time()
        work()
        say(
            "processor's time of the worker for a letter",
            (time.process_time() - cpu) / LETTERS * 1000,
            "ms",
        )
        return LETTERS / (time.perf_counter() - started)
    context = multiprocessing.get_context("fork")
    barrier = context.Barrier(workers + 1)
    connections.close_all()
    processes = [context.Process(target=work, args=(barrier,)) for _ in range(workers)]
    for process in processes:
        process.start()
    barrier.wait()
    started = time.perf_counter()
    for process in processes:
        process.join()
    return LETTERS / (time.perf_counter() - started)


def queries(first: int) -> None:
    from django.db import connection

    seen = []
    store(first, LETTERS)

    def counting(execute, sql, params, many, context):
        seen.append(sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(counting):
        work()
    say("queries of the worker for a letter, its mails included", len(seen) / LETTERS, "queries")


def main() -> None:
    set_up_django()
    with own_database():
        from django.core.management import call_command

        from tests.factories import make_agent, make_department
        from wagtail_escalated.models import InboundEmail

        make_agent(
            "agatha", departments=(make_department("Lamps", address="lamps@support.example.com"),)
        )
        call_command("escalated_install", verbosity=0)
        webhook()
        work()
        queries(20_000)
        one = letters_a_second(1, 0)
        two = letters_a_second(2, 10_000)
        say("letters a second, one worker (at least 30)", one, "/s")
        say("letters a second, two workers", two, "/s")
        say("two workers against one (at least 1.3)", two / one, "times")
        states = InboundEmail.objects.values_list("state", flat=True)
        assert set(states) == {"done"}, set(states)


if __name__ == "__main__":
    main()
