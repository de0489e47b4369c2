"""Claims: the right of one run to create the next job for one fingerprint (product.md "How a job is created").

A claim is up to three objects below `claims/<API host>/<workspace>/<fingerprint>/`, each created once and never
changed, because the local store has no conditional update:

    0001           the claim: who, when, and which jobs were known
    0001.posting   written right before the request is sent, with the price that was named for it
    0001.job       the job id that came back        }  at most one
    0001.void      it is certain that nothing was   }  of these two
                   created under this claim         }
"""

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from reconciler.errors import StateStoreError
from reconciler.model.receipt import Claim, ClaimPhase
from reconciler.state.objects import Objects

_KEY = re.compile(r"(?P<fingerprint>[^/]+)/(?P<number>\d{4,})(?:\.(?P<part>posting|job|void))?")
# Stays there: whether it was new tells nothing, whether it can be written twice tells all.
_PROBE = "probe"


async def everywhere(objects: Objects) -> tuple["Claims", ...]:
    """The claims of every workspace at every API host that a state store holds."""
    roots = {tuple(key.split("/")[1:3]) for key in await objects.keys("claims")}
    return tuple(
        Claims(objects, api_url=f"https://{root[0]}", workspace_id=root[1]) for root in sorted(roots) if len(root) == 2
    )


class Claims:
    """All claims of one workspace at one API host, in one state store."""

    def __init__(self, objects: Objects, *, api_url: str, workspace_id: str) -> None:
        self._objects = objects
        self._root = f"claims/{urlsplit(api_url).netloc.lower()}/{workspace_id.lower()}"

    async def check(self) -> None:
        """Make sure that the store refuses to overwrite.

        Raises:
            StateStoreError: it overwrites silently, so no claim in it would mean anything.
        """
        await self._objects.create(_PROBE, b"first")
        if await self._objects.create(_PROBE, b"second"):
            raise StateStoreError(
                "The state store overwrites objects that exist, so claims in it cannot keep two runs apart.",
                hint="Use a store that honours If-None-Match, or a local folder.",
            )

    async def newest(self) -> Mapping[str, Claim]:
        """The newest claim of every fingerprint that has one. Takes none."""
        parts = await self._parts()
        numbers: dict[str, int] = {}
        for fingerprint, number in parts:
            numbers[fingerprint] = max(number, numbers.get(fingerprint, 0))
        return {
            fingerprint: await self._read(fingerprint, number, parts[fingerprint, number])
            for fingerprint, number in numbers.items()
        }

    async def newest_for(self, fingerprint: str) -> Claim | None:
        """The newest claim of one fingerprint, read afresh; None if there is none."""
        parts = await self._parts(fingerprint)
        if not parts:
            return None
        number = max(number for _, number in parts)
        return await self._read(fingerprint, number, parts[fingerprint, number])

    async def all(self) -> tuple[Claim, ...]:
        """Every claim, by fingerprint and number."""
        parts = await self._parts()
        return tuple([await self._read(*key, parts[key]) for key in sorted(parts)])

    async def take(self, claim: Claim) -> bool:
        """Create the claim. False if another run has that number already."""
        document = {
            "claim_id": claim.claim_id,
            "owner": claim.owner,
            "output": claim.output,
            "project": claim.project,
            "taken_at": _text(claim.taken_at),
            "known_jobs": sorted(claim.known_jobs),
            "labels": dict(sorted(claim.labels.items())),
            "plan_id": claim.plan_id,
        }
        return await self._objects.create(self._key(claim), _encode(document))

    async def mark_posting(self, claim: Claim, *, at: datetime, quoted_credits: int | None = None) -> Claim:
        """Record that the request is about to be sent; `at` is the server's time, the price is the one just asked."""
        document = {"at": _text(at), "quoted_credits": quoted_credits}
        await self._objects.create(self._key(claim, "posting"), _encode(document))
        return replace(claim, phase=ClaimPhase.POSTING, posting_at=at, quoted_credits=quoted_credits)

    async def mark_job(self, claim: Claim, job_id: str, *, altered: str = "") -> Claim:
        """Record the job that the claim stands for."""
        await self._objects.create(self._key(claim, "job"), _encode({"job_id": job_id, "altered": altered}))
        return replace(claim, phase=ClaimPhase.CREATED, job_id=job_id, altered=altered)

    async def mark_void(self, claim: Claim, why: str) -> Claim:
        """Record that it is certain that nothing was created under this claim; the next number is free at once."""
        await self._objects.create(self._key(claim, "void"), _encode({"why": why}))
        return replace(claim, phase=ClaimPhase.VOID)

    async def _parts(self, fingerprint: str | None = None) -> dict[tuple[str, int], frozenset[str]]:
        prefix = self._root if fingerprint is None else f"{self._root}/{fingerprint}"
        found: dict[tuple[str, int], set[str]] = {}
        for key in await self._objects.keys(prefix):
            match = _KEY.fullmatch(key.removeprefix(f"{self._root}/"))
            if match is not None:
                found.setdefault((match["fingerprint"], int(match["number"])), set()).add(match["part"] or "")
        return {key: frozenset(names) for key, names in found.items()}

    async def _read(self, fingerprint: str, number: int, parts: frozenset[str]) -> Claim:
        base = f"{self._root}/{fingerprint}/{number:04d}"
        document = await self._document(base)
        try:
            claim = Claim(
                fingerprint=fingerprint,
                number=number,
                claim_id=str(document["claim_id"]),
                phase=ClaimPhase.TAKEN,
                owner=str(document["owner"]),
                output=str(document["output"]),
                project=document.get("project"),
                taken_at=_moment(document["taken_at"]),
                known_jobs=frozenset(map(str, document["known_jobs"])),
                # Claims of the first version have neither labels nor a price.
                labels={str(key): str(value) for key, value in document.get("labels", {}).items()},
                plan_id=str(document.get("plan_id", "")),
            )
            if "posting" in parts:
                posting = await self._document(f"{base}.posting")
                claim = replace(
                    claim,
                    phase=ClaimPhase.POSTING,
                    posting_at=_moment(posting["at"]),
                    quoted_credits=_whole(posting.get("quoted_credits")),
                )
            if "job" in parts:
                job = await self._document(f"{base}.job")
                altered = str(job.get("altered", ""))
                return replace(claim, phase=ClaimPhase.CREATED, job_id=str(job["job_id"]), altered=altered)
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise _unreadable(base) from error
        return replace(claim, phase=ClaimPhase.VOID) if "void" in parts else claim

    async def _document(self, key: str) -> dict[str, Any]:
        data = await self._objects.read(key)
        try:
            document = json.loads(data or b"")
        except ValueError as error:
            raise _unreadable(key) from error
        if not isinstance(document, dict):
            raise _unreadable(key)
        return document

    def _key(self, claim: Claim, part: str = "") -> str:
        key = f"{self._root}/{claim.fingerprint}/{claim.number:04d}"
        return f"{key}.{part}" if part else key


def _unreadable(key: str) -> StateStoreError:
    return StateStoreError(
        f"The claim {key} in the state store cannot be read.",
        hint="Make sure that no run is going on, then remove that object.",
    )


def _encode(document: Mapping[str, object]) -> bytes:
    return json.dumps({"format_version": "1.0", **document}, indent=2, ensure_ascii=False).encode() + b"\n"


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat()


def _whole(value: Any) -> int | None:
    if value is None or (isinstance(value, int) and not isinstance(value, bool)):
        return value
    raise ValueError("no whole number")


def _moment(text: Any) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("a time without a zone")
    return moment
