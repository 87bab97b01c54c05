from __future__ import annotations

import os
import subprocess
from datetime import UTC, datetime, timedelta

from steelyard.runs._owner import LEASE_S, Owner, parse_owner, start_ticks, this_process

NOW = datetime(2026, 5, 1, tzinfo=UTC)


def test_an_owner_is_read_back_from_its_text() -> None:
    owner = this_process(at=NOW)
    assert parse_owner(str(owner)) == owner
    assert parse_owner("a:b:1:2:3") == Owner(host="a:b", pid=1, start=2, seen=3)


def test_what_is_no_owner_is_nobody() -> None:
    assert [parse_owner(text) for text in ("", "host", "host:1:2", "host:x:2:3", "host:-1:2:3")] == [None] * 5


def test_this_process_lives() -> None:
    assert this_process(at=NOW).is_alive(at=NOW + timedelta(days=9))


def test_a_process_that_ended_is_dead() -> None:
    with subprocess.Popen(["sleep", "30"]) as process:
        here = this_process(at=NOW)
        owner = Owner(host=here.host, pid=process.pid, start=start_ticks(process.pid), seen=here.seen)
        assert owner.is_alive(at=NOW)
        assert start_ticks(process.pid) > start_ticks(os.getpid())
        process.kill()
        process.wait()
    assert not owner.is_alive(at=NOW)


def test_a_zombie_is_dead() -> None:
    with subprocess.Popen(["sleep", "30"]) as process:
        here = this_process(at=NOW)
        owner = Owner(host=here.host, pid=process.pid, start=start_ticks(process.pid), seen=here.seen)
        process.kill()
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        assert not owner.is_alive(at=NOW)


def test_a_foreign_owner_lives_for_the_length_of_its_lease() -> None:
    owner = Owner(host="elsewhere", pid=1, start=2, seen=int(NOW.timestamp()))
    assert owner.is_alive(at=NOW + timedelta(seconds=LEASE_S - 1))
    assert not owner.is_alive(at=NOW + timedelta(seconds=LEASE_S + 1))
    assert owner.renewed(at=NOW + timedelta(seconds=60)).is_alive(at=NOW + timedelta(seconds=LEASE_S + 1))
