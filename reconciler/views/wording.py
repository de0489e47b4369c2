"""Numbers, sizes and times in words. Everything here is the project's own text: sanitising is done where it is used."""

import math
from collections.abc import Mapping
from datetime import UTC, datetime

_UNITS_SQUARE_KM = {"SQ_KM", "SKM"}  # up42-api.md section 5: SQ_KM real, SKM in an SDK test


def count(number: int, noun: str, plural: str | None = None) -> str:
    """`1 file`, `1,200 files`; `plural` where an s does not do."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def credits_text(credit_count: int | None) -> str:
    """`1 credit`, `1,000 credits`; None is `unknown`, never 0."""
    return "unknown" if credit_count is None else count(credit_count, "credit")


def labels_text(labels: Mapping[str, str]) -> str:
    """`area=uk, team=coastal`, sorted by key; "" without labels."""
    return ", ".join(f"{key}={labels[key]}" for key in sorted(labels))


def area(size: float | None, unit: str | None) -> str:
    """`15.8 km²` for the service's SQ_KM or SKM, `3 SCENE` for a unit that nobody knows, "" without a finite size."""
    if size is None or not math.isfinite(size):
        return ""
    return f"{_measure(size)} {unit_text(unit)}".rstrip()


def unit_text(unit: str | None) -> str:
    """`km²` for the service's SQ_KM or SKM, any other word as it came, "" for None."""
    return "km²" if unit in _UNITS_SQUARE_KM else unit or ""


def bytes_text(size_bytes: int) -> str:
    """`512 bytes`, `1.2 MB`: decimal units, one digit after the point."""
    if size_bytes < 1000:
        return count(size_bytes, "byte")
    size = float(size_bytes)
    for unit in ("kB", "MB", "GB"):
        size /= 1000
        if size < 999.95:
            return f"{size:.1f} {unit}"
    return f"{size / 1000:,.1f} TB"


def duration(seconds: float) -> str:
    """`9s`, `12m30s`, `3h05m`; parts of a second are dropped."""
    whole = max(0, int(seconds))
    minutes, rest = divmod(whole, 60)
    hours, minutes_left = divmod(minutes, 60)
    if hours:
        return f"{hours:,}h{minutes_left:02d}m"
    return f"{minutes}m{rest:02d}s" if minutes else f"{rest}s"


def moment(time: datetime | None) -> str:
    """RFC 3339 in UTC with whole seconds (`2024-06-14T12:40:03Z`); "" for None."""
    return "" if time is None else time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def sentence(text: str) -> str:
    """The text with a full stop, unless it ends in one or in another mark that ends a sentence."""
    return text if not text or text.endswith((".", "!", "?", "…")) else f"{text}."


def _measure(size: float) -> str:
    if 0 < size < 0.01:
        return "<0.01"
    digits = 1 if abs(size) >= 10 else 2
    return f"{size:,.{digits}f}".rstrip("0").rstrip(".")
