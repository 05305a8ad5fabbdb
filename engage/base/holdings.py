"""What the ground keeps: counters of how often something happens."""

from engage.base.declared import Holding, Purpose

HOLDINGS = (
    # Its keys stand for clients, addresses and chats by keyed hashes; a bucket is forgotten after a day.
    Holding("token_bucket", plain="tokens counted_at", personal={Purpose.SAFETY: "key"}, unshown="key"),
    # Its keys name chats, for as long as Telegram counts what is sent there: forgotten after an hour.
    Holding("pace", plain="free_at", personal={Purpose.SAFETY: "key"}, unshown="key"),
    Holding("revision", plain="name number"),
)
