"""What came in, and what became of it: counts by minute, outcome and reason."""

from __future__ import annotations

from sqlalchemy import text

COUNT_IN_LEDGER = text(
    "INSERT INTO span_ledger (project_no, minute, outcome, reason_no, count)"
    " VALUES (:project_no, :minute, :outcome, :reason_no, :count)"
    " ON CONFLICT (project_no, minute, outcome, reason_no)"
    " DO UPDATE SET count = span_ledger.count + excluded.count"
)
