"""The chat in a terminal: the same talk as on the web, for developers and demonstrations."""

import getpass
import sys

import click
from flask import Flask

from engage import dialog
from engage.base.clock import utc_now
from engage.base.db import transaction
from engage.base.errors import Refusal
from engage.base.message import Button, Message
from engage.dialog import Incoming


def talk(app: Flask) -> None:
    """Talk until the input ends. Buttons are chosen by their number, or by typing what stands on them."""
    identifier = getpass.getuser()
    actions: list[str] = []
    with app.app_context():
        actions = _print(_turn(Incoming("console", identifier), opening=True))
        while (line := _read()) is not None:
            text = line.strip()
            if not text:
                continue
            number = int(text) if text.isdecimal() and len(text) < 4 else 0
            pressed = actions[number - 1] if 0 < number <= len(actions) else None
            answers = _turn(Incoming("console", identifier, text="" if pressed else text, action=pressed))
            actions = _print(answers) or actions


def _turn(incoming: Incoming, *, opening: bool = False) -> list[Message]:
    try:
        with transaction():
            return (dialog.greet if opening else dialog.handle)(incoming, now=utc_now())
    except Refusal as refusal:
        return [Message(text=(str(refusal),))]


def _read() -> str | None:
    if sys.stdin.isatty():
        click.echo("> ", nl=False)
    return sys.stdin.readline() or None


def _print(messages: list[Message]) -> list[str]:
    """Print messages; returns the actions of their buttons in the order of their numbers."""
    actions: list[str] = []
    for message in messages:
        for paragraph in message.text:
            click.echo(paragraph)
        for card in message.cards:
            click.echo("\n".join(("", click.style(card.title, bold=True), *(f"  {line}" for line in card.lines))))
            _buttons(card.buttons, actions)
            if card.url:
                click.echo(f"  {card.url}")
        _buttons(message.buttons, actions)
    click.echo("")
    return actions


def _buttons(buttons: tuple[Button, ...], actions: list[str]) -> None:
    for button in buttons:
        if button.action:
            actions.append(button.action)
            click.echo(f"  [{len(actions)}] {button.label}")
        else:
            click.echo(f"  {button.label}: {button.url}")
