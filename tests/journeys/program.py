"""One process of an installation, as the supervisor would start it: `python -m tests.journeys.program web 8001`."""

import sys

from bots.telegram import process
from engage import worker
from engage.app import create_app, create_core
from engage.service.web import serve

if __name__ == "__main__":
    name, port = sys.argv[1].split()[0], int(sys.argv[2])
    if name == "web":
        serve(create_app(), "127.0.0.1", port, workers=2, threads=4)
    elif name == "bot":
        process.run(create_app())
    else:
        worker.run(create_core())
