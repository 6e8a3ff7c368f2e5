"""Lines by which mail programs say that another letter begins: in each language they speak."""

from __future__ import annotations

import re

MAX_LINE = 300  # characters looked at; a longer line is prose
MAX_INTRODUCTION = 3  # lines: programs wrap "On Monday, Ann <ann@example.org>↵wrote:"

_WROTE = (
    r"wrote|writes|schrieb|geschrieben|a écrit|écrit|escribió|ha scritto|scrive|escreveu|schreef|geschreven"
    r"|skrev|kirjoitti|napisał\(?a?\)?|pisze|napsala?|написала?|пишет|пише|писала?|写道|寫道|작성|さんの書|님이"
)
_VERB = re.compile(rf"(?:{_WROTE})", re.IGNORECASE)
_ADDRESS = re.compile(r"[<\[(] ?[^<>\s\[\]()]{1,100}@[^<>\s\[\]()]{1,100}[>\])]|<\s*mailto:")
_TIME = re.compile(r"\b\d{1,2}[:.h]\d{2}\b|\b\d{4}[-./年]\d{1,2}")
_DIGIT = re.compile(r"\d")
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")
_RULE = re.compile(r"^\s*[-_=*~]{5,}\s*$")
_SEPARATOR = re.compile(
    r"^(?:begin forwarded message:|\W{0,3}-{2,}\s*(?:original message|forwarded message|begin forwarded|ursprüngliche nachricht"
    r"|weitergeleitete nachricht|message d['’]origine|message transféré|message original|mensaje original"
    r"|mensaje reenviado|messaggio originale|messaggio inoltrato|oorspronkelijk bericht|doorgestuurd bericht"
    r"|mensagem original|mensagem encaminhada|ursprungligt meddelande|opprinnelig melding|videresendt"
    r"|oprindelig meddelelse|alkuperäinen viesti|wiadomość oryginalna|oryginalna wiadomość|původní zpráva"
    r"|исходное сообщение|пересылаемое сообщение|原始邮件|原始郵件|転送メッセージ|on\s.{5,200}\swrote)\s*-{2,})",
    re.IGNORECASE,
)
_FROM = re.compile(
    r"^[*>\s]{0,6}(?:from|von|de|da|van|od|från|fra|от|від|lähettäjä|发件人|寄件者|差出人)\s*[:：]",
    re.IGNORECASE,
)
_HEADER = re.compile(
    r"^[*>\s]{0,6}(?:sent|date|to|cc|subject|reply-to|gesendet|datum|an|betreff|envoyé|à|objet|répondre à"
    r"|enviado|fecha|para|asunto|inviato|data|a|oggetto|risposta|verzonden|aan|onderwerp|skickat|till|ämne"
    r"|sendt|dato|til|emne|wysłano|wysłane|do|temat|отправлено|дата|кому|тема|lähetetty|vastaanottaja|aihe"
    r"|发送时间|收件人|主题|送信日時|宛先|件名)\s*[:：]",
    re.IGNORECASE,
)
_SIGNATURE = re.compile(
    r"^(?:--\s?$|__+\s*$|—\s*$"
    r"|\W?(?:sent (?:from|via|with) |get outlook for |von meinem |gesendet (?:von|mit) |envoyé (?:de|depuis) "
    r"|enviado desde |inviato da |verzonden vanaf |enviado do |skickat från |sendt fra |wysłane z "
    r"|отправлено (?:с|из) |lähetetty |从我的|iPhoneから))",
    re.IGNORECASE,
)


def is_quoted(line: str) -> bool:
    return line.lstrip()[:1] in {">", "|"} and line.lstrip()[:2] != "||"


def introduction_at(lines: list[str], at: int) -> int:
    """How many lines from here say who wrote what follows; 0 for none."""
    if is_quoted(lines[at]) or not lines[at].strip():
        return 0
    joined = ""
    for count in range(1, MAX_INTRODUCTION + 1):
        if at + count > len(lines) or not lines[at + count - 1].strip():
            return 0
        joined = f"{joined} {lines[at + count - 1].strip()}".strip()
        if len(joined) > MAX_LINE:
            return 0
        if joined.endswith((":", "：")) and _introduces(joined, lines[at + count :]):
            return count if count == 1 or _opens(lines[at]) else 0
    return 0


def _introduces(joined: str, rest: list[str]) -> bool:
    following = next((line for line in rest if line.strip()), "")
    if _VERB.search(joined):
        return bool(_ADDRESS.search(joined) or _DIGIT.search(joined) or is_quoted(following))
    return bool(_ADDRESS.search(joined) and _TIME.search(joined))


def _opens(line: str) -> bool:
    """Whether a wrapped introduction begins with this line, rather than prose ending with it."""
    return bool(_TIME.search(line) or _YEAR.search(line) or _ADDRESS.search(line))


def is_rule(line: str) -> bool:
    return bool(_RULE.match(line[:MAX_LINE]))


def header_at(lines: list[str], at: int) -> bool:
    """Whether the header of another letter begins here, as Outlook writes it."""
    if len(lines[at]) > MAX_LINE or not _FROM.match(lines[at]):
        return False
    return sum(bool(_HEADER.match(line[:MAX_LINE])) for line in lines[at + 1 : at + 6]) >= 1


def separates(line: str) -> bool:
    return bool(_SEPARATOR.match(line[:MAX_LINE]))


def begins_signature(line: str) -> bool:
    return len(line) <= 120 and bool(_SIGNATURE.match(line.strip(" \t")))
