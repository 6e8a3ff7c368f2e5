"""What the writer wrote is shown, what their program quoted is folded away."""

import time

import pytest

from tests.mail import own_replies
from wagtail_escalated.mail.quote_html import split_html
from wagtail_escalated.mail.quoting import fold, split_text
from wagtail_escalated.sanitize import text_from_html

ANSWER = "It works now, thank you!"

INTRODUCTIONS = {
    "English": "On Fri, Nov 20, 2026 at 11:00 AM Lamps <lamps@desk.example> wrote:",
    "wrapped": "On Fri, Nov 20, 2026 at 11:00 AM Lamps\n<lamps@desk.example> wrote:",
    "German": "Am Fr., 20. Nov. 2026 um 11:00 Uhr schrieb Lamps <lamps@desk.example>:",
    "French": "Le ven. 20 nov. 2026 à 11:00, Lamps <lamps@desk.example> a écrit :",
    "Spanish": "El vie, 20 nov 2026 a las 11:00, Lamps (<lamps@desk.example>) escribió:",
    "Italian": "Il giorno ven 20 nov 2026 alle ore 11:00 Lamps <lamps@desk.example> ha scritto:",
    "Dutch": "Op vr 20 nov 2026 om 11:00 schreef Lamps <lamps@desk.example>:",
    "Portuguese": "Em sex., 20 de nov. de 2026 às 11:00, Lamps <lamps@desk.example> escreveu:",
    "Polish": "pt., 20 lis 2026 o 11:00 Lamps <lamps@desk.example> napisał(a):",
    "Swedish": "Den fre 20 nov. 2026 kl 11:00 skrev Lamps <lamps@desk.example>:",
    "Russian": "пт, 20 нояб. 2026 г. в 11:00, Lamps <lamps@desk.example> пишет:",
    "Finnish": "pe 20. marrask. 2026 klo 11.00 Lamps (lamps@desk.example) kirjoitti:",
    "without a verb": "2026-11-20 11:00 GMT+01:00 Lamps <lamps@desk.example>:",
}


@pytest.mark.parametrize("language", INTRODUCTIONS)
def test_a_quote_below_is_folded_with_its_introduction(language):
    text = f"{ANSWER}\n\n{INTRODUCTIONS[language]}\n\n> Please turn it\n> round.\n"
    visible, quoted = split_text(text)
    assert visible == ANSWER
    assert "turn it" in quoted


@pytest.mark.parametrize(
    "head",
    [
        "From: Lamps\nSent: Friday\nTo: Ann\nSubject: lamp",
        "Von: Lamps\nGesendet: Freitag\nAn: Ann\nBetreff: Lampe",
        "*De :* Lamps\n*Envoyé :* vendredi\n*À :* Ann\n*Objet :* lampe",
        "-----Original Message-----\nFrom: Lamps",
        "-----Ursprüngliche Nachricht-----\nVon: Lamps",
        "________________________________\nFrom: Lamps\nSent: Friday\nSubject: x",
    ],
)
def test_outlooks_header_is_folded(head):
    visible, quoted = split_text(f"{ANSWER}\n\n{head}\n\nPlease turn it round.\n")
    assert visible == ANSWER
    assert "turn it round" in quoted


def test_an_answer_below_the_quote_is_shown():
    visible, quoted = split_text("On Monday Ann wrote:\n> Is it on?\n\nYes, it is.\n")
    assert visible == "Yes, it is."
    assert "Is it on?" in quoted


def test_answers_between_quotes_keep_their_questions():
    text = "> Is it on?\n\nYes.\n\n> And plugged in?\n\nNo."
    assert split_text(text) == (text, "")


SIGNED = f"{ANSWER}\n\nAnn"
WHO = "Lamps Support <lamps@desk.example>"


@pytest.mark.parametrize("program", own_replies.ABOVE_QUOTED_LINES)
def test_each_programs_introduction_is_folded(program):
    introduction = own_replies.ABOVE_QUOTED_LINES[program].format(me=WHO)
    visible, quoted = split_text(f"{SIGNED}\n\n{introduction}\n\n> Please turn it\n> round.\n")
    assert visible == SIGNED
    assert "> round." in quoted


@pytest.mark.parametrize("program", own_replies.ABOVE_BARE_TEXT)
def test_a_quote_that_nothing_else_marks_is_folded(program):
    introduction = own_replies.ABOVE_BARE_TEXT[program].format(me=WHO)
    visible, quoted = split_text(f"{SIGNED}\n\n{introduction}\n\nPlease turn it round.\n\nLamps\n")
    assert visible == SIGNED
    assert "turn it round" in quoted


@pytest.mark.parametrize("line", own_replies.SIGNED_BY_THE_PROGRAM)
def test_what_a_program_signs_with_is_folded(line):
    assert split_text(f"{SIGNED}\n\n{line}") == (SIGNED, line)


@pytest.mark.parametrize("text", own_replies.WRITTEN_BY_PEOPLE)
def test_what_only_looks_like_a_quote_is_shown(text):
    assert split_text(text) == (text, "")


@pytest.mark.parametrize(
    "text",
    [
        "My list:\n- one\n- two\n\nBest regards,\nAnn\n\nPS: call me",
        "My boss wrote:\n\nPlease fix it.\n\nSo please do.",
        "The error says: From: nobody\nand stops.",
        "---- Log ----\nline 1\nline 2",
        "Thanks for the lamp.\nThanks,\nAnn",
        "From: the start it never worked\nTo: be honest",
        "> a quote alone",
        "---------- Forwarded message ----------\nFrom: X <x@y.example>\nSubject: lamp\n\nSee this.",
    ],
)
def test_what_somebody_wrote_is_never_folded(text):
    assert split_text(text) == (text, "")


def test_a_signature_is_folded():
    assert split_text(f"{ANSWER}\n\n-- \nAnn\n+49 30 1") == (ANSWER, "-- \nAnn\n+49 30 1")
    assert split_text(f"{ANSWER}\n\nSent from my iPhone")[0] == ANSWER


HTML = {
    "Gmail": '<div dir="ltr">{a}</div><br><div class="gmail_quote"><div class="gmail_attr">On Fri wrote:</div><blockquote>{q}</blockquote></div>',
    "Outlook desktop": "<div class=WordSection1><p class=MsoNormal>{a}</p><div style='border:none;border-top:solid #E1E1E1 1.0pt;padding:3pt'><p><b>From:</b> x</p></div><p>{q}</p></div>",
    "Outlook on the web": '<div>{a}</div><hr style="display:inline-block;width:98%" tabindex="-1"><div id="divRplyFwdMsg"><b>From:</b> x</div><div>{q}</div>',
    "Outlook mobile": '<div>{a}</div><div id="mail-editor-reference-message-container"><div>{q}</div></div>',
    "Apple": '<html><body>{a}<br><div><br><blockquote type="cite"><div>On 20 Nov 2026, at 11:00, x wrote:</div><div>{q}</div></blockquote></div></body></html>',
    "Yahoo": '<div>{a}</div><div id="yahoo_quoted_123" class="yahoo_quoted"><div>On Friday wrote:</div><div>{q}</div></div>',
    "Thunderbird": '<p>{a}</p><div class="moz-cite-prefix">Am 20.11.26 schrieb x:<br></div><blockquote type="cite" cite="mid:x"><p>{q}</p></blockquote>',
    "Proton": '<div>{a}</div><div class="protonmail_quote">On Friday<blockquote class="protonmail_quote" type="cite">{q}</blockquote></div>',
    "GMX": '<div>{a}</div><div name="quote" style="margin:10px"><div>Gesendet: Freitag</div><div>{q}</div></div>',
}


@pytest.mark.parametrize("program", HTML)
def test_each_programs_quote_is_folded(program):
    html = HTML[program].format(a=ANSWER, q="Please turn it round.")
    visible, quoted = split_html(html)
    assert text_from_html(visible) == ANSWER
    assert "turn it round" in text_from_html(quoted)
    assert visible + quoted == html


@pytest.mark.parametrize("program", own_replies.HTML)
def test_each_quote_in_html_is_folded(program):
    html = own_replies.HTML[program].format(a=ANSWER, q="Please turn it round.")
    visible, quoted = split_html(html)
    assert text_from_html(visible) == ANSWER
    assert "turn it round" in text_from_html(quoted)
    assert visible + quoted == html


@pytest.mark.parametrize("html", own_replies.HTML_WRITTEN_BY_PEOPLE)
def test_what_somebody_wrote_in_html_is_never_folded(html):
    assert split_html(html) == (html, "")


def test_answers_between_html_quotes_stay():
    html = '<blockquote type="cite">On?</blockquote><p>Yes.</p><blockquote type="cite">Plugged?</blockquote><p>No.</p>'
    assert split_html(html) == (html, "")


def test_a_forwarded_letter_with_nothing_above_is_shown():
    html = '<div class="gmail_quote"><p>The whole letter</p></div>'
    assert split_html(html) == (html, "")


def test_the_text_follows_the_html_where_only_that_shows_the_quote():
    body = fold(
        f"{ANSWER}\nPlease turn it round.",
        HTML["Gmail"].format(a=ANSWER, q="Please turn it round."),
    )
    assert body.text == ANSWER
    assert "turn it round" in body.quoted_text


SLOW = {
    "one introduction without end": "On " + "a " * 100_000 + "wrote",
    "thousands of beginnings": ("On " + "a" * 190 + "\n") * 2_000,
    "deep quotes": (">" * 190 + "\n") * 2_000,
    "headers without end": ("From:" + " " * 190 + "\n") * 2_000,
    "disclaimers": ("disclaimer: " + "mail " * 30 + "\n") * 2_000,
    "blank lines": "\n" * 200_000 + "x",
    "underscores": "_" * 200_000,
}


@pytest.mark.parametrize("what", SLOW)
def test_no_text_makes_it_search_for_ever(what):
    started = time.process_time()
    split_text(SLOW[what])
    assert time.process_time() - started < 4  # seconds; 2 on a machine of its own


@pytest.mark.parametrize(
    "html",
    [
        "<div " * 200_000,
        "<blockquote type=cite>" * 40_000,
        "<blockquote type=cite>x</blockquote>y" * 20_000,
        "<blockquote>x</blockquote>y" * 20_000,
        "<p>From:</p>" + "-" * 1_400 + "<p>From: a</p><p>To: b</p><p>Subject: c</p>" * 10_000,
        ("x" + "-" * 1_000 + "x<p>From: a</p><p>To: b</p><p>Subject: c</p>") * 500,
        ("<p>" + "<b>" * 300 + "From: a") * 500,
        "<p>" + "&nbsp;" * 100_000 + "From:",
    ],
    ids=["tags", "nested", "answered", "unmarked", "headers", "titles", "opened", "spaces"],
)
def test_no_html_makes_it_search_for_ever(html):
    started = time.process_time()
    fold("x", html)
    assert time.process_time() - started < 4


def test_the_corpus_of_replies(corpora):
    folder = corpora / "mail" / "replies"
    equal = 0
    for path in (folder / "emails").glob("*.txt"):
        visible, _quoted = split_text(path.read_text("utf-8", "replace"))
        wanted = (folder / "trimmed" / path.name).read_text("utf-8", "replace")
        equal += visible.split() == wanted.split()
    assert equal >= 45
