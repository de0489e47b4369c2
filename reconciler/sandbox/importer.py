"""Taking a person's own GeoTIFFs into the storage, as they are, byte for byte."""

import datetime as dt
import hashlib
import pathlib
import shutil
import stat
from collections.abc import Sequence
from dataclasses import dataclass

from reconciler.sandbox.errors import SandboxError
from reconciler.sandbox.ids import id_from
from reconciler.sandbox.imagery.rasters import Facts, facts_of
from reconciler.sandbox.moments import SECOND, to_micros
from reconciler.sandbox.sandbox import Sandbox, open_sandbox
from reconciler.sandbox.settings import DEFAULT_WORKSPACE_ID, SandboxSettings
from reconciler.sandbox.store import blobs, storage
from reconciler.sandbox.store.blobs import AssetRow
from reconciler.sandbox.store.stac import GEOTIFF, ROOT, Asset, Item

__all__ = ["MAX_BYTES", "ImportedItem", "SandboxError", "import_folder"]

MAX_BYTES = 4 << 30
_SUFFIXES = {".tif", ".tiff"}
_PAN, _MS = "_pan", "_ms"
_NAMES = ("blue", "green", "red", "nir")


@dataclass(frozen=True)
class ImportedItem:
    """What became of one file, or of one pair.

    Attributes:
        item_path: `/v2/assets/stac/collections/…/items/…`; "" exactly where there is a problem.
        bands: the names of all bands, the panchromatic one first.
        files: names in the folder.
        problem: one sentence that says why it was not imported, "" where it was.
    """

    item_path: str
    title: str
    bands: tuple[str, ...]
    files: tuple[str, ...]
    problem: str = ""


@dataclass(frozen=True)
class _Source:
    path: pathlib.Path
    title: str
    role: str
    facts: Facts
    bands: tuple[str, ...]
    sha256: str


def import_folder(settings: SandboxSettings, folder: pathlib.Path) -> list[ImportedItem]:
    """Take every GeoTIFF that lies directly in `folder`; a second import of the same files changes nothing.

    `<stem>_pan.tif` beside `<stem>_ms.tif` become one item with both; any other file becomes an item of its own.
    One file's problem does not keep the others out. Band names are the file's band descriptions, else blue, green,
    red, nir by their number.

    Raises:
        SandboxError: the folder, or the data folder, cannot be read, or holds no GeoTIFF.
    """
    try:
        paths = sorted(path for path in folder.iterdir() if path.suffix.lower() in _SUFFIXES)
    except OSError as error:
        raise SandboxError(f"The folder {folder} cannot be read: {error.strerror}.") from error
    if not paths:
        raise SandboxError(f"The folder {folder} holds no file that ends in .tif or .tiff.")
    sandbox = open_sandbox(settings)
    return [_imported(sandbox, title, group) for title, group in _groups(paths)]


def _groups(paths: Sequence[pathlib.Path]) -> list[tuple[str, list[pathlib.Path]]]:
    """Titles and the files of each item, the panchromatic one first."""
    partners = {path.stem: path for path in reversed(paths)}
    groups = []
    for path in paths:
        stem = path.stem
        if stem.endswith(_PAN) and (partner := partners.get(stem.removesuffix(_PAN) + _MS)) is not None:
            groups.append((stem.removesuffix(_PAN), [path, partner]))
        elif not (stem.endswith(_MS) and stem.removesuffix(_MS) + _PAN in partners):
            groups.append((stem, [path]))
    return groups


def _imported(sandbox: Sandbox, title: str, paths: list[pathlib.Path]) -> ImportedItem:
    names = tuple(path.name for path in paths)
    try:
        sources = [_examined(path) for path in paths]
        path = _stored(sandbox, title, sources)
    except SandboxError as error:
        return ImportedItem("", title, (), names, str(error))
    except OSError as error:
        return ImportedItem("", title, (), names, f"{names[0]} cannot be copied: {error.strerror or error}.")
    return ImportedItem(path, title, tuple(band for source in sources for band in source.bands), names)


def _examined(path: pathlib.Path) -> _Source:
    found = path.lstat()
    if not stat.S_ISREG(found.st_mode):
        raise SandboxError(f"{path.name} is a link or no plain file: only plain files are imported.")
    if found.st_size > MAX_BYTES:
        raise SandboxError(f"{path.name} is larger than {MAX_BYTES >> 30} GiB: cut it into smaller files.")
    facts = facts_of(path)
    bands = _band_names(path.stem, facts)
    title, role = (
        ("Panchromatic data", "panchromatic") if bands == ("pan",) else ("Multispectral data", "multispectral")
    )
    with path.open("rb") as source:
        sha256 = hashlib.file_digest(source, "sha256").hexdigest()
    return _Source(path, title, role, facts, bands, sha256)


def _band_names(stem: str, facts: Facts) -> tuple[str, ...]:
    described = tuple(name.strip().lower() for name in facts.bands)
    if all(described) and len(set(described)) == len(described):
        return described
    count = len(facts.bands)
    if count == 1:
        return ("pan",) if stem.endswith(_PAN) else ("gray",)
    if count == 2:
        return ("band1", "band2")
    return (*_NAMES[:count], *(f"band{number}" for number in range(len(_NAMES) + 1, count + 1)))


def _stored(sandbox: Sandbox, title: str, sources: Sequence[_Source]) -> str:
    """The item's path; the files are copied first, so that a recorded item is whole."""
    identity = [title, *(f"{source.path.name} {source.sha256}" for source in sources)]
    collection_id, item_id = id_from("import-collection", *identity), id_from("import-item", *identity)
    now = sandbox.clock.micros()
    assets, rows = [], []
    with sandbox.blobs.workplace() as workplace:
        for source in sources:
            asset_id = id_from("import-asset", item_id, source.path.name)
            copy = pathlib.Path(workplace) / asset_id
            shutil.copyfile(source.path, copy, follow_symlinks=False)
            size, md5 = blobs.measured(copy)
            sandbox.blobs.keep(copy, asset_id)
            assets.append(Asset(source.path.name, asset_id, source.title, GEOTIFF, ("data", source.role), source.bands))
            rows.append(AssetRow(asset_id, collection_id, source.path.name, GEOTIFF, size, md5, now))
        item = Item(
            item_id=item_id,
            collection_id=collection_id,
            workspace_id=DEFAULT_WORKSPACE_ID,
            title=title[:250],
            acquired=_acquired(sources[0]),
            created=now,
            facts=sources[0].facts,
            assets=assets,
            source="USER",
            collection_name="imported",
        )
        with sandbox.store.writing() as db:
            storage.add(db, item, rows)
    return f"{ROOT}/collections/{collection_id}/items/{item_id}"


def _acquired(source: _Source) -> int:
    """The file's own date, else that of its last change."""
    text = source.facts.tags.get("TIFFTAG_DATETIME", "")
    try:
        return to_micros(dt.datetime.strptime(text, "%Y:%m:%d %H:%M:%S").replace(tzinfo=dt.UTC))
    except ValueError:
        return int(source.path.stat().st_mtime) * SECOND
