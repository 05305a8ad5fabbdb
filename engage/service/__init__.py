"""The processes of Engage: its embedded PostgreSQL, the web server, the worker, and the one parent that keeps
them.

No rule of the city lives here, and nothing here is imported by a component: only `engage.cli` and tests come
in.
"""

from engage.service.errors import ServiceError
from engage.service.postgres import EmbeddedPostgres
from engage.service.supervisor import run

__all__ = ["EmbeddedPostgres", "ServiceError", "run"]
