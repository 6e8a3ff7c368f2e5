"""What the generated document still lacks: bodies that client generators tell apart, refusals, headers, examples."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from .examples import EXAMPLES

METHODS = ("get", "post", "patch", "delete")
#: What any operation may answer beside its own codes.
REFUSALS = {
    "400": "Something that was sent is wrong: each field with its sentences.",
    "401": "No credentials, or none that are good.",
    "403": "You may not do this.",
    "404": "There is no such thing, or it is not yours to see.",
    "406": "No such format.",
    "415": "Send JSON or a form.",
    "429": "Too many requests; `Retry-After` says when.",
}
ERROR = {
    "type": "object",
    "properties": {"detail": {"type": "string"}, "code": {"type": "string"}},
    "additionalProperties": True,
}
NUMBER = {"type": "integer", "minimum": 0}
HEADERS = {
    "ETag": ("For `If-Match` and `If-None-Match`.", {"type": "string"}),
    "RateLimit-Limit": ("Requests in a window.", NUMBER),
    "RateLimit-Remaining": ("Requests left in this one.", NUMBER),
    "RateLimit-Reset": ("Seconds until the next one.", NUMBER),
    "Retry-After": ("Seconds until it makes sense again.", NUMBER),
}
LIMITS = ("RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset")
SCHEMAS = "#/components/schemas/"
TICKETS = (f"{SCHEMAS}TicketJSON", f"{SCHEMAS}TicketDetailJSON")
JSON, FORM = "application/json", "multipart/form-data"
FILE_SENT = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "minLength": 1, "maxLength": 255},
        "content": {"type": "string", "contentEncoding": "base64"},
        "content_type": {"type": "string"},
    },
    "required": ["name", "content"],
}
FILE_OF_FORM = {"type": "string", "format": "binary"}


def shaped(made: dict[str, Any]) -> dict[str, Any]:
    components = made["components"]
    components["schemas"] |= {"Error": ERROR, "FileSent": FILE_SENT}
    components["headers"] = {
        name: {"description": description, "schema": schema}
        for name, (description, schema) in HEADERS.items()
    }
    for schema in components["schemas"].values():
        _leave_out_empty_defaults(schema)
    for item in made["paths"].values():
        for operation in (item[method] for method in METHODS if method in item):
            _tell_bodies_apart(operation, components["schemas"])
            _add_refusals(operation["responses"])
            _add_headers(operation["responses"])
    for name, example in EXAMPLES.items():
        components["schemas"][name]["examples"] = [example]
    return made


def _leave_out_empty_defaults(schema: dict[str, Any]) -> None:
    """They say nothing, and some generators take what has a default for what is always there."""
    for shape in schema.get("properties", {}).values():
        if "default" in shape and not shape["default"]:
            del shape["default"]


def _tell_bodies_apart(operation: dict[str, Any], schemas: dict[str, Any]) -> None:
    """JSON everywhere, and where there are files a form, too, each with a shape of its own."""
    content = operation.get("requestBody", {}).get("content")
    if not content:
        return
    reference = content[JSON]["schema"]["$ref"]
    name = reference.removeprefix(SCHEMAS)
    content.clear()
    content[JSON] = {"schema": {"$ref": reference}}
    if "attachments" not in schemas[name]["properties"]:
        return
    form = f"{name.removesuffix('Request')}Form"
    schemas[form] = _with_files(schemas[name], FILE_OF_FORM)
    schemas[name] = _with_files(schemas[name], {"$ref": f"{SCHEMAS}FileSent"})
    content[FORM] = {"schema": {"$ref": f"{SCHEMAS}{form}"}}


def _with_files(schema: dict[str, Any], file: dict[str, Any]) -> dict[str, Any]:
    shape = deepcopy(schema)
    shape["properties"]["attachments"]["items"] = file
    return shape


def _add_refusals(responses: dict[str, Any]) -> None:
    content = {JSON: {"schema": {"$ref": f"{SCHEMAS}Error"}}}
    for code, description in REFUSALS.items():
        responses.setdefault(code, {"description": description})
    for code, response in responses.items():
        if code >= "400":
            response.setdefault("content", content)


def _add_headers(responses: dict[str, Any]) -> None:
    for code, response in responses.items():
        names = LIMITS if code < "300" else (*LIMITS, "Retry-After") if code == "429" else ()
        if _shows_ticket(response):
            names = ("ETag", *names)
        if names:
            reference = "#/components/headers/"
            response["headers"] = {name: {"$ref": f"{reference}{name}"} for name in names}


def _shows_ticket(response: dict[str, Any]) -> bool:
    return response.get("content", {}).get(JSON, {}).get("schema", {}).get("$ref") in TICKETS
