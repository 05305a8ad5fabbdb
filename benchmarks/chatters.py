"""Telegram and two hundred people in one process: a Bot API server without limits of pace, and those who talk by it.

`python -m benchmarks.chatters` prints its port, then reads plans from standard input and prints what became of each, a line
of JSON every time. A person goes through one talk (find, look, sign up, see, cancel) and makes room for a new one; those who
talk in one plan go on in the next. A plan to `spread` them lets each get somewhere else in their talk, so that what is measured
afterwards is the whole of a talk, and not two hundred first words.
"""

import asyncio
import itertools
import json
import random
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from tests.telegram.people import Person
from tests.telegram.server import Message, Telegram

PATIENCE = 30.0
STEPS = 16  # things said and pressed in a whole talk
_WORDS = ("noget om klima i weekenden", "hvad sker der i næste uge", "noget for børn", "frivilligt arbejde", "vand")


class Loud(Telegram):
    """Tells who waits for a message the moment it is there. Requests are counted, not kept or compared."""

    def __init__(self) -> None:
        super().__init__()
        self.waiting: dict[int, tuple[int, asyncio.Future[Message]]] = {}
        self.count = 0

    def note(self, _request: Any) -> None:
        self.count += 1

    def compare(self, method: str, params: dict[str, Any]) -> None:
        pass

    def shown(self, message: Message) -> None:
        number, answer = self.waiting.get(message.chat, (0, None))
        # After a press its own message changes; after words there is a new text.
        if answer is not None and not answer.done() and (message.number == number or (not number and message.rows)):
            answer.set_result(message)


@dataclass
class Result:
    """What was measured: seconds from each update to its answer, and what went wrong."""

    taken: list[float] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)  # what was said and not answered, and what stood there
    talks: int = 0


class Talk:
    """One person's talk, a step at a time; begins anew with somebody else when it is over."""

    def __init__(self, telegram: Loud, numbers: Iterator[int]) -> None:
        self._telegram, self._numbers = telegram, numbers
        self.free = True
        self.steps = 0
        self._begin()

    def _begin(self) -> None:
        self.person = Person(self._telegram, next(self._numbers), random.choice(("da", "en", "de")))
        self._screen: Message | None = None
        self._steps = iter(
            ("/start", "find:when:week", "find:show", "find:again", random.choice(_WORDS), "mine:show", "/find", "find:when:week",
             "find:show", "sign_up:start", "sign_up:seats:1", "Anna Holm", "sign_up:confirm", "mine:show", "cancel:ask",
             "cancel:confirm")
        )  # fmt: skip

    async def step(self, result: Result) -> None:
        """Say or press the next thing, and wait for the answer."""
        self.free = False
        said = next(self._steps, "")
        try:
            while ":" in said and not self._has(said):
                said = next(self._steps, "")  # nothing was found, or one cannot sign up for it
            if not said:
                self._end(result)
                said = next(self._steps)
            began = time.perf_counter()
            self._screen = await self._do(said)
            result.taken.append(time.perf_counter() - began)
            self.steps += 1
        except TimeoutError:
            chat = self._telegram.chats[self.person.number]
            result.lost.append(f"{said}: {[each.text[:60] for each in chat[-2:]]}")
            self._begin()
        finally:
            self.free = True

    def _end(self, result: Result) -> None:
        result.talks += 1
        self._telegram.chats.pop(self.person.number, None)
        self._begin()

    def _has(self, part: str) -> bool:
        return self._screen is not None and any(part in each.get("callback_data", "") for each in self._screen.buttons)

    async def _do(self, said: str) -> Message:
        answer: asyncio.Future[Message] = asyncio.get_running_loop().create_future()
        pressed = ":" in said
        number = self._screen.number if pressed and self._screen else 0
        self._telegram.waiting[self.person.number] = number, answer
        if pressed and self._screen:
            self.person.press(self._screen.data(said), self._screen)
        else:
            self.person.say(said)
        return await asyncio.wait_for(answer, PATIENCE)


async def talk(telegram: Loud, plan: dict[str, Any], talks: list[Talk]) -> dict[str, Any]:
    """Let them talk for `seconds`: each at once when answered, or all together `rate` times a second; or `spread` them."""
    result = Result()
    before, began = telegram.count, time.perf_counter()
    end = began + plan.get("seconds", 0)
    if plan.get("spread"):
        await asyncio.gather(*(_so_far(each, number % STEPS, result) for number, each in enumerate(talks)))
    elif plan.get("rate"):
        await _at_rate(talks, plan["rate"], end, result)
    else:
        await asyncio.gather(*(_without_pause(each, end, result) for each in talks))
    seconds = time.perf_counter() - began
    return {
        "seconds": seconds,
        "taken": result.taken,
        "lost": result.lost,
        "talks": result.talks,
        "requests": telegram.count - before,
    }


async def _so_far(talk: Talk, steps: int, result: Result) -> None:
    while talk.steps < steps and len(result.lost) < len(_WORDS):
        await talk.step(result)


async def _without_pause(talk: Talk, end: float, result: Result) -> None:
    while time.perf_counter() < end:
        await talk.step(result)


async def _at_rate(talks: list[Talk], rate: float, end: float, result: Result) -> None:
    steps: set[asyncio.Task[None]] = set()
    while (now := time.perf_counter()) < end:
        free = [each for each in talks if each.free]
        if free:
            steps.add(asyncio.create_task(random.choice(free).step(result)))
        await asyncio.sleep(max(0.0, random.expovariate(rate) - (time.perf_counter() - now)))
    await asyncio.gather(*steps)


def main() -> None:
    telegram = Loud().start()
    numbers = itertools.count(10_001)
    talks: list[Talk] = []
    print(json.dumps({"port": telegram.port}), flush=True)
    for line in sys.stdin:
        plan = json.loads(line)
        talks += [Talk(telegram, numbers) for _number in range(len(talks), plan["people"])]
        found = asyncio.run_coroutine_threadsafe(talk(telegram, plan, talks), telegram.loop).result()
        print(json.dumps(found), flush=True)
    telegram.stop()


if __name__ == "__main__":
    main()
