"""Paragraphs of ``format=flowed`` (RFC 3676): programs break their lines, and mark the breaks that mean nothing."""


def unflow(text: str, *, delsp: bool = False) -> str:
    """Lines that end with a space go on in the next of the same depth of quotes; ``delsp`` drops that space."""
    out: list[str] = []
    flows_at: int | None = None  # the depth of a line that goes on
    for line in text.split("\n"):
        content = line.lstrip(">")
        depth = len(line) - len(content)
        content = content.removeprefix(" ")  # stuffed, so that it begins like no quote
        is_signature = content == "-- "
        if flows_at == depth and not is_signature:
            out.append(content)
        else:
            out.append("\n" + ">" * depth + (" " if depth and content else "") + content)
        flows_at = depth if content.endswith(" ") and not is_signature else None
        if flows_at is not None and delsp:
            out[-1] = out[-1][:-1]
    return "".join(out)[1:]
