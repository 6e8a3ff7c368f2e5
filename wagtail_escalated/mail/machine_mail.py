"""Letters that no person wrote: RFC 3834, RFC 3464, lists, and vacation replies that admit nothing."""

import re
from dataclasses import dataclass

from wagtail_escalated.mail.headers import Headers, message_ids, parse_headers
from wagtail_escalated.mail.message import InboundMessage

BULK = {"bulk", "junk", "list", "auto_reply", "auto-reply"}
LIST_HEADERS = (
    "list-id",
    "list-unsubscribe",
    "list-post",
    "list-help",
    "mailing-list",
    "x-mailing-list",
)
AUTO_HEADERS = (
    "x-autoreply",
    "x-autorespond",
    "x-autoresponder",
    "x-autoreply-from",
    "x-mail-autoreply",
)
DAEMONS = re.compile(
    r"(?:mailer[-_.]?daemon|postmaster|mail[-_.]?daemon|mdaemon|mailerdaemon|mailsystem"
    r"|mail[-_]?delivery[-_]?(?:sub)?system|bounces?(?:[-+].*)?|complaints?"
    r"|microsoftexchange[0-9a-f]+|mail\.delivery|delivery-?report)",
    re.IGNORECASE,
)
DAEMON_NAMES = re.compile(
    r"mail(?:er)?[- ]?(?:delivery|daemon)|delivery (?:sub)?system|^postmaster\b|^microsoft outlook$|"
    r"^system administrator$|^mail administrator$",
    re.IGNORECASE,
)
BOUNCE_SUBJECTS = re.compile(
    r"^(?:re: )?(?:"
    r"(?:mail|message|email|e-mail)?[- ]*(?:undeliverable|undelivered|non[- ]?deliverable|delivery (?:failure|failed|problem|notification|report|status|error|delayed|subsystem))"
    r"|returned (?:mail|email|message|to sender)|return(?:ed)? mail"
    r"|(?:mail|message|email|e-mail) (?:delivery|system error|could not be delivered|not delivered|status report)"
    r"|failure notice|failed (?:mail|delivery)|delivery failure|nondeliverable|non[- ]?delivery"
    r"|undeliver(?:able|ed)|unzustellbar|nicht zustellbar|non remis|échec de (?:la )?remise|mancato recapito"
    r"|no se puede entregar|não (?:foi )?entregue|onbestelbaar|недоставлен|配信不能|無法傳遞|无法投递"
    r"|warning: (?:message|could not send)|permanent delivery failure|dsn:|banned or potentially|considered unsolicited bulk"
    r"|mail delivery|mail system error|email delivery|error sending|message delay(?:ed)?"
    r")",
    re.IGNORECASE,
)
# Fourteen languages: en de fr es it pt nl sv da no fi pl cs ru, as people and programs put it; of others what
# Exchange puts in front: hu ro el tr uk bg hr sl sk ca et lv lt ja zh ko he ar.
VACATION = re.compile(
    r"^\W*(?:"
    r"auto(?:matic|mated)?[ -]?(?:reply|response|responder|answer)|out[- ]of[- ](?:the[- ])?office(?: auto ?reply| notice| reply)?"
    r"|vacation (?:reply|response|message|notice)|on vacation|away from (?:the )?office|i am (?:away|out of (?:the )?office)"
    r"|automatische antwort|abwesenheit(?:snotiz|sassistent|smeldung|sbenachrichtigung)?|abwesend|nicht im büro|ich bin (?:im urlaub|abwesend)"
    r"|réponse automatique|absen(?:ce|t) du bureau|message d['’]absence|notification d['’]absence"
    r"|respuesta automática|fuera de (?:la )?oficina|ausente de la oficina|respuesta de ausencia"
    r"|risposta automatica|fuori (?:sede|ufficio)|assenza dall['’]ufficio|assente"
    r"|resposta automática|fora do escritório|ausência (?:temporária|do escritório)|ausente do escritório"
    r"|automatisch antwoord|automatische (?:antwoord|reactie)|afwezig(?:heid(?:sbericht|smelding)?)?|niet op kantoor"
    r"|autosvar|automatiskt svar|frånvaro(?:meddelande)?|inte på kontoret"
    r"|automatisk svar|fravær(?:smeddelelse|smelding|sbesked)?|ikke på kontoret|ikke til stede"
    r"|automaattinen vastaus|poissa(?:olo(?:viesti|ilmoitus)?)?|lomavastaus"
    r"|odpowiedź automatyczna|automatyczna odpowiedź|poza biurem|nieobecno[śs][ćc](?: w biurze)?"
    r"|automatická odpově[dď]|mimo kancelář|nepřítomnost"
    r"|автоматический ответ|автоответ|вне офиса|нет на месте|отсутствие на рабочем месте"
    r"|automatikus válasz|răspuns automat|αυτόματη απάντηση|otomatik (?:yanıt|cevap)|автоматична відповідь"
    r"|автоматичен отговор|automatski odgovor|samodejni odgovor|automatická odpoveď|resposta automàtica"
    r"|automaatvastus|automātiskā atbilde|automatinis atsakymas|自動応答|自動返信|自动答复|自动回复|自動回覆"
    r"|자동 (?:회신|응답)|תשובה אוטומטית|رد تلقائي"
    r")\s*(?:$|[:\-–—\]!.(,]|re:|aw:|：)",
    re.IGNORECASE,
)
RETURNED_TEXT = re.compile(
    r"^[> \t]{0,100}(?:message-id|x-original-message-id|original-message-id)\s*:\s*(<[^<>\s]{3,300}>)",
    re.IGNORECASE | re.MULTILINE,
)
MAX_SCANNED = 100_000


@dataclass(frozen=True, slots=True)
class Bounce:
    """``ids`` name the letter that came back, surest first; ``permanent`` is unknown as ``None``."""

    ids: tuple[str, ...] = ()
    recipients: tuple[str, ...] = ()
    action: str = ""
    status: str = ""
    diagnostic: str = ""

    @property
    def permanent(self) -> bool | None:
        return {"5": True, "4": False, "2": False}.get(self.status[:1])


@dataclass(frozen=True, slots=True)
class MachineMail:
    """``kind``: ``bounce``, ``complaint``, ``auto_reply``, ``list`` or ``loop``; ``reason`` says what told."""

    kind: str
    reason: str
    bounce: Bounce | None = None


def classify(message: InboundMessage, *, own_addresses: frozenset[str] = frozenset()):
    """A ``MachineMail``, or nothing for what a person wrote. ``own_addresses`` in lower case."""
    if any(one.address.lower() in own_addresses for one in message.senders):
        return MachineMail("loop", "own_address")
    for find in (_report, _automatic, _list, _daemon):
        found = find(message)
        if found:
            return found
    return None


def _report(message: InboundMessage) -> MachineMail | None:
    if message.content_type == "multipart/report" or message.reports:
        kind = message.headers.raw("content-type").lower()
        if "feedback-report" in kind or any(
            "feedback-type" in one.lower() for one in message.reports
        ):
            return MachineMail("complaint", "feedback_report", bounce_of(message))
        if "disposition-notification" in kind:
            return MachineMail("auto_reply", "disposition_notification")
        return MachineMail("bounce", "delivery_status", bounce_of(message))
    if "x-failed-recipients" in message.headers:
        return MachineMail("bounce", "failed_recipients", bounce_of(message))
    return None


def _automatic(message: InboundMessage) -> MachineMail | None:
    headers = message.headers
    submitted = headers.raw("auto-submitted").partition(";")[0].strip().lower()
    if submitted and submitted != "no":
        if _is_daemon(message) or BOUNCE_SUBJECTS.match(message.subject):
            return MachineMail("bounce", "auto_submitted", bounce_of(message))
        return MachineMail("auto_reply", "auto_submitted")
    for name in AUTO_HEADERS:
        if name in headers and headers.raw(name).strip().lower() not in {"no", "false", "0"}:
            return MachineMail("auto_reply", name)
    suppress = {one.strip().lower() for one in headers.raw("x-auto-response-suppress").split(",")}
    if "all" in suppress:
        return MachineMail("auto_reply", "response_suppressed")
    if VACATION.match(message.subject):
        return MachineMail("auto_reply", "vacation_subject")
    return None


def _list(message: InboundMessage) -> MachineMail | None:
    for name in LIST_HEADERS:
        if name in message.headers:
            return MachineMail("list", name)
    precedence = message.headers.raw("precedence").strip().lower()
    if precedence in BULK:
        if _is_daemon(message) or BOUNCE_SUBJECTS.match(message.subject):
            return MachineMail("bounce", "precedence", bounce_of(message))
        kind = "auto_reply" if precedence.startswith("auto") else "list"
        return MachineMail(kind, "precedence")
    return None


def _daemon(message: InboundMessage) -> MachineMail | None:
    if message.return_path == "":
        kind = (
            "bounce"
            if _is_daemon(message) or BOUNCE_SUBJECTS.match(message.subject)
            else "auto_reply"
        )
        return MachineMail(
            kind, "null_return_path", bounce_of(message) if kind == "bounce" else None
        )
    if _is_daemon(message):
        return MachineMail("bounce", "mailer_daemon", bounce_of(message))
    return None


def _is_daemon(message: InboundMessage) -> bool:
    if not message.senders:
        # Old systems write a name without a domain, or with an empty pair of brackets.
        return "mailer-daemon" in message.headers.raw("from").lower()
    return any(
        DAEMONS.fullmatch(one.address.partition("@")[0]) or DAEMON_NAMES.search(one.name)
        for one in message.senders
    )


def bounce_of(message: InboundMessage) -> Bounce:
    """What a report says about the letter that it reports on."""
    blocks = [
        parse_headers(block.encode())
        for report in message.reports
        for block in re.split(r"\n\s*\n", report.replace("\r\n", "\n"))[:50]
    ]
    return Bounce(
        ids=_original_ids(message, blocks),
        recipients=_recipients(message, blocks),
        action=_first(blocks, "action").lower()[:20],
        status=_first(blocks, "status")[:20],
        diagnostic=_first(blocks, "diagnostic-code")[:500],
    )


def _original_ids(message: InboundMessage, blocks: list[Headers]) -> tuple[str, ...]:
    found: list[str] = []
    if message.returned:
        found += message_ids(message.returned.raw("message-id"))
    for block in blocks:
        found += message_ids(block.raw("original-message-id"))
    for one in RETURNED_TEXT.findall(message.text[:MAX_SCANNED]):
        found += message_ids(one)
    found += [*message.in_reply_to, *reversed(message.references)]
    return tuple(dict.fromkeys(found))[:20]


def _recipients(message: InboundMessage, blocks: list[Headers]) -> tuple[str, ...]:
    found = [one.address for one in message.headers.addresses("x-failed-recipients")]
    for block in blocks:
        for name in ("original-recipient", "final-recipient"):
            found.append(block.raw(name).rpartition(";")[2].strip().strip("<>"))
    return tuple(dict.fromkeys(one.lower() for one in found if "@" in one))[:20]


def _first(blocks: list[Headers], name: str) -> str:
    return next((block.text(name) for block in blocks if name in block), "")
