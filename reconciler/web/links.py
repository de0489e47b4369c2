"""Whose link is it, and may a secret travel there: rules about URLs, without network. Pure."""

import ipaddress
from urllib.parse import SplitResult, quote, unquote, urlsplit

_DEFAULT_PORTS = {"http": 80, "https": 443}


def is_loopback(host: str) -> bool:
    """Whether a host is this machine itself: 127.0.0.0/8, ::1, `localhost` or a name under it."""
    name = host.lower().removesuffix(".")
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def is_safe(url: str) -> bool:
    """Whether a request may go there: TLS, or plain HTTP to this machine itself."""
    parts = _split(url)
    if parts is None or not parts.hostname:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname))


def host_of(url: str) -> str:
    """The host's name, "" where there is none."""
    parts = _split(url)
    return (parts.hostname or "") if parts else ""


def without_query(url: str) -> str:
    """A URL for people: scheme, host, port and path, without user, query and fragment."""
    parts = _split(url)
    if parts is None:
        return "(a URL that cannot be read)"
    shown = parts._replace(netloc=parts.netloc.rpartition("@")[2], query="", fragment="").geturl()
    return "".join(character for character in shown if character.isprintable())


def own_path(api_url: str, href: str) -> str | None:
    """Path and query of a link on the API host, to be put behind `api_url`; None for a link to anywhere else.

    A link is the API's own when it starts at `/`, or has the same host and port. The scheme does not matter, since
    the configured one is used: the documented sample of a next link says `http` (up42-api.md section 8.2).
    """
    base, link = _split(api_url), _split(href)
    if base is None or link is None:
        return None
    if link.scheme or link.netloc:
        if link.scheme not in _DEFAULT_PORTS or "@" in link.netloc or link.hostname != base.hostname:
            return None
        if _port(link) != _port(base) and not _is_upgraded(link, base):
            return None
    path = link.path.removeprefix(base.path) if base.path and link.path.startswith(base.path + "/") else link.path
    if not path.startswith("/"):
        return None
    return f"{path}?{link.query}" if link.query else path


def segment(name: str) -> str:
    """One path segment: a name from a manifest or the service can neither end the path nor climb in it.

    Raises:
        ValueError: the name is empty or a dot segment, so that no such thing can exist.
    """
    if name in {"", ".", ".."}:
        raise ValueError(name)
    return quote(name, safe="")


def last_segment_after(marker: str, url: str) -> str | None:
    """The decoded path segment that follows the last `/marker/`, None where there is none."""
    parts = _split(url)
    if parts is None:
        return None
    _, found, rest = parts.path.rpartition(f"/{marker}/")
    return unquote(rest.split("/", 1)[0]) or None if found else None


def _split(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return None
    return parts


def _port(parts: SplitResult) -> int | None:
    return parts.port or _DEFAULT_PORTS.get(parts.scheme)


def _is_upgraded(link: SplitResult, base: SplitResult) -> bool:
    return link.scheme == "http" and base.scheme == "https" and _port(link) == 80 and _port(base) == 443
