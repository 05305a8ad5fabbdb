"""What the channels keep by themselves. What is said in the chat on the web is the talk's, see `dialog.holdings`."""

from engage.base.declared import Holding

HOLDINGS = (Holding("telegram_bot", plain="id name inline seen_at"),)
