"""What a visitor does with the widget, by the names they read."""

from wagtail_escalated.models import Ticket

#: Findings about the page around it are its owner's.
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}


class Widget:
    def __init__(self, page):
        self.page = page
        self.all = page.locator("escalated-widget")

    def button(self, name, exact=True):
        return self.all.get_by_role("button", name=name, exact=exact)

    def open(self):
        self.button("Help").click()
        self.all.get_by_role("dialog").wait_for()

    def write(self, **values):
        form = {
            "name": "Vera",
            "email": "vera@example.net",
            "subject": "Leak",
            "body": "Water\nhere",
        }
        for name, value in (form | values).items():
            self.all.locator(f"[name={name}]").fill(value)

    def send(self):
        self.button("Send").click()

    def heading(self):
        return self.all.get_by_role("heading", level=2)

    def sees(self, text):
        self.all.get_by_text(text).first.wait_for()


def goto(widget, host):
    widget.page.goto(host.url)
    widget.button("Help").wait_for()


def send_a_request(widget):
    widget.open()
    widget.button("Write to us").click()
    widget.write()
    widget.send()
    widget.sees("We have received your request")
    return Ticket.objects.get()
