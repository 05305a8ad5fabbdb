"""Who waits for work is woken once for each piece of it, and not for what others have done."""

import threading

from bots.telegram.bell import Bell


def test_each_ring_wakes_one_also_who_comes_later() -> None:
    bell = Bell(3)
    bell.ring(5)
    assert [bell.wait(0) for _time in range(5)] == [True, True, True, False, False]


def test_who_looked_in_vain_takes_the_rings_from_before_along_and_none_of_those_since() -> None:
    bell = Bell(100)
    bell.ring(10)
    assert bell.wait(0)
    ever = bell.ever
    bell.ring(2)  # while we look
    bell.nothing_left(ever)
    assert [bell.wait(0) for _time in range(3)] == [True, True, False]
    bell.nothing_left(ever)
    bell.ring()
    assert bell.wait(0)


def test_at_the_end_everybody_wakes_also_when_one_of_them_looked_in_vain() -> None:
    bell, woken = Bell(100), []
    waiting = [threading.Thread(target=lambda: woken.append(bell.wait(3600))) for _each in range(5)]
    for thread in waiting:
        thread.start()
    bell.end()
    bell.nothing_left(bell.ever)
    for thread in waiting:
        thread.join(30)
    assert woken == [False] * 5, "nobody waits for the hour to be over"
    assert not bell.wait(30)
    bell.ring()
    assert bell.wait(30), "what was rung for is still told"
