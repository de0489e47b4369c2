"""EULAs and their documents (up42-api.md section 3). Acceptance is account-wide, which that section leaves open."""

import sqlite3
from typing import Any

from reconciler.sandbox.ids import id_from
from reconciler.sandbox.moments import text_or_none, to_text
from reconciler.sandbox.settings import DEFAULT_WORKSPACE_ID

AIRBUS_PIXEL_FACTORY = id_from("eula", "airbus-pixel-factory")
UP42 = id_from("eula", "up42")
AIRBUS_DETECTION = id_from("eula", "airbus-detection")
SPACEPT = id_from("eula", "spacept")
SIMULARITY = id_from("eula", "simularity")
NS = id_from("eula", "ns")
INTERMAP = id_from("eula", "intermap")
ORBITAL_INSIGHT = id_from("eula", "orbital-insight")

_TEXTS = {
    AIRBUS_PIXEL_FACTORY: ("Pixel Factory by Airbus", "Terms of the pansharpening stand-in"),
    UP42: ("UP42 processing", "Terms of the true color conversion stand-in"),
    AIRBUS_DETECTION: ("Airbus detection", "Terms of the ship, wind turbine and storage tank detection stand-ins"),
    SPACEPT: ("Spacept analytics", "Terms of the building, tree and shadow detection stand-ins"),
    SIMULARITY: ("Simularity analytics", "Terms of the coregistration and change detection stand-ins"),
    NS: ("NS upsampling", "Terms of the upsampling stand-ins"),
    INTERMAP: ("Intermap orthorectification", "Terms of the orthorectification stand-in"),
    ORBITAL_INSIGHT: ("Orbital Insight analytics", "Terms of the car, truck and aircraft detection stand-ins"),
}
#: All others are accepted in a new sandbox.
_NOT_ACCEPTED = frozenset({SPACEPT})


def fill(db: sqlite3.Connection, *, at: int) -> None:
    """Put those EULAs in place that are not there yet, each with one document."""
    for eula_id, (title, description) in _TEXTS.items():
        kept = "INSERT OR IGNORE INTO eulas(id, title, description) VALUES (?, ?, ?)"
        if db.execute(kept, (eula_id, title, description)).rowcount:
            _add_document(db, eula_id, 1, at=at, accepted_at=None if eula_id in _NOT_ACCEPTED else at)


def update(db: sqlite3.Connection, eula_id: str, *, at: int) -> None:
    """Put a new document in place, valid at once, which nobody has accepted."""
    (newest,) = db.execute("SELECT MAX(version) FROM eula_documents WHERE eula_id = ?", (eula_id,)).fetchone()
    _add_document(db, eula_id, newest + 1, at=at, accepted_at=None)


def accepted(db: sqlite3.Connection, eula_id: str, *, at: int) -> bool:
    """Whether the current document had been accepted at a moment."""
    row = _current(db, eula_id)
    return row is not None and row["accepted_at"] is not None and row["accepted_at"] <= at


def accept(db: sqlite3.Connection, eula_id: str, document_id: str, *, at: int) -> bool:
    """Accept one document; False where there is none of that id. Accepting twice keeps the first moment."""
    changed = db.execute(
        "UPDATE eula_documents SET accepted_at = COALESCE(accepted_at, ?) WHERE id = ? AND eula_id = ?",
        (at, document_id, eula_id),
    )
    return changed.rowcount == 1


def count(db: sqlite3.Connection) -> int:
    """How many EULAs there are."""
    (total,) = db.execute("SELECT COUNT(*) FROM eulas").fetchone()
    return int(total)


def page(db: sqlite3.Connection, *, base: str, offset: int, size: int) -> list[dict[str, Any]]:
    """EULAs as the service writes them, by title."""
    rows = db.execute("SELECT * FROM eulas ORDER BY title LIMIT ? OFFSET ?", (size, offset)).fetchall()
    return [_eula_document(db, row, base) for row in rows]


def one(db: sqlite3.Connection, eula_id: str, *, base: str) -> dict[str, Any] | None:
    """One EULA as the service writes it."""
    row = db.execute("SELECT * FROM eulas WHERE id = ?", (eula_id,)).fetchone()
    return None if row is None else _eula_document(db, row, base)


def documents(db: sqlite3.Connection, eula_id: str, *, base: str) -> list[dict[str, Any]]:
    """The documents of a EULA as the service writes them, newest version first."""
    rows = db.execute("SELECT * FROM eula_documents WHERE eula_id = ? ORDER BY version DESC", (eula_id,)).fetchall()
    return [_document(row, base, is_current=position == 0) for position, row in enumerate(rows)]


def _add_document(db: sqlite3.Connection, eula_id: str, version: int, *, at: int, accepted_at: int | None) -> None:
    db.execute(
        "INSERT INTO eula_documents(id, eula_id, version, created, valid_from, accepted_at) VALUES (?, ?, ?, ?, ?, ?)",
        (id_from("eula-document", eula_id, str(version)), eula_id, version, at, at, accepted_at),
    )


def _current(db: sqlite3.Connection, eula_id: str) -> sqlite3.Row | None:
    row = db.execute("SELECT * FROM eula_documents WHERE eula_id = ? ORDER BY version DESC LIMIT 1", (eula_id,))
    found: sqlite3.Row | None = row.fetchone()
    return found


def _eula_document(db: sqlite3.Connection, row: sqlite3.Row, base: str) -> dict[str, Any]:
    current = documents(db, row["id"], base=base)[0]
    return {
        "id": row["id"],
        "title": row["title"],
        "description": row["description"],
        "currentDocumentId": current["id"],
        "currentDocumentUrl": current["url"],
        "currentDocumentCreatedAt": current["createdAt"],
        "currentDocumentValidFrom": current["validFrom"],
        "currentDocumentFilename": current["filename"],
        "isAccepted": current["isAccepted"],
        "acceptedAt": current["acceptedAt"],
        "acceptedById": current["acceptedById"],
    }


def _document(row: sqlite3.Row, base: str, *, is_current: bool) -> dict[str, Any]:
    filename = f"{row['version']}.pdf"
    return {
        "id": row["id"],
        "url": f"{base}/eula-documents/{row['eula_id']}/version/{filename}",
        "filename": filename,
        "size": 0,
        "version": row["version"],
        "isCurrent": is_current,
        "createdAt": to_text(row["created"]),
        "validFrom": to_text(row["valid_from"]),
        "isAccepted": row["accepted_at"] is not None,
        "acceptedAt": text_or_none(row["accepted_at"]),
        "acceptedById": None if row["accepted_at"] is None else DEFAULT_WORKSPACE_ID,
    }
