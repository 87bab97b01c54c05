"""The server's log: lines for people, or one JSON object a line."""

from __future__ import annotations

import json
import logging
import sys
from datetime import UTC, datetime
from typing import Literal

LogFormat = Literal["text", "json"]


class JsonLines(logging.Formatter):
    """One JSON object a line, in ASCII."""

    def format(self, record: logging.LogRecord) -> str:
        """Time, level, logger, message, and the record's fields."""
        row: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **getattr(record, "fields", {}),
        }
        if record.exc_info:
            row["error"] = self.formatException(record.exc_info)
        return json.dumps(row, default=str)


class PlainLines(logging.Formatter):
    """`12:03:04 GET /runs 200 12 ms`."""

    def format(self, record: logging.LogRecord) -> str:
        """One line; control characters in an address are shown, never sent to the terminal."""
        clock = datetime.fromtimestamp(record.created, UTC).strftime("%H:%M:%S")
        fields = getattr(record, "fields", None)
        if fields is None:
            line = f"{clock} {record.levelname.lower()} {record.getMessage()}"
        else:
            path = str(fields["path"]).encode("unicode_escape").decode("ascii")
            line = f"{clock} {fields['method']} {path} {fields['status']} {fields['ms']} ms"
        return f"{line}\n{self.formatException(record.exc_info)}" if record.exc_info else line


def set_up_logs(kind: LogFormat) -> None:
    """Send the server's log to stderr in this form."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines() if kind == "json" else PlainLines())
    for name, level in (("steelyard.web", logging.INFO), ("uvicorn", logging.WARNING)):
        logger = logging.getLogger(name)
        logger.handlers = [handler]
        logger.setLevel(level)
        logger.propagate = False
