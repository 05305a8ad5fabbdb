"""The WSGI application, for any server that takes one: `gunicorn wsgi:app`."""

from engage.app import create_app

app = create_app()
