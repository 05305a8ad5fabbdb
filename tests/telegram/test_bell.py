"""Who waits for work is woken once for each piece of it, and not for what others have done."""

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
