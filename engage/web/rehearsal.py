"""The pages most asked for, asked for once before anybody does: what they load, compile and remember is then there
before the web processes are forked, and shared by them.
"""

import re
from contextvars import copy_context

from flask import Flask

from engage.base import links
from engage.base.db import disconnect

_LIST = "/aktiviteter"
_ACTIVITY = re.compile('href="({})"'.format(re.sub("<[a-z]+>", '[^/?#"]+', links.OCCURRENCE)))


def rehearse(app: Flask) -> None:
    """Ask for one page of each kind that everybody may see. Nothing is written, and no connection stays open.

    What goes wrong here would go wrong for visitors too: it is logged as theirs is, and stops nothing. While the service is
    not well, nothing is asked for.
    """
    copy_context().run(_ask, app)  # the language a page speaks is not to stay behind
    with app.app_context():
        disconnect()


def _ask(app: Flask) -> None:
    client = app.test_client()
    base_url = app.extensions["engage.settings"].base_url
    if client.get("/healthz", base_url=base_url).status_code != 200:
        return
    shown = client.get(_LIST, base_url=base_url).text
    for path in ("/", *_ACTIVITY.findall(shown)[:1], links.CHAT, links.SIGN_IN):
        client.get(path, base_url=base_url)
