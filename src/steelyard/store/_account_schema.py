"""The tables of people, keys and what they did. No password and no token is in any of them, only hashes."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Integer, SmallInteger, Table, Text, UniqueConstraint

from steelyard.store._schema import BigKey
from steelyard.store._span_schema import whole_schema

users = Table(
    "users",
    whole_schema,
    Column("id", Integer, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("password_hash", Text),
    Column("issuer", Text),
    Column("subject", Text),
    Column("created", Text, nullable=False),
    Column("disabled", Text),
    UniqueConstraint("issuer", "subject"),
)

# The project `*` stands for every project of the store.
memberships = Table(
    "memberships",
    whole_schema,
    Column("user_id", ForeignKey(users.c.id), primary_key=True),
    Column("project", Text, primary_key=True),
    Column("role", Text, nullable=False),
)

sessions = Table(
    "sessions",
    whole_schema,
    Column("token_hash", Text, primary_key=True),
    Column("user_id", ForeignKey(users.c.id), nullable=False),
    Column("created", Text, nullable=False),
    Column("seen", Text, nullable=False),
    Column("expires", Text, nullable=False),
    Index(None, "user_id"),
    Index(None, "expires"),
)

api_keys = Table(
    "api_keys",
    whole_schema,
    Column("prefix", Text, primary_key=True),
    Column("token_hash", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("project", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("scopes", Text, nullable=False),
    Column("created", Text, nullable=False),
    Column("expires", Text),
    Column("used", Text),
    Column("revoked", Text),
    Index(None, "project"),
)

audit_entries = Table(
    "audit_entries",
    whole_schema,
    Column("no", BigKey, primary_key=True, autoincrement=False),
    Column("time", Text, nullable=False),
    Column("who", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("detail", Text, nullable=False),
    Column("previous", Text, nullable=False),
    Column("hash", Text, nullable=False),
)

# One row: where the log ends, so that a cut-off end is missed.
audit_head = Table(
    "audit_head",
    whole_schema,
    Column("id", SmallInteger, primary_key=True, autoincrement=False),
    Column("no", BigKey, nullable=False),
    Column("hash", Text, nullable=False),
)

__all__ = ["api_keys", "audit_entries", "audit_head", "memberships", "sessions", "users", "whole_schema"]
