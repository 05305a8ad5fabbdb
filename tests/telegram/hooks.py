"""The webhook's side of the Bot API server: posts each update until it is answered with 200, in order for each lane."""

import asyncio
from collections import deque
from typing import Any

import httpx

# Telegram waits from one second to two minutes, or as long as Retry-After says; a test has no such time.
_AGAIN, _MOST_WAIT = 0.05, 0.3


class Hook:
    """Lanes as in tdlib: a chat's messages, and apart from them each person's presses; lanes side by side."""

    def __init__(self, url: str, secret: str, connections: int, loop: asyncio.AbstractEventLoop) -> None:
        self.url = url
        self.posts: list[tuple[int, int]] = []  # update, status (0: no answer)
        self._secret = secret
        self._loop = loop
        self._lanes: dict[tuple[str, int], deque[dict[str, Any]]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._client = httpx.AsyncClient(limits=httpx.Limits(max_connections=connections), timeout=10, trust_env=False)

    def post(self, update: dict[str, Any]) -> None:
        key = _lane(update)
        if key in self._lanes:
            self._lanes[key].append(update)
            return
        self._lanes[key] = deque([update])
        task = self._loop.create_task(self._work(key))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def stop(self) -> None:
        for task in self._tasks:
            task.cancel()

    async def end(self) -> None:
        self.stop()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._client.aclose()

    def left(self) -> list[dict[str, Any]]:
        return sorted((each for lane in self._lanes.values() for each in lane), key=lambda each: each["update_id"])

    async def _work(self, key: tuple[str, int]) -> None:
        lane = self._lanes[key]
        while lane:
            status, wait = await self._say(lane[0])
            self.posts.append((lane[0]["update_id"], status))
            if 200 <= status < 300:
                lane.popleft()
            else:
                await asyncio.sleep(min(wait or _AGAIN, _MOST_WAIT))
        del self._lanes[key]

    async def _say(self, update: dict[str, Any]) -> tuple[int, float]:
        try:
            answer = await self._client.post(
                self.url, json=update, headers={"X-Telegram-Bot-Api-Secret-Token": self._secret}
            )
        except httpx.HTTPError:
            return 0, _AGAIN
        return answer.status_code, float(answer.headers.get("Retry-After", 0))


def _lane(update: dict[str, Any]) -> tuple[str, int]:
    if "callback_query" in update:
        return "press", update["callback_query"]["from"]["id"]
    if "inline_query" in update:
        return "inline", update["inline_query"]["from"]["id"]
    content = update.get("message") or update.get("my_chat_member") or {"chat": {"id": 0}}
    return "chat", content["chat"]["id"]
