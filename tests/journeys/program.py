"""One process of an installation, as the supervisor would start it: `python -m tests.journeys.program web 8001`."""

import sys

from engage import worker
from engage.app import create_app
from engage.service.web import serve

if __name__ == "__main__":
    name, port = sys.argv[1], int(sys.argv[2])
    app = create_app()
    if name == "web":
        serve(app, "127.0.0.1", port, workers=2, threads=4)
    else:
        worker.run(app)
