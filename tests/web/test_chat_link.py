"""An account's page links a chat: the code is shown once, and only its own account says yes or no."""

from flask import Flask

from engage.accounts import chats
from engage.base.clock import utc_now
from engage.base.db import db
from tests.accounts.cast import account, signed_in
from tests.town import Town
from tests.web.conftest import Visitor


def test_an_account_links_a_chat_on_its_page(app: Flask, town: Town) -> None:
    user = account(member_of=[town.occurrence().activity.organisation])
    visitor = Visitor(signed_in(app, user))
    visitor.send("/konto/chat", {}, status=303)
    said = next(each.text for each in visitor.get("/konto/chat").all("strong") if each.text.startswith("konto "))
    assert not any(each.text.startswith("konto ") for each in visitor.get("/konto/chat").all("strong")), "shown once"
    chats.claim(said.removeprefix("konto "), "telegram", "77", now=utc_now())
    db.session.commit()
    (waiting,) = chats.of(user, now=utc_now())
    assert str(waiting.check_number) in visitor.get("/konto/chat").text
    other = Visitor(signed_in(app, account()))
    other.send(f"/konto/chat/{waiting.public_id}/ja", {}, status=303)
    other.send(f"/konto/chat/{waiting.public_id}/slut", {}, status=303)
    assert chats.account_of("telegram", "77") is None
    visitor.send(f"/konto/chat/{waiting.public_id}/ja", {}, status=303)
    db.session.expire_all()
    found = chats.account_of("telegram", "77")
    assert found is not None and found.id == user.id
    visitor.send(f"/konto/chat/{waiting.public_id}/slut", {}, status=303)
    db.session.expire_all()
    assert chats.account_of("telegram", "77") is None
