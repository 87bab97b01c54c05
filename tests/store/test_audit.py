from __future__ import annotations

import hashlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from steelyard.core import UsageError
from steelyard.store import Store
from steelyard.store.accounts import Accounts, AuditEvent, AuditLog, parse_mark

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def event(number: int) -> AuditEvent:
    return AuditEvent(
        time=NOW + timedelta(seconds=number),
        who=f"user {number} \x00 \ud800",
        action="login",
        subject="é",
        source="10.0.0.1",
        detail={"n": number},
    )


@pytest.fixture
def log(store: Store) -> AuditLog:
    found = Accounts(store).audit
    for number in range(1, 7):
        found.append(event(number))
    return found


def tamper(store: Store, *statements: str) -> None:
    with store._db.write() as connection:
        for statement in statements:
            connection.execute(text(statement))


def test_an_empty_log_holds(store: Store) -> None:
    check = Accounts(store).audit.verify()
    assert (check.entries, check.broken, check.hash) == (0, None, "0" * 64)


def test_what_was_written_is_read_newest_first_and_holds(log: AuditLog) -> None:
    entries = log.entries(limit=3)
    assert [entry.no for entry in entries] == [6, 5, 4]
    assert entries[0].event == event(6)
    assert entries[0].previous == entries[1].hash
    assert [entry.no for entry in log.entries(limit=9, before=3)] == [2, 1]
    check = log.verify()
    assert (check.entries, check.broken, check.hash) == (6, None, entries[0].hash)


def test_entries_are_found_by_what_they_say(log: AuditLog) -> None:
    log.append(AuditEvent(time=NOW, who="ada", action="key.add", outcome="refused"))
    assert [entry.no for entry in log.entries(limit=9, where={"who": "user 2 \x00 \ud800"})] == [2]
    assert [entry.no for entry in log.entries(limit=9, where={"outcome": "refused", "who": "ada"})] == [7]
    assert log.entries(limit=9, where={"outcome": "refused", "action": "login"}) == []


def test_who_did_something_when_they_last_did(log: AuditLog) -> None:
    log.append(event(1))
    log.append(AuditEvent(time=NOW, who="ada", action="login", outcome="refused"))
    log.append(AuditEvent(time=NOW, who="ada", action="logout"))
    found = log.last_times("login")
    assert found == {event(number).who: event(number).time for number in range(1, 7)}


def test_the_first_hash_is_that_of_its_canonical_json(store: Store) -> None:
    entry = Accounts(store).audit.append(AuditEvent(time=NOW, who="ada", action="login", source="::1"))
    # By hand: sorted keys, no white space, UTF-8.
    written = (
        '{"action":"login","detail":"{}","no":1,"outcome":"done","previous":"' + "0" * 64 + '",'
        '"source":"::1","subject":"","time":"2026-03-01T12:00:00.000000+00:00","who":"ada"}'
    )
    assert entry.hash == hashlib.sha256(written.encode()).hexdigest()


@pytest.mark.parametrize(
    "column", ["time", "who", "action", "subject", "source", "outcome", "detail", "hash"]
)
def test_an_edited_entry_is_named(store: Store, log: AuditLog, column: str) -> None:
    tamper(store, f"UPDATE audit_entries SET {column} = 'x' WHERE no = 3")
    check = log.verify()
    assert (check.broken, check.reason) == (3, "its text is not what was written")
    assert check.entries == 2


@pytest.mark.parametrize("number", [1, 4, 6])
def test_a_removed_entry_is_named(store: Store, log: AuditLog, number: int) -> None:
    tamper(store, f"DELETE FROM audit_entries WHERE no = {number}")
    assert (log.verify().broken, log.verify().reason) == (number, "it is missing")


def test_an_emptied_log_is_found(store: Store, log: AuditLog) -> None:
    tamper(store, "DELETE FROM audit_entries")
    assert log.verify().broken == 1


def test_reordered_entries_are_found(store: Store, log: AuditLog) -> None:
    tamper(
        store,
        "UPDATE audit_entries SET no = 99 WHERE no = 2",
        "UPDATE audit_entries SET no = 2 WHERE no = 3",
        "UPDATE audit_entries SET no = 3 WHERE no = 99",
    )
    assert (log.verify().broken, log.verify().reason) == (2, "it does not follow the entry before")


def test_an_entry_put_in_by_hand_is_found(store: Store, log: AuditLog) -> None:
    tamper(
        store,
        "INSERT INTO audit_entries SELECT 7, time, who, action, subject, source, outcome, detail, hash, hash "
        "FROM audit_entries WHERE no = 6",
    )
    assert log.verify().broken == 7


def test_a_renumbered_tail_is_found(store: Store, log: AuditLog) -> None:
    tamper(
        store,
        "DELETE FROM audit_entries WHERE no = 4",
        "UPDATE audit_entries SET no = 4 WHERE no = 5",
        "UPDATE audit_entries SET no = 5 WHERE no = 6",
    )
    assert log.verify().broken == 4


def test_a_log_cut_off_together_with_its_head_is_found_by_a_noted_hash(store: Store, log: AuditLog) -> None:
    noted = log.verify()
    third = log.entries(limit=1, before=4)[0]
    tamper(
        store,
        "DELETE FROM audit_entries WHERE no > 3",
        f"UPDATE audit_head SET no = 3, hash = '{third.hash}'",
    )
    assert log.verify().broken is None
    mark = parse_mark(f"{noted.entries}:{noted.hash}")
    assert (log.verify(known=mark).broken, log.verify(known=mark).reason) == (4, "it is missing")
    for number in range(3):
        log.append(event(100 + number))
    assert log.verify().broken is None
    assert log.verify(known=mark).reason == "it is not the entry whose hash was noted"


def test_processes_write_one_chain(store: Store, reopen: Callable[[], Store]) -> None:
    logs = [Accounts(reopen()).audit for _ in range(3)]
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(lambda log: [log.append(event(n)) for n in range(10)], logs))
    check = Accounts(store).audit.verify()
    assert (check.entries, check.broken) == (30, None)


@pytest.mark.parametrize("wrong", ["", "3", "x:" + "0" * 64, "3:abc", "-1:" + "0" * 64, "²:" + "0" * 64])
def test_a_mark_is_a_number_and_a_hash(wrong: str) -> None:
    with pytest.raises(UsageError, match="names no entry"):
        parse_mark(wrong)
