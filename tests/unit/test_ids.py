"""Identifiers: UUIDs of version 7, in order."""

from __future__ import annotations

import time
from uuid import RFC_4122, UUID

from server.adapters.clock import UuidIds


def test_ids_are_of_version_7_tell_their_time_and_sort_by_age() -> None:
    ids = UuidIds()
    before = time.time_ns() // 1_000_000
    made = [ids.new() for _ in range(2000)]
    after = time.time_ns() // 1_000_000

    assert {(UUID(one).version, UUID(one).variant) for one in made} == {(7, RFC_4122)}
    assert made == sorted(set(made))
    assert all(before <= UUID(one).int >> 80 <= after + 1 for one in made)


def test_two_sources_do_not_meet() -> None:
    one, other = UuidIds(), UuidIds()
    assert not {one.new() for _ in range(1000)} & {other.new() for _ in range(1000)}
