"""All figures, one benchmark after the other, and at the end one table of them.

python -m benchmarks [--small] [name …]

``--small`` fills a tenth of the tickets: for a look, not for figures to quote.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from time import perf_counter

from benchmarks.database import RESULTS

#: Those that take a number of tickets.
SIZED = ("pages", "work", "api")
#: ``widget`` wants the address of a running desk and is started by hand.
OTHERS = ("mail", "sla", "events", "screens", "kb", "rules")
SMALL = "10000"


def main(arguments: list[str]) -> None:
    small = "--small" in arguments
    names = [name for name in arguments if not name.startswith("-")] or [*SIZED, *OTHERS]
    figures, failed = {}, []
    for name in names:
        print(f"\n{name}", flush=True)
        begin = perf_counter()
        figures[name], fine = run(name, [SMALL] if small and name in SIZED else [])
        print(f"({perf_counter() - begin:.0f} s)", flush=True)
        if not fine:
            failed.append(name)
    print_table(figures)
    if failed:
        sys.exit(f"These could not be measured: {', '.join(failed)}")


def run(name: str, arguments: list[str]) -> tuple[list[list], bool]:
    with tempfile.TemporaryDirectory() as folder:
        results = Path(folder) / "results"
        results.touch()
        done = subprocess.run(
            [sys.executable, "-m", f"benchmarks.{name}", *arguments],
            env=os.environ | {RESULTS: str(results)},
            check=False,
        )
        lines = results.read_text().splitlines()
    return [json.loads(line) for line in lines], done.returncode == 0


def print_table(figures: dict[str, list[list]]) -> None:
    print(f"\n{'':8} {'':<56} {'measured':>10} {'':8} {'at most':>8}")
    for name, rows in figures.items():
        for what, value, unit, limit in rows:
            bound = "" if limit is None else f"{limit:g}"
            missed = "" if limit is None or value <= limit else "  MISSED"
            print(f"{name:8} {what:<56} {value:>10.2f} {unit:8} {bound:>8}{missed}")


if __name__ == "__main__":
    main(sys.argv[1:])
