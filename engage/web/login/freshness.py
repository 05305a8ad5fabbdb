"""How long somebody who showed that it is them is believed, where their own account is at stake."""

from datetime import timedelta

# A quarter of an hour, extended by each page of the kind; then the password or a key is asked for once more.
FRESH = timedelta(minutes=15)
