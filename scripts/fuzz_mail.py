"""Tries to break the reading of mail: ``python scripts/fuzz_mail.py [--seconds 60] [DIR of letters]``.

Coverage-guided, by atheris (the extra ``[fuzz]``): each input is read, classified and folded. An exception, a NUL
or a lone surrogate in what comes out, ten seconds for one input or 2 GB are a failure, whose input is kept in a file.
"""

import argparse
import os
import sys
import tempfile
from pathlib import Path

import atheris

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")

import django  # noqa: E402

with atheris.instrument_imports(include=["wagtail_escalated.mail", "email"]):
    django.setup()  # imports some of them
    from wagtail_escalated.mail import (
        charsets,
        flowed,
        headers,
        machine_mail,
        mime,
        normalise,
        quote_html,
        quote_lines,
        quoting,
        structure,
    )

READ = (
    charsets,
    flowed,
    headers,
    machine_mail,
    mime,
    normalise,
    quote_html,
    quote_lines,
    quoting,
    structure,
)


def read(data: bytes) -> None:
    message = normalise.normalise(data)
    machine_mail.classify(message)
    body = quoting.fold(message.text, message.html)
    for said in (message.subject, message.message_id, body.text, body.html, body.quoted_text):
        assert "\x00" not in said, "NUL"
        said.encode("utf-8")  # a lone surrogate raises
    for file in message.files:
        assert file.name, "a file without a name"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("directory", nargs="?", help="letters to begin with")
    parser.add_argument("--seconds", type=int, default=60)
    options = parser.parse_args()
    Path("var").mkdir(exist_ok=True)  # a failure's input is kept there
    with tempfile.TemporaryDirectory() as folder:
        arguments = [
            sys.argv[0],
            f"-max_total_time={options.seconds}",
            "-timeout=10",
            "-rss_limit_mb=2048",
            "-max_len=65536",
            "-print_final_stats=1",
            "-artifact_prefix=var/",
            folder,  # what is found goes here
        ]
        if options.directory:
            arguments += sorted(
                {str(path.parent) for path in Path(options.directory).rglob("*.eml")}
            )
        atheris.Setup(arguments, read)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
