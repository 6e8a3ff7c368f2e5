"""Every word of the widget. ``{}`` is where the script puts its value."""

from collections.abc import Callable

from django.utils.translation import gettext_lazy as _

VALUE = "{}"

#: key in the script → text; a name in it is filled by the script.
TEXTS = {
    "label": _("Help"),
    "title": _("How can we help?"),
    "search": _("Describe what you need"),
    "popular": _("Read most"),
    "found": _("Articles found: %(count)s"),
    "nothing": _("No article found. Write to us and we will help."),
    "form": _("Write to us"),
    "tickets": _("My requests"),
    "none": _("You have not written to us yet."),
    "sent": _("Thank you"),
    "back": _("Back"),
    "close": _("Close"),
    "page": _("Open as a page"),
    "helpful": _("Was this helpful?"),
    "yes": _("Yes"),
    "no": _("No"),
    "thanks": _("Thank you for telling us."),
    "why": _("What did you miss?"),
    "send": _("Send"),
    "sending": _("Sending…"),
    "name": _("Your name"),
    "email": _("Email address"),
    "department": _("Department"),
    "unsure": _("I don't know"),
    "subject": _("Subject"),
    "body": _("Message"),
    "optional": _("(optional)"),
    "files": _("Attach files"),
    "remove": _("Remove %(name)s"),
    "many": _("At most %(count)s files can be attached."),
    "large": _("%(name)s is too large."),
    "again": _("Please attach your files again."),
    "suggest": _("Articles that may help"),
    "received": _("We have received your request %(reference)s."),
    "mailed": _("We also sent you an email with a link to it."),
    "view": _("View your request"),
    "you": _("You"),
    "unread": _("New answers: %(count)s"),
    "updated": _("There is a new answer."),
    "replied": _("Your answer was sent."),
    "loading": _("Loading…"),
    "offline": _("No connection. What you wrote is kept and sent as soon as you are online."),
    "limited": _("That was a lot at once. Please try again in %(seconds)s seconds."),
    "failed": _("That did not work. Please try again."),
    "closed": _("We are away at the moment and will answer as soon as we are back."),
    "signup": _("Please log in to write to us."),
    "login": _("Log in"),
}  # fmt: skip

NAMES = ("count", "name", "reference", "seconds")


def texts(settings) -> dict[str, str]:
    """In the active language, with the manager's own where there are any."""
    filled = {key: fill(str(text)) for key, text in TEXTS.items()}
    own = {"title": settings.title, "greeting": settings.greeting, "closed": settings.closed_text}
    return filled | {key: text for key, text in own.items() if text}


def fill(text: str, value: Callable[[], str] = lambda: VALUE) -> str:
    for name in NAMES:
        text = text.replace(f"%({name})s", value())
    return text
