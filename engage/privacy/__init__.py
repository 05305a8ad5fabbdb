"""All we hold of a person: tell it, erase it when they ask, and let it expire when its time is over.

What each component keeps of a person is known there; it hands in what it holds, and how it forgets, when the application is put
together.
"""

from engage.privacy.forgetting import Eraser, Expiry, erase, expiries, holdings, install
from engage.privacy.telling import Item, Section, as_json, told

__all__ = ["Eraser", "Expiry", "Item", "Section", "as_json", "erase", "expiries", "holdings", "install", "told"]
