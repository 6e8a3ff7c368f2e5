"""Carries out the README's installing steps on a new site: each Python block of that chapter begins
with ``# file`` and is put at the end of that file, or makes it.

    python scripts/readme_steps.py README.md SITE
"""

import re
import sys
from pathlib import Path

CHAPTER = "## Put it into your own site"


def blocks(readme):
    chapter = readme.split(CHAPTER, 1)[1].split("\n## ", 1)[0]
    return re.findall(r"```python\n *# (\S+)\n(.*?)```", chapter, re.DOTALL)


def main(readme, site):
    found = blocks(Path(readme).read_text())
    if len(found) < 3:
        sys.exit(f"{CHAPTER!r} has {len(found)} blocks; settings, URLs and sockets were expected")
    for name, code in found:
        path = Path(site) / name
        before = f"{path.read_text()}\n\n" if path.exists() else ""
        path.write_text(before + code)
        print(f"{name}: {len(code.splitlines())} lines")


main(*sys.argv[1:])
