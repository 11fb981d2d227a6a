"""Wrong keys: refused, counted per address, and never in the way of a right one."""

from __future__ import annotations

import pytest
from server.domain.errors import TooManyWrongKeysError
from server.web.wrong_keys import ADDRESSES, MOST, WINDOW_S, WrongKeys

from served import ServedHouse, serving

pytestmark = pytest.mark.anyio

KEY = "the-right-key-of-all"


async def test_whoever_keeps_guessing_is_told_to_stop_and_a_right_key_still_works(house: ServedHouse) -> None:
    async with serving(house.app(api_keys=[KEY])) as api:
        wrong = [
            await api.get("/api/papers", headers={"Authorization": f"Bearer {n:020}"})
            for n in range(MOST + 1)
        ]
        right = await api.get("/api/papers", headers={"Authorization": f"bearer {KEY}"})

    assert {answer.status_code for answer in wrong[:MOST]} == {401}
    assert {answer.headers["www-authenticate"] for answer in wrong[:MOST]} == {"Bearer"}
    assert (wrong[MOST].status_code, wrong[MOST].json()["code"]) == (429, "too_many_wrong_keys")
    assert 1 <= int(wrong[MOST].headers["retry-after"]) <= WINDOW_S
    assert right.status_code == 200


@pytest.mark.parametrize("given", [f"Basic {KEY}", f"Bearer {KEY}x", KEY, "Bearer", f"Bearer {KEY} {KEY}"])
async def test_what_is_no_right_key_is_refused(house: ServedHouse, given: str) -> None:
    async with serving(house.app(api_keys=[KEY])) as api:
        answer = await api.get(f"/api/papers?key={KEY}&api_key={KEY}", headers={"Authorization": given})

    assert answer.status_code == 401


def test_the_count_starts_anew_after_a_while_and_for_each_address() -> None:
    now = [0.0]
    keys = WrongKeys(lambda: now[0])
    for _ in range(MOST):
        keys.note("a")
    keys.note("b")
    with pytest.raises(TooManyWrongKeysError):
        keys.note("a")
    now[0] = WINDOW_S

    keys.note("a")


def test_no_more_addresses_are_remembered_than_there_is_room_for() -> None:
    keys = WrongKeys(lambda: 0.0)
    for n in range(ADDRESSES + 5):
        keys.note(str(n))

    assert len(vars(keys)["_counted"]) == ADDRESSES
