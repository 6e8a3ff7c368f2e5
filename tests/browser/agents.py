"""Two agents at their desk, and what they do in the browser again and again."""

from tests import factories


class Desk:
    """Two agents and three tickets at ``url``."""

    def __init__(self, url):
        self.url = url
        self.sales = factories.make_department("Sales")
        self.ada = self._agent("ada")
        self.ben = self._agent("ben")
        self.tickets = [
            factories.make_ticket(department=self.sales, subject=f"Kettle {number}")
            for number in (1, 2, 3)
        ]

    def _agent(self, name):
        return factories.make_agent(name, departments=(self.sales,), after_send="stay")


def write(page, text):
    page.locator(".esc-composer [contenteditable=true]").click()
    page.keyboard.type(text)


def send(page, name="Send"):
    with page.expect_navigation():
        page.get_by_role("button", name=name, exact=True).first.click()
    page.wait_for_load_state("networkidle")
