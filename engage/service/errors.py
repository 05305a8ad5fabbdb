"""The one error the processes raise for whoever starts them. It speaks to an operator at a terminal, in
English like every other line of the console and the logs; citizens never see it."""


class ServiceError(Exception):
    """Something outside the program stops it from starting. The message says what, and what to do."""
