"""What the browser's windows are made of: lent from test to test, and wiped between them."""

from playwright.sync_api import Browser, BrowserContext


class Glass:
    """The windows' contexts: one with JavaScript and one without are lent to one test after the other, and wiped between them.

    The first page of a new context costs a second of work, as everything is fetched, compiled and started anew for it. So each
    keeps one page open, and with it the process that all later ones are drawn by (`--process-per-site`).
    """

    def __init__(self, chromium: Browser, base: str) -> None:
        self._chromium, self._base = chromium, base
        self._lent: set[bool] = set()
        self._kept: dict[bool, BrowserContext] = {}
        self._own: list[BrowserContext] = []

    def pane(self, *, script: bool, own: bool, **more: object) -> BrowserContext:
        """A context as if it were new; it is new where the test has one already, or wants it its `own` or like no other."""
        if own or more or script in self._lent:
            self._own.append(self._new(script, **more))
            return self._own[-1]
        self._lent.add(script)
        if script not in self._kept:
            self._kept[script] = self._new(script)
            self._kept[script].new_page().goto(self._base + "/healthz")
        return self._kept[script]

    def _new(self, script: bool, **more: object) -> BrowserContext:
        return self._chromium.new_context(reduced_motion="reduce", java_script_enabled=script, **more)  # type: ignore[arg-type]

    def wipe(self) -> None:
        """Close all windows and forget all that was kept in them, but files that were fetched."""
        for context in self._own:
            context.close()
        for script in self._lent:
            self._wipe(self._kept[script])
        self._own.clear()
        self._lent.clear()

    def _wipe(self, context: BrowserContext) -> None:
        context.set_offline(False)
        kept, *windows = context.pages
        for page in windows:
            page.close()
        tools = context.new_cdp_session(kept)
        tools.send("Storage.clearDataForOrigin", {"origin": self._base, "storageTypes": "all"})
        context.clear_cookies()
        tools.detach()
