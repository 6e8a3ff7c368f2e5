"""The widget's script made small, by terser: ``python -m scripts.small_widget`` (needs Node.js)."""

import hashlib
import re
import subprocess
from pathlib import Path

ASSETS = Path(__file__).resolve().parents[1] / "wagtail_escalated" / "widget" / "assets"
SOURCE, SMALL = ASSETS / "widget.js", ASSETS / "widget.min.js"
TERSER = "terser@5.51.4"
COMMAND = ["npx", "--yes", TERSER, "--compress", "passes=2", "--mangle"]
#: Stands for the configuration, so that the function is kept though nothing here calls it.
CALL = "(__CONFIG__);"


def main() -> None:
    source = SOURCE.read_text()
    made = subprocess.run(  # noqa: S603
        COMMAND, input=source.rstrip() + CALL, capture_output=True, text=True, check=True
    )
    small = made.stdout.strip()
    if not small.endswith(CALL):
        raise SystemExit(f"terser ends its output in an unknown way: {small[-80:]}")
    # The style sheet is a text to terser, with its indented lines in it: they are joined here.
    small = re.sub(r"\\n {2,}", "", small.removesuffix(CALL))
    SMALL.write_text(f"{header(source)}\n{small}\n")
    print(f"{SMALL.name}: {len(SMALL.read_bytes())} bytes")


def header(source: str) -> str:
    digest = hashlib.sha256(source.encode()).hexdigest()
    return f"// {SOURCE.name}, sha256 {digest}, by {TERSER}: make widget"


if __name__ == "__main__":
    main()
