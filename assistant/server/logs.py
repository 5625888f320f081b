"""The log: a line for each request where it is asked for, as text or as JSON; no secret, and no question unless told to

YOUJU_LOG            text or json: a line a request on standard error; empty: only what goes wrong, as text
YOUJU_LOG_QUESTIONS  on: the lines of questions have their words
"""

from __future__ import annotations

import json
import logging
import re
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, TextIO

from assistant.server.requests import Record, as_fields, request_id

FORMS = ("", "text", "json")
_REQUESTS = logging.getLogger("assistant.server.requests")
_SECRETS = re.compile(
    r"\b(?:yj_|sk-|gsk_|ghp_)[A-Za-z0-9_-]{6,}"
    r"|(?<=[Bb]earer )\S+"
    r"|(?i:(?:password|passwd|secret|api[_-]?key|token)['\"]?\s*[=:]\s*['\"]?)\S+"
    r"|(?<=://)[^/\s:@]+:[^/\s@]+(?=@)"
)
"""Keys of ours and of usual services, what follows such words, and passwords in addresses."""


class LogError(ValueError):
    """A setting of the log that can't be used: `str(error)` says which, and what to write."""


def hidden(text: str) -> str:
    """The text without what looks like a secret."""
    return _SECRETS.sub("***", text)


class Lines(logging.Formatter):
    """A line a record, a traceback below it."""

    def format(self, record: logging.LogRecord) -> str:
        """With the time in UTC, and the request that it belongs to."""
        fields: Mapping[str, Any] = getattr(record, "fields", {})
        told = " ".join(f"{name}={value}" for name, value in fields.items())
        own = request_id()
        where = f" [{own}]" if own and "request_id" not in fields else ""
        line = f"{_time(record)} {record.levelname} {record.name}:{where} {record.getMessage()} {told}".rstrip()
        return hidden(f"{line}\n{self.formatException(record.exc_info)}" if record.exc_info else line)


class JsonLines(logging.Formatter):
    """A JSON object a record."""

    def format(self, record: logging.LogRecord) -> str:
        """Keys: time, level, logger, message, request_id; of a request also method, route, status, ms, who …"""
        told: dict[str, Any] = {
            "time": _time(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": hidden(record.getMessage()),
        }
        if own := request_id():
            told["request_id"] = own
        told |= getattr(record, "fields", {})
        if record.exc_info:
            told["error"] = hidden(self.formatException(record.exc_info))
        return json.dumps(told, ensure_ascii=False, default=str)


def form_of(environment: Mapping[str, str]) -> str:
    """Which form the environment asks for, of FORMS. Raises LogError."""
    form = environment.get("YOUJU_LOG", "").strip().lower()
    if form not in FORMS:
        raise LogError(f"YOUJU_LOG={form!r} 不认识：请写 text 或 json，或去掉它")
    return form


def set_up(environment: Mapping[str, str], stream: TextIO | None = None) -> None:
    """Has this process's log written as the environment says. Raises LogError."""
    form = form_of(environment)
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(JsonLines() if form == "json" else Lines())
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    _REQUESTS.setLevel(logging.INFO if form else logging.WARNING)


class RequestLog:
    """Writes a line for each request that is over."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._has_questions = environment.get("YOUJU_LOG_QUESTIONS", "").strip().lower() in ("on", "1", "true", "yes")

    def __call__(self, record: Record) -> None:
        """The line; what the server failed at is a warning."""
        level = logging.WARNING if record.status >= 500 else logging.INFO
        if not _REQUESTS.isEnabledFor(level):
            return
        fields = as_fields(record)
        if self._has_questions and record.question:
            fields["question"] = hidden(record.question)
        _REQUESTS.log(level, "%s %s %d", record.method, record.route, record.status, extra={"fields": fields})


def _time(record: logging.LogRecord) -> str:
    return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
