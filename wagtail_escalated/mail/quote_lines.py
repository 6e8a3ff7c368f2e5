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
FROM_LABELS = (
    r"from|von|de|de la|da|van|od|från|fra|от|від|lähettäjä|feladó|από|kimden"
    r"|发件人|寄件者|差出人|보낸 사람"
)
_FROM = re.compile(rf"^[*>\s]{{0,6}}(?:{FROM_LABELS})\s*[:：]", re.IGNORECASE)
_HEADER = re.compile(
    r"^[*>\s]{0,6}(?:sent|date|to|cc|subject|reply-to|gesendet|datum|an|betreff|envoyé|à|objet|répondre à"
    r"|enviado|fecha|para|asunto|inviato|data|a|oggetto|risposta|verzonden|aan|onderwerp|skickat|till|ämne"
    r"|sendt|dato|til|emne|wysłano|wysłane|do|temat|отправлено|дата|кому|тема|lähetetty|vastaanottaja|aihe"
    r"|odesláno|odoslané|komu|předmět|predmet|elküldve|címzett|tárgy|trimis|către|subiect|στάλθηκε|προς|θέμα"
    r"|gönderildi|gönderme tarihi|kime|konu|надіслано"
    r"|发送时间|收件人|主题|寄件日期|收件者|主旨|送信日時|宛先|件名|보낸 날짜|받는 사람|제목)\s*[:：]",
    re.IGNORECASE,
)
_SIGNATURE = re.compile(
    r"^(?:--\s?$|__+\s*$|—\s*$"
    r"|\W?(?:sent (?:from|via|with) |get outlook for |von meinem |gesendet (?:von|mit) |envoyé (?:de|depuis) "
    r"|enviado desde |inviato da |(?:verzonden|verstuurd) vanaf |enviado do |skickat från |sendt fra "
    r"|wysłane z |odesláno z |odoslané z |trimis de pe |στάλθηκε από το |отправлено (?:с|из) |надіслано (?:з|із) "
    r"|lähetetty |[发發]自我的|从我的|iPhoneから)"
    # Some languages end with the verb.
    r"|(?:diese nachricht wurde von meinem|az) .{2,40} (?:gesendet|küldve)\W*$|\S{2,20} gönderildi\W*$"
    r"|從我的.{1,20}傳送\W*$|나의 .{1,20}에서 보냄\W*$"
    r"|(?:obtenir|obtener|ottieni|scarica|obter|baixe|hämta|hent|pobierz|hanki) outlook "
    r"|outlook (?:für|voor|for|pour|para|per) (?:ios|android)\b)",
    re.IGNORECASE,
)
# "----- Mail original -----", in whatever language: a header has to follow.
_TITLE = re.compile(r"^\W{0,3}-{2,}\s*[^\W_][^\n]{2,60}?\s*-{2,}\s*$")
_DIRECTIONS = dict.fromkeys(
    map(ord, "\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
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
        joined = f"{joined} {lines[at + count - 1].translate(_DIRECTIONS).strip()}".strip()
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


def is_header(line: str) -> bool:
    return bool(_FROM.match(line[:MAX_LINE]) or _HEADER.match(line[:MAX_LINE]))


def separates(line: str) -> bool:
    return bool(_SEPARATOR.match(line[:MAX_LINE]))


def title_at(lines: list[str], at: int) -> bool:
    """Whether a title between dashes stands here, and a header below it."""
    if len(lines[at]) > MAX_LINE or not _TITLE.match(lines[at]):
        return False
    below = [line for line in lines[at + 1 : at + 4] if line.strip()]
    return len(below) > 1 and all(is_header(line) for line in below[:2])


def begins_signature(line: str) -> bool:
    return len(line) <= 120 and bool(_SIGNATURE.match(line.strip(" \t")))
