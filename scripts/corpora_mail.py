"""Measures the reading of mail over public corpora: ``python scripts/corpora_mail.py DIR [--misses]``.

DIR holds ``mail/stalwart``, ``mail/replies``, ``mail/bounces`` and ``mail/providers``.
"""

import argparse
import json
import os
import re
import statistics
import sys
import time
from collections import Counter, defaultdict
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from wagtail_escalated.mail.machine_mail import classify
from wagtail_escalated.mail.normalise import normalise
from wagtail_escalated.mail.quoting import split_text


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("directory", nargs="?", default=os.environ.get("ESCALATED_CORPORA"))
    parser.add_argument("--misses", action="store_true", help="name the files that differ")
    options = parser.parse_args()
    if not options.directory or not Path(options.directory, "mail").is_dir():
        print("No corpora: give their folder, or set ESCALATED_CORPORA.")
        return
    rows = table(Path(options.directory), misses=options.misses)
    width = max(len(name) for name, _ in rows)
    for name, figure in rows:
        print(f"{name:<{width}}  {figure}")


def table(directory: Path, *, misses: bool = False) -> list[tuple[str, str]]:
    mail = directory / "mail"
    return [
        *timing(mail),
        *golden(mail, misses),
        *replies(mail, misses),
        *bounces(mail, misses),
    ]


def timing(mail: Path):
    durations = []
    for path in sorted(mail.rglob("*.eml")):
        raw = path.read_bytes()
        started = time.perf_counter()
        normalise(raw)
        durations.append((time.perf_counter() - started) * 1000)
    yield "letters parsed without an exception", f"{len(durations)} of {len(durations)}"
    yield "normaliser, median", f"{statistics.median(durations):.2f} ms"
    yield "normaliser, worst", f"{max(durations):.2f} ms"


def golden(mail: Path, misses: bool):
    """Where the golden JSON could not decode (U+FFFD in it) everything else has to be equal."""
    equal, total = Counter(), Counter()
    for path in sorted((mail / "stalwart").rglob("*.eml")):
        expected = expectation(json.loads(path.with_suffix(".json").read_text("utf-8")))
        actual = reading(normalise(path.read_bytes()))
        for name, value in expected.items():
            if value is None:
                continue
            labels = [name]
            if name == "text":
                broken = path.parent.name == "malformed"
                labels = ["text of broken letters" if broken else "text of whole letters"]
            if name in ("text", "html"):
                labels.append("texts, plain and HTML")
            hit = is_equal(actual[name], value)
            for label in labels:
                total[label] += 1
                equal[label] += hit
            if misses and not hit:
                print(f"{path.name} {name}: {str(actual[name])[:300]!r} != {str(value)[:300]!r}")
    for label in total:
        yield f"golden {label}: equal", share(equal[label], total[label])


def is_equal(actual, golden) -> bool:
    if isinstance(golden, list):
        pairs = zip(actual, golden, strict=False)
        return len(actual) == len(golden) and all(is_equal(*pair) for pair in pairs)
    if not isinstance(golden, str):
        return actual == golden
    return bool(re.fullmatch(".+".join(map(re.escape, re.split("\ufffd+", golden))), actual))


def expectation(message: dict) -> dict:
    """``None`` where the golden JSON has nothing to compare with."""
    parts = message["parts"]
    headers = {
        one["name"]: one["value"] for one in parts[0]["headers"] if isinstance(one["name"], str)
    }
    texts = [parts[index]["body"].get("Text") for index in message["text_body"]]
    htmls = [parts[index]["body"].get("Html") for index in message["html_body"]]
    files = [parts[index] for index in message["attachments"]]
    return {
        "from": [one.get("address") or "" for one in people(headers.get("from"))],
        "subject": squeezed(text_value(headers.get("subject"))),
        "text": squeezed("\n".join(texts)) if texts and None not in texts else None,
        "html": squeezed("\n".join(htmls)) if htmls and None not in htmls else None,
        "number of files": len(files),
        "names of files": sorted(filter(None, map(name_of, files)))
        if all(map(name_of, files))
        else None,
        "sizes of binary files": sorted(filter(None, map(size_of, files)))
        if all(map(size_of, files))
        else None,
    }


def reading(message) -> dict:
    return {
        "from": [one.address for one in message.senders],
        "subject": squeezed(message.subject),
        "text": squeezed(message.text),
        "html": squeezed(message.html),
        "number of files": len(message.files),
        "names of files": sorted(one.name for one in message.files),
        "sizes of binary files": sorted(one.size for one in message.files),
    }


def people(value) -> list[dict]:
    found = (value or {}).get("Address") if isinstance(value, dict) else None
    if not found:
        return []
    if "List" in found:
        return [one for one in found["List"] if one.get("address")]
    return [
        one for group in found.get("Group", []) for one in group["addresses"] if one.get("address")
    ]


def text_value(value) -> str:
    if not isinstance(value, dict):
        return ""
    return value.get("Text") or " ".join(value.get("TextList", []))


def name_of(part: dict) -> str:
    found = {}
    for header in part["headers"]:
        content = header["value"].get("ContentType") if isinstance(header["value"], dict) else None
        for one in (content or {}).get("attributes") or []:
            found.setdefault((header["name"], one["name"]), one["value"])
    return found.get(("content_disposition", "filename")) or found.get(("content_type", "name"), "")


def size_of(part: dict) -> int | None:
    """Of what is binary: texts are kept there decoded, here as they came."""
    value = part["body"].get("Binary") or part["body"].get("InlineBinary")
    return len(value) if value else None


def squeezed(text: str) -> str:
    return " ".join((text or "").split())


def replies(mail: Path, misses: bool):
    equal, total = Counter(), Counter()
    for path in sorted((mail / "replies" / "emails").glob("*.txt")):
        wanted = (mail / "replies" / "trimmed" / path.name).read_text("utf-8", "replace")
        visible, _ = split_text(path.read_text("utf-8", "replace"))
        language = language_of(path.stem)
        total[language] += 1
        hit = squeezed(visible) == squeezed(wanted)
        equal[language] += hit
        if misses and not hit:
            print(f"--- {path.name}\n{visible}\n--- wanted\n{wanted}")
    for language in sorted(total):
        yield f"visible replies, {language}", share(equal[language], total[language])
    yield "visible replies, all", share(sum(equal.values()), sum(total.values()))


def language_of(stem: str) -> str:
    words = stem.split("_")
    known = {"chinese", "dutch", "french", "german", "italian", "norwegian", "polish", "portuguese"}
    known |= {"russian", "spanish", "swedish", "ukrainian"}
    return next((word for word in words if word in known), "english")


def bounces(mail: Path, misses: bool):
    found, automatic = defaultdict(list), set()
    for path in sorted((mail / "bounces").rglob("*.eml")):
        message = normalise(path.read_bytes())
        verdict = classify(message)
        if message.headers.raw("auto-submitted").lower() not in {"", "no"}:
            automatic.add(path.name)
        found[path.parent.name].append((path.name, verdict))
    if misses:
        for folder, results in found.items():
            for name, verdict in results:
                if (folder == "bounce") != bool(verdict):
                    print(folder, name, verdict)
    yield (
        "bounces recognised as machine mail",
        share(sum(bool(v) for _, v in found["bounce"]), len(found["bounce"])),
    )
    # One that says of itself that no person wrote it is none of the ordinary.
    ordinary = [v for name, v in found["not_bounce"] if name not in automatic]
    yield "ordinary letters taken for machines", share(sum(map(bool, ordinary)), len(ordinary))


def share(part: int, whole: int) -> str:
    return f"{part} of {whole} ({100 * part / max(1, whole):.1f} %)"


if __name__ == "__main__":
    main()
