"""What a first visit has to fetch: the page and every file its head and its styles ask for, as sent over the wire."""

import gzip
import http.client
import re
from urllib.parse import urljoin

# The files of a <link> or <script>, images, and fonts that are fetched ahead; not those a style sheet might ask for later.
_LINKED = re.compile(r'<(?:link|script|img)\b[^>]*?\b(?:href|src)="([^"#]+)[^"]*"[^>]*>')
_FETCHED = re.compile(r'rel="(?:stylesheet|preload|icon)"|<script|<img')
_SPRITE = re.compile(r'<use\b[^>]*href="([^"#]+)#')


def first_view(port: int, path: str) -> dict[str, int]:
    """Compressed bytes of each body by address."""
    html, size = _fetch(port, path)
    found = {path: size}
    tags = [match for match in _LINKED.finditer(html) if _FETCHED.search(match[0])]
    for address in [match[1] for match in tags] + _SPRITE.findall(html):
        name = urljoin(path, address)
        if name not in found:
            found[name] = _fetch(port, name)[1]
    return found


def _fetch(port: int, path: str) -> tuple[str, int]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("GET", path, headers={"Accept-Encoding": "gzip"})
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    if answer.status != 200:
        raise ValueError(f"{path} answered {answer.status}")
    if answer.headers.get("Content-Encoding") == "gzip" and answer.headers.get_content_type() == "text/html":
        return gzip.decompress(body).decode(), len(body)
    return "", len(body)
