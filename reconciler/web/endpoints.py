"""Base URLs that people hand in: checked before a secret may go there."""

from urllib.parse import urlsplit

import httpx

from reconciler.errors import UsageError
from reconciler.web.links import is_safe, without_query


def base_url(url: str, name: str) -> str:
    """A service's base URL as it is compared: lower-case host, no default port, no slash at the end.

    Args:
        url: as somebody wrote it.
        name: of the variable that it comes from, for the error.

    Raises:
        UsageError: it is no URL, holds more than a base URL does, or is neither on TLS nor on this machine.
    """
    shown = without_query(url)
    try:
        parts = urlsplit(url)
        usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
        usable = usable and not any(character.isspace() for character in url)
        httpx.URL(url)
    except (ValueError, httpx.InvalidURL):
        usable = False
    if not usable or parts.query or parts.fragment or parts.username is not None:
        raise UsageError(f"{name} is no base URL: {shown}.", hint="It looks like https://api.example.com.")
    if not is_safe(url):
        raise UsageError(
            f"{name} is not on TLS: {shown}.", hint="Use https; plain http is only for this machine itself."
        )
    netloc = parts.netloc.lower().removesuffix(":443" if parts.scheme == "https" else ":80")
    return f"{parts.scheme}://{netloc}{parts.path.rstrip('/')}"
