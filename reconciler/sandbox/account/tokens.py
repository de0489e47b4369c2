"""Access and refresh tokens: they look like JWTs, and count only while the database knows them."""

import base64
import hashlib
import hmac
import json
import sqlite3
from dataclasses import dataclass
from typing import Any

from reconciler.sandbox.moments import SECOND
from reconciler.sandbox.settings import DEFAULT_WORKSPACE_ID

ACCESS_SECONDS, REFRESH_SECONDS = 300, 1800
ACCESS, REFRESH = "Bearer", "Refresh"


@dataclass(frozen=True)
class Stamp:
    """When a token is made, and its id, which makes it unlike any other."""

    at: int
    token_id: str


def issue(
    db: sqlite3.Connection, secret: str, stamp: Stamp, *, kind: str, scope: str, good_for_s: float | None = None
) -> str:
    """A new token; those that expired long ago are forgotten on the way.

    It tells its usual lifetime also where it is good for less, `good_for_s`.
    """
    lifetime_s = ACCESS_SECONDS if kind == ACCESS else REFRESH_SECONDS
    expires_at = stamp.at + round((lifetime_s if good_for_s is None else good_for_s) * SECOND)
    claims = {
        "exp": stamp.at // SECOND + lifetime_s,
        "iat": stamp.at // SECOND,
        "jti": stamp.token_id,
        "sub": DEFAULT_WORKSPACE_ID,
        "typ": kind,
        "scope": scope,
    }
    text = f"{_part({'alg': 'HS256', 'typ': 'JWT'})}.{_part(claims)}"
    signature = hmac.new(secret.encode(), text.encode(), hashlib.sha256).digest()
    token = f"{text}.{_base64(signature)}"
    db.execute("DELETE FROM tokens WHERE expires_at < ?", (stamp.at - REFRESH_SECONDS * SECOND,))
    db.execute("INSERT INTO tokens VALUES (?, ?, ?, ?)", (_digest(token), kind, scope, expires_at))
    return token


def scope_of(db: sqlite3.Connection, token: str, *, kind: str, at: int) -> str | None:
    """The scope of a token that is good at a moment; None for any other."""
    row = db.execute(
        "SELECT scope FROM tokens WHERE digest = ? AND kind = ? AND expires_at > ?", (_digest(token), kind, at)
    ).fetchone()
    return None if row is None else str(row["scope"])


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _part(value: dict[str, Any]) -> str:
    return _base64(json.dumps(value, separators=(",", ":")).encode())


def _base64(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()
