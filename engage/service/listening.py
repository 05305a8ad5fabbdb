"""The address the pages are served at: taken before anything else starts, and asked whether it answers."""

import errno
import http.client
import socket

from engage.service.errors import ServiceError

_BACKLOG = 256  # connections that may wait while the web server starts or is started again


def listen(host: str, port: int) -> socket.socket:
    """A socket listening on `host` and `port`. Raises ServiceError that names the setting to change."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except (socket.gaierror, OverflowError) as problem:
        raise ServiceError(
            f"There is no address {host}:{port} here ({problem}). `--host` and `--port` set it."
        ) from problem
    listener = socket.socket(family, kind, protocol)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(_BACKLOG)
    except OSError as problem:
        listener.close()
        raise ServiceError(_why_not(host, port, problem)) from problem
    return listener


def reachable_host(host: str) -> str:
    """The host to ask from this machine: "all addresses" is not one to connect to."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - nothing is bound here


def address_of(host: str, port: int, path: str) -> str:
    """The URL of `path` as one on this machine can open it."""
    reachable = reachable_host(host)
    return f"http://{f'[{reachable}]' if ':' in reachable else reachable}:{port}{path}"


def answers(host: str, port: int) -> bool:
    """Whether /healthz says 200 within two seconds."""
    connection = http.client.HTTPConnection(reachable_host(host), port, timeout=2)
    try:
        connection.request("GET", "/healthz", headers={"Connection": "close"})
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _why_not(host: str, port: int, problem: OSError) -> str:
    if problem.errno == errno.EADDRINUSE:
        return (
            f"Port {port} on {host} is taken by another program. "
            f"Choose another one: `make run PORT={port + 1}` or `engage run --port {port + 1}`."
        )
    if problem.errno == errno.EACCES:
        return f"Port {port} is not allowed for you: below 1024 they are the system's. Use `make run PORT=8000`."
    if problem.errno == errno.EADDRNOTAVAIL:
        return f"This machine has no address {host}. `engage run --host 127.0.0.1` serves this machine only."
    return f"Port {port} on {host} cannot be used: {problem}."
