"""The operations of the schema, one by one, as the pages show them that try them out."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from .schema import document
from .shaping import JSON, METHODS, SCHEMAS

Shape = dict[str, Any]
#: What a pointer or a choice of shapes may hide; deeper, the name of the shape is told.
UNIONS = ("allOf", "oneOf", "anyOf")


@dataclass(frozen=True, slots=True)
class Parameter:
    name: str
    #: ``path``, ``query`` or ``header``.
    place: str
    required: bool
    description: str
    #: ``text``, ``number``, ``date``, ``truth``, ``choice``, ``choices`` or ``pairs``.
    kind: str
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Property:
    """One field of what is sent."""

    name: str
    type: str
    required: bool
    description: str


@dataclass(frozen=True, slots=True)
class Operation:
    key: str
    method: str
    path: str
    #: Without what all have in common.
    short_path: str
    group: str
    description: str
    parameters: tuple[Parameter, ...]
    takes_body: bool
    takes_files: bool
    #: An example of what is sent, as JSON; empty where nothing is.
    example: str
    properties: tuple[Property, ...]
    answers: tuple[tuple[str, str], ...]


def operations() -> list[Operation]:
    """In the order of the schema."""
    made = document()
    root = _root(made)
    return [
        _operation(made, root, path, method, item[method])
        for path, item in made["paths"].items()
        for method in METHODS
        if method in item
    ]


def operation(key: str) -> Operation | None:
    return next((one for one in operations() if one.key == key), None)


def _root(made: Shape) -> str:
    """``/support/api/v1/``: what stands before ``tickets/`` everywhere."""
    shortest = min((path for path in made["paths"] if path.endswith("/tickets/")), key=len)
    return str(shortest).removesuffix("tickets/")


def _operation(made: Shape, root: str, path: str, method: str, told: Shape) -> Operation:
    content = told.get("requestBody", {}).get("content", {})
    sent = _resolved(made, content[JSON]["schema"]) if JSON in content else {}
    return Operation(
        key=told["operationId"],
        method=method.upper(),
        path=path,
        short_path=path.removeprefix(root),
        group=told["tags"][0],
        description=_plain(told),
        parameters=tuple(_parameters(made, told)),
        takes_body=bool(content),
        takes_files=len(content) > 1,
        example=_example(sent),
        properties=tuple(_properties(made, sent)),
        answers=tuple((code, answer["description"]) for code, answer in told["responses"].items()),
    )


#: What the address needs first, then what it is asked for.
PLACES = ("path", "query", "header")


def _parameters(made: Shape, told: Shape) -> Iterator[Parameter]:
    rows = told.get("parameters", [])
    for row in sorted(rows, key=lambda row: PLACES.index(row["in"])):
        kind, choices = _kind(_resolved(made, row["schema"]), made)
        yield Parameter(
            name=row["name"],
            place=row["in"],
            required=row.get("required", False),
            description=_plain(row),
            kind=kind,
            choices=choices,
        )


def _kind(shape: Shape, made: Shape) -> tuple[str, tuple[str, ...]]:
    if shape.get("type") == "array":
        choices = _resolved(made, shape["items"]).get("enum", [])
        return ("choices" if choices else "text"), tuple(choices)
    if "enum" in shape:
        return "choice", tuple(shape["enum"])
    if shape.get("format") == "date":
        return "date", ()
    return {"boolean": "truth", "integer": "number", "object": "pairs"}.get(
        shape.get("type", ""), "text"
    ), ()


def _plain(told: Shape) -> str:
    """Without the marks of Markdown."""
    return str(told.get("description", "")).replace("`", "")


def _resolved(made: Shape, shape: Shape) -> Shape:
    while "$ref" in shape:
        shape = made["components"]["schemas"][shape["$ref"].removeprefix(SCHEMAS)]
    return shape


def _example(sent: Shape) -> str:
    examples = sent.get("examples")
    return json.dumps(examples[0], indent=2, ensure_ascii=False) if examples else ""


def _properties(made: Shape, sent: Shape) -> Iterator[Property]:
    required = sent.get("required", [])
    for name, shape in sent.get("properties", {}).items():
        yield Property(name, _type(made, shape), name in required, _plain(shape))


def _type(made: Shape, shape: Shape) -> str:
    """In words, such as ``list of integers`` or ``one of: low, medium``."""
    for union in UNIONS:
        if union in shape:
            return " or ".join(dict.fromkeys(_type(made, one) for one in shape[union]))
    if "$ref" in shape:
        meant = _resolved(made, shape)
        name = str(shape["$ref"]).removeprefix(SCHEMAS)
        return _type(made, meant) if "enum" in meant else name.removesuffix("Request")
    if "enum" in shape:
        return "one of: " + ", ".join(json.dumps(word).strip('"') for word in shape["enum"])
    kinds = shape.get("type", "anything")
    kind = " or ".join(kinds) if isinstance(kinds, list) else str(kinds)
    if "items" in shape:
        return kind.replace("array", f"list of {_type(made, shape['items'])}")
    return f"{kind} ({shape['format']})" if "format" in shape else kind
