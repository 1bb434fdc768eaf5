"""The sandbox's OpenAPI description; schemathesis checks the sandbox against it."""

from __future__ import annotations

from typing import Any, Final

_TEXT = {"type": "string", "pattern": r"\S"}
_LABEL = {"type": ["string", "null"], "maxLength": 200}

_ITEM = {
    "type": "object",
    "required": ["id", "user", "message", "sentiment", "source", "tag", "status", "createdAt"],
    "properties": {
        "id": {"type": "string", "pattern": "^fb_"},
        "user": {"type": "object", "required": ["id"], "properties": {"id": {"type": "string"}}},
        "message": {"type": "string"},
        "sentiment": {"enum": ["positive", "neutral", "negative", None]},
        "source": {"type": ["string", "null"]},
        "tag": {"type": ["string", "null"]},
        "status": {"enum": ["open", "resolved"]},
        "createdAt": {"type": "string", "format": "date-time"},
    },
}


def _answer(description: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"description": description, "content": {"application/json": {"schema": schema}}}


def _error(description: str) -> dict[str, Any]:
    return _answer(description, {"$ref": "#/components/schemas/Error"})


def _header(schema: dict[str, Any]) -> dict[str, Any]:
    return {"required": True, "schema": schema}


def _parameter(name: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": False, "schema": schema}


_ERRORS: Final = {
    "400": _error("A field or parameter is missing or invalid; the message begins with its name"),
    "401": {**_error("Invalid or missing API key"), "headers": {"WWW-Authenticate": _header({"const": "Bearer"})}},
    "429": {
        **_error("Rate limited, or the monthly item quota is exceeded; Retry-After tells for how many seconds"),
        "headers": {"Retry-After": _header({"type": "integer", "minimum": 1})},
    },
    "500": _error("Unexpected server error; safe to retry"),
}

DESCRIPTION: Final[dict[str, Any]] = {
    "openapi": "3.1.0",
    "info": {
        "title": "Loop sandbox",
        "version": "2",
        "description": "A local server with the rules of the Loop Feedback API.",
    },
    "security": [{"key": []}],
    "paths": {
        "/v2/feedback": {
            "get": {
                "operationId": "listFeedback",
                "parameters": [
                    _parameter("status", {"enum": ["open", "resolved"]}),
                    _parameter("sentiment", {"enum": ["positive", "neutral", "negative"]}),
                    _parameter("tag", {"type": "string", "maxLength": 200}),
                    _parameter("limit", {"type": "integer", "minimum": 1, "maximum": 100, "default": 20}),
                    _parameter("cursor", {"type": "string"}),
                ],
                "responses": {"200": _answer("A page, newest first", {"$ref": "#/components/schemas/Page"}), **_ERRORS},
            },
            "post": {
                "operationId": "createFeedback",
                "requestBody": {
                    "required": True,
                    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/NewFeedback"}}},
                },
                "responses": {
                    "201": _answer("The stored item", {"$ref": "#/components/schemas/Feedback"}),
                    "413": _error("The body is larger than 64 KiB"),
                    **_ERRORS,
                },
            },
        }
    },
    "components": {
        "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}},
        "schemas": {
            "Feedback": _ITEM,
            "NewFeedback": {
                "type": "object",
                "required": ["user", "message"],
                "properties": {
                    "user": {"type": "object", "required": ["id"], "properties": {"id": {**_TEXT, "maxLength": 200}}},
                    "message": {**_TEXT, "maxLength": 10_000},
                    "sentiment": {"enum": ["positive", "neutral", "negative", "", None]},
                    "source": _LABEL,
                    "tag": _LABEL,
                },
            },
            "Page": {
                "type": "object",
                "required": ["data", "nextCursor", "hasMore"],
                "properties": {
                    "data": {"type": "array", "items": {"$ref": "#/components/schemas/Feedback"}, "maxItems": 100},
                    "nextCursor": {"type": ["string", "null"]},
                    "hasMore": {"type": "boolean"},
                },
            },
            "Error": {
                "type": "object",
                "required": ["error"],
                "properties": {
                    "error": {
                        "type": "object",
                        "required": ["type", "message"],
                        "properties": {"type": {"type": "string"}, "message": {"type": "string"}},
                    }
                },
            },
        },
    },
}
