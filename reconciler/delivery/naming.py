"""The names of delivered files. Pure.

What the service calls a file is data; what comes out of here is safe on any disk.
"""

import hashlib
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Sequence

from reconciler.errors import DeliveryError
from reconciler.model.job import Asset

RECEIPT_NAME = "receipt.json"
PART = ".part"
#: Bytes of UTF-8; file systems allow 255, and `.part` has to fit behind.
MAX_NAME_BYTES = 200

_HASH_DIGITS = 8
_PLACEHOLDER = re.compile(r"\$\{asset\.([^}]*)\}")
_EXTENSION = re.compile(r"(?<=.)\.[A-Za-z0-9]{1,16}\Z", re.DOTALL)
#: Unicode categories that hide, reorder or end text; private and unassigned characters are among C*.
_UNSEEN = ("C", "Zl", "Zp")
_SEPARATORS = frozenset('/\\:<>"|?*')
_RESERVED_ON_WINDOWS = frozenset(
    ["CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$"]
    + [device + digit for device in ("COM", "LPT") for digit in "0123456789¹²³"]
)
_EXTENSION_OF_MEDIA_TYPE = {
    "image/tiff": ".tiff",
    "image/png": ".png",
    "image/jpeg": ".jpg",
    "image/jp2": ".jp2",
    "application/geo+json": ".geojson",
    "application/json": ".json",
    "application/xml": ".xml",
    "text/xml": ".xml",
    "text/csv": ".csv",
    "text/html": ".html",
    "text/plain": ".txt",
    "application/pdf": ".pdf",
    "application/zip": ".zip",
    "application/gzip": ".gz",
    "application/geopackage+sqlite3": ".gpkg",
    "application/vnd.apache.parquet": ".parquet",
    "application/vnd.google-earth.kml+xml": ".kml",
    "application/vnd.laszip": ".laz",
}
_SAME_EXTENSION = (frozenset({".tif", ".tiff"}), frozenset({".jpg", ".jpeg"}))


def file_names(
    assets: Sequence[tuple[str, Asset]], *, roles: tuple[str, ...] | None, template: str | None
) -> tuple[str | None, ...]:
    """The file name of each asset, relative to the destination; None where `roles` does not ask for the asset.

    Args:
        assets: every asset of the job, each with the id of its item.
        roles: an asset with at least one of these is wanted; None: every asset.
        template: a name in which `${asset.key}`, `${asset.role}` (the first role), `${asset.title}`, `${asset.item}`
            and `${asset.ext}` (with its dot) are filled in; the asset's extension is added where the result lacks it.
            None: the asset's key.

    Where the job yields several items each has a folder, unless the template tells them apart by `${asset.item}`;
    that `/` is the only one in a name. Names do not depend on the order of the assets. A name that had to be altered,
    or that a file system might take for another one (case, Unicode form), carries a short hash.

    Raises:
        DeliveryError: no asset is wanted, or the template gives two assets one name.
    """
    wanted = [index for index, (_, asset) in enumerate(assets) if roles is None or set(roles) & set(asset.roles)]
    if not wanted:
        raise _nothing_wanted(assets, roles)
    texts = {index: _text(*assets[index], template) for index in wanted}
    folders = _item_folders(assets, template)
    names: list[str | None] = [None] * len(assets)
    in_folder: dict[str, list[int]] = defaultdict(list)
    for index in wanted:
        in_folder[folders[assets[index][0]]].append(index)
    for folder, members in in_folder.items():
        if template is not None and "${asset.key}" not in template:
            _refuse_equal([texts[index] for index in members])
        for index, name in zip(members, _distinct([texts[index] for index in members]), strict=True):
            names[index] = folder + name
    return tuple(names)


def folded(name: str) -> str:
    """What some file system may take the name for: two names with one folded form may be one file there."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFD", name).upper().casefold())


def extension(asset: Asset) -> str:
    """The asset's own extension with its dot: from its key, else from its media type, else ""."""
    found = _EXTENSION.search(asset.key)
    if found:
        return found.group()
    return _EXTENSION_OF_MEDIA_TYPE.get(asset.media_type.partition(";")[0].strip().lower(), "")


def _nothing_wanted(assets: Sequence[tuple[str, Asset]], roles: tuple[str, ...] | None) -> DeliveryError:
    if not assets:
        return DeliveryError("The job's results hold no file.", hint="Look at the job in the UP42 console.")
    there = sorted({_shown(role) for _, asset in assets for role in asset.roles})
    return DeliveryError(
        f"No file of the job has the role {' or '.join(roles or ())}; there are: {', '.join(there) or 'no roles'}.",
        hint="Change delivery.assets.roles in the manifest and run again: the download is free.",
    )


def _shown(text: str) -> str:
    return "".join(char if char.isprintable() else "?" for char in text[:80])


def _item_folders(assets: Sequence[tuple[str, Asset]], template: str | None) -> dict[str, str]:
    item_ids = list(dict.fromkeys(item_id for item_id, _ in assets))
    if len(item_ids) == 1 or (template is not None and "${asset.item}" in template):
        return dict.fromkeys(item_ids, "")
    return {item_id: f"{name}/" for item_id, name in zip(item_ids, _distinct(item_ids), strict=True)}


def _text(item_id: str, asset: Asset, template: str | None) -> str:
    if template is None:
        return asset.key
    suffix = extension(asset)
    values = {
        "key": asset.key,
        "role": asset.roles[0] if asset.roles else "asset",
        "title": asset.title or asset.key.removesuffix(suffix),
        "item": item_id,
        "ext": suffix,
    }

    def fill(placeholder: re.Match[str]) -> str:
        if placeholder[1] not in values:
            known = ", ".join(f"asset.{word}" for word in values)
            raise DeliveryError(f"delivery.name cannot hold {_shown(placeholder[0])}; there are: {known}.")
        return values[placeholder[1]]

    text = _PLACEHOLDER.sub(fill, template)
    same = next((group for group in _SAME_EXTENSION if suffix.lower() in group), frozenset({suffix.lower()}))
    return text if text.lower().endswith(tuple(same)) else text + suffix


def _refuse_equal(texts: Sequence[str]) -> None:
    text, count = Counter(texts).most_common(1)[0]
    if count > 1:
        raise DeliveryError(
            f"delivery.name gives {count} files of the job the same name, {_shown(text)}.",
            hint="Add ${asset.key} to delivery.name, or ask for fewer files with delivery.assets.roles.",
        )


def _distinct(texts: Sequence[str]) -> list[str]:
    """A safe name for each text, no two of them alike to any file system."""
    names = [_safe(text) for text in texts]
    seen: Counter[str] = Counter()
    identities = []
    for text in texts:
        identities.append(f"{text}\0{seen[text]}")
        seen[text] += 1
    salt = 0
    while True:
        count = Counter(folded(name) for name in names)
        alike = [index for index, name in enumerate(names) if count[folded(name)] > 1]
        if not alike:
            return names
        salt += 1  # a text may spell another one's hash, but not for every salt
        for index in alike:
            names[index] = _marked(_cleaned(texts[index]), f"{identities[index]}\0{salt}")


def _safe(text: str) -> str:
    cleaned = _cleaned(text)
    fits = len(cleaned.encode()) <= MAX_NAME_BYTES
    return cleaned if cleaned == text and fits else _marked(cleaned, text)


def _cleaned(text: str) -> str:
    """A name without anything that a file system, a shell or we ourselves would read a meaning into."""
    name = "".join(char if _harmless(char) else "_" for char in unicodedata.normalize("NFC", text))
    name = name.strip(" ").rstrip(". ")
    if name.startswith("."):
        name = "_" + name[1:]
    if folded(name).endswith(PART):
        name = name[: -len(PART)] + "_part"
    reserved = name.partition(".")[0].rstrip(" ").upper() in _RESERVED_ON_WINDOWS
    if reserved or folded(name) == RECEIPT_NAME:
        name = "_" + name
    return name or "file"


def _harmless(char: str) -> bool:
    category = unicodedata.category(char)
    blank = category == "Zs" and char != " "
    return char not in _SEPARATORS and not category.startswith(_UNSEEN) and not blank


def _marked(name: str, identity: str) -> str:
    """The name with a short hash before its extension, cut to MAX_NAME_BYTES."""
    found = _EXTENSION.search(name)
    suffix = found.group() if found else ""
    mark = hashlib.sha256(identity.encode("utf-8", "surrogatepass")).hexdigest()[:_HASH_DIGITS]
    tail = f"-{mark}{suffix}"
    stem = name.removesuffix(suffix).encode()[: MAX_NAME_BYTES - len(tail)].decode(errors="ignore")
    return stem + tail
