"""Moves tickets into a desk from a CSV file, by the JSON API.

    python import_csv.py https://example.com/support/api/v1/ tickets.csv

The token comes from the environment (ESCALATED_TOKEN), so that it stands in no history of a shell. The first line
of the file names its columns: ``subject``, ``description`` and ``email`` are needed; ``name``, ``priority``,
``type``, ``status``, ``tags`` (separated by spaces) and ``cf-<key>`` for custom fields are taken where they are.

May be run again after a failure: what has arrived is not sent twice. Rows that are refused are named, the rest goes on.
"""

import csv
import hashlib
import json
import os
import sys
import time
import urllib.error
import urllib.request


class Desk:
    def __init__(self, api, token):
        self.api = api.rstrip("/") + "/"
        self.token = token

    def send(self, path, data, key):
        """The answer to a POST; waits where there were too many."""
        request = urllib.request.Request(
            self.api + path,
            json.dumps(data).encode(),
            {
                "Authorization": f"Bearer {self.token}",
                "Content-Type": "application/json",
                "Idempotency-Key": key,
            },
        )
        while True:
            try:
                with urllib.request.urlopen(request, timeout=60) as answer:
                    return json.load(answer)
            except urllib.error.HTTPError as refused:
                if refused.code != 429:
                    raise
                time.sleep(int(refused.headers["Retry-After"]))


def ticket_of(row):
    ticket = {name: row[name] for name in ("subject", "description")}
    ticket["requester"] = {"email": row["email"], "name": row.get("name") or ""}
    ticket["tags"] = ["imported", *(row.get("tags") or "").split()]
    ticket |= {name: row[name] for name in ("priority", "type") if row.get(name)}
    fields = {
        key[3:]: value for key, value in row.items() if key and key.startswith("cf-") and value
    }
    return ticket | ({"custom_fields": fields} if fields else {})


def main(api, path):
    desk = Desk(api, os.environ["ESCALATED_TOKEN"])
    made = refused = 0
    with open(path, newline="", encoding="utf-8-sig") as file:
        for number, row in enumerate(csv.DictReader(file), start=2):
            # The same row gives the same key, wherever it stands in the file.
            key = hashlib.sha256(json.dumps(row, sort_keys=True).encode()).hexdigest()
            try:
                reference = desk.send("tickets/", ticket_of(row), key)["reference"]
                if row.get("status"):
                    moved = {"status": row["status"]}
                    desk.send(f"tickets/{reference}/status/", moved, f"{key} status")
            except urllib.error.HTTPError as error:
                refused += 1
                print(f"line {number}: {error.code} {error.read().decode()}", file=sys.stderr)
            else:
                made += 1
                print(f"line {number}: {reference}")
    print(f"{made} there, {refused} refused")
    return 1 if refused else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:3]))
