"""The tables. Integers for what repeats, JSON as canonical text, hashes as 32 bytes."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
)

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
    }
)

BigKey = BigInteger().with_variant(Integer(), "sqlite")

benchmarks = Table(
    "benchmarks",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
)

versions = Table(
    "versions",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("benchmark_id", ForeignKey(benchmarks.c.id), nullable=False),
    Column("number", Integer, nullable=False),
    Column("hash", Text, nullable=False),
    Column("cases", Integer, nullable=False),
    Column("created", Text, nullable=False),
    Column("parent", Text),
    Column("message", Text, nullable=False),
    Column("provenance", Text, nullable=False),
    UniqueConstraint("benchmark_id", "number"),
)

version_tags = Table(
    "version_tags",
    metadata,
    Column("benchmark_id", ForeignKey(benchmarks.c.id), primary_key=True),
    Column("tag", Text, primary_key=True),
    Column("version_id", ForeignKey(versions.c.id), nullable=False),
)

# Versions share the rows of the cases that they have in common. The labels are columns beside the JSON
# so that a score table needs no parsing.
cases = Table(
    "cases",
    metadata,
    Column("id", BigKey, primary_key=True),
    Column("content_hash", LargeBinary(32), nullable=False, unique=True),
    Column("case_hash", LargeBinary(32), nullable=False),
    Column("case_id", Text, nullable=False),
    Column("cluster", Text),
    Column("weight", Double, nullable=False),
    Column("split", Text, nullable=False),
    Column("slices", Text, nullable=False),
    Column("json", Text, nullable=False),
    Column("size", Integer, nullable=False, server_default="0"),
    Index(None, "case_id"),
)

version_cases = Table(
    "version_cases",
    metadata,
    Column("version_id", ForeignKey(versions.c.id), primary_key=True),
    Column("case_no", Integer, primary_key=True),
    Column("case_row", ForeignKey(cases.c.id), nullable=False),
    sqlite_with_rowid=False,
)

attachments = Table(
    "attachments",
    metadata,
    Column("sha256", Text, primary_key=True),
    Column("data", LargeBinary, nullable=False),
)

runs = Table(
    "runs",
    metadata,
    Column("no", Integer, primary_key=True),
    Column("id", Text, nullable=False, unique=True),
    Column("version_id", ForeignKey(versions.c.id), nullable=False),
    Column("label", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("owner", Text, nullable=False),
    Column("started", Text, nullable=False),
    Column("seconds", Double, nullable=False),
    Column("epochs", Integer, nullable=False),
    Column("record", Text, nullable=False),
    Column("notes", Text, nullable=False),
    CheckConstraint("status in ('running', 'partial', 'complete')", name="status"),
)

# One row for each pass of a metric over a run: scoring again makes another row with the same key, and
# for each sample the score of the newest pass counts.
run_metrics = Table(
    "run_metrics",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("run_no", ForeignKey(runs.c.no), nullable=False),
    Column("key", Text, nullable=False),
    Column("spec", Text, nullable=False),
    Index(None, "run_no"),
)

# Small facts apart from the long answers: tables of scores and the list of finished samples never
# touch a page that holds text.
samples = Table(
    "samples",
    metadata,
    Column("run_no", ForeignKey(runs.c.no), primary_key=True),
    Column("case_no", Integer, primary_key=True),
    Column("epoch", Integer, primary_key=True),
    Column("position", Integer, nullable=False),
    Column("fault", SmallInteger, nullable=False),
    Column("cost_usd", Double),
    Column("output_hash", LargeBinary(32), nullable=False),
    Column("size", Integer, nullable=False, server_default="0"),
    sqlite_with_rowid=False,
)

outputs = Table(
    "outputs",
    metadata,
    Column("run_no", Integer, primary_key=True),
    Column("case_no", Integer, primary_key=True),
    Column("epoch", Integer, primary_key=True),
    Column("json", Text, nullable=False),
)

scores = Table(
    "scores",
    metadata,
    Column("metric_id", ForeignKey(run_metrics.c.id), primary_key=True),
    Column("case_no", Integer, primary_key=True),
    Column("epoch", Integer, primary_key=True),
    Column("state", SmallInteger, nullable=False),
    Column("value", Double),
    Column("extracted", SmallInteger, nullable=False),
    Column("note", Text),
    Column("detail", Text),
    sqlite_with_rowid=False,
)

answers = Table(
    "answers",
    metadata,
    Column("key", Text, primary_key=True),
    Column("value", Text, nullable=False),
)

looks = Table(
    "looks",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("question", Text, nullable=False),
    Column("evidence", Text, nullable=False),
    Column("base_run", Text, nullable=False),
    Column("candidate_run", Text, nullable=False),
    Column("verdict", Text, nullable=False),
    Column("decided", Text, nullable=False),
    UniqueConstraint("question", "evidence"),
)

releases = Table(
    "releases",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("run", Text, nullable=False),
    Column("released", Text, nullable=False),
    Column("note", Text, nullable=False),
)

studies = Table(
    "studies",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("created", Text, nullable=False),
    Column("rubric", Text),
    Column("runs", Text, nullable=False),
)

# A re-rating is another row: the newest of a rater, item and criterion counts.
ratings = Table(
    "ratings",
    metadata,
    Column("id", BigKey, primary_key=True),
    Column("study_id", ForeignKey(studies.c.id), nullable=False),
    Column("run", Text, nullable=False),
    Column("item", Text, nullable=False),
    Column("epoch", Integer, nullable=False),
    Column("rater", Text, nullable=False),
    Column("criterion", Text, nullable=False),
    Column("number", Double),
    Column("word", Text),
    Column("inclusion", Double),
    Column("output_hash", Text, nullable=False),
    Column("rubric_hash", Text, nullable=False),
    Column("rated", Text),
    Column("detail", Text),
    Index(None, "study_id"),
)

drawn_items = Table(
    "drawn_items",
    metadata,
    Column("id", BigKey, primary_key=True),
    Column("study_id", ForeignKey(studies.c.id), nullable=False),
    Column("run", Text, nullable=False),
    Column("item", Text, nullable=False),
    Column("epoch", Integer, nullable=False),
    Column("inclusion", Double, nullable=False),
    Index(None, "study_id"),
)

calibrations = Table(
    "calibrations",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("run", Text, nullable=False),
    Column("metric", Text, nullable=False),
    Column("study", Text, nullable=False),
    Column("made", Text, nullable=False),
    Column("record", Text, nullable=False),
)

schema_version = Table(
    "steelyard_version",
    metadata,
    Column("version_num", Text, primary_key=True),
)
