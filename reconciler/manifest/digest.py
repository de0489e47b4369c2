"""One hash of all that a tree declares: the same whatever the order, the comments and the place of the files."""

import hashlib
import posixpath
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from reconciler.manifest.canonical import canonical
from reconciler.manifest.expressions import fill_variables
from reconciler.manifest.foreach import search_of
from reconciler.manifest.nodes import Document, plain
from reconciler.model.output import Json


def digest(documents: Iterable[Document], *, place: str, variables: Mapping[str, str]) -> str:
    """`sha256:` and 64 hex digits.

    Args:
        documents: every document of the tree, filled in as far as it can be without its set's items, and checked;
            files that they name are read into them.
        place: absolute: the Project's place; relative paths are told from there.
        variables: `${var.x}` by x, for texts that are templates still.
    """
    forms = "\n".join(sorted(canonical(_form(document, place, variables)) for document in documents))
    return f"sha256:{hashlib.sha256(forms.encode()).hexdigest()}"


def _form(document: Document, place: str, variables: Mapping[str, str]) -> Json:
    data: Any = plain(document.root)
    spec = data["spec"] if isinstance(data.get("spec"), dict) else {}
    if document.kind == "ProcessingOutputSet":
        spec["forEach"] = _for_each(document, spec["forEach"])
        spec["template"] = _each_text(spec["template"], lambda text: fill_variables(text, variables))
        spec = spec["template"].get("spec", {})
    for holder, name in ((spec.get("delivery", {}), "to"), (spec, "state")):
        if isinstance(holder.get(name), str):
            holder[name] = _from_place(fill_variables(holder[name], variables), document.folder, place)
    form: Json = data
    return form


def _for_each(document: Document, for_each: Mapping[str, Any]) -> dict[str, Json]:
    form: dict[str, Json] = {}
    if "list" in for_each:
        form["list"] = sorted(map(canonical, for_each["list"]))
    if "matrix" in for_each:
        form["matrix"] = {axis: sorted(map(canonical, values)) for axis, values in for_each["matrix"].items()}
    if search := search_of(document):
        form["search"] = [search.body_text, search.limit]
    return form


def _each_text(value: Json, changed: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return changed(value)
    if isinstance(value, Mapping):
        return {key: _each_text(entry, changed) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_each_text(entry, changed) for entry in value]
    return value


def _from_place(path: str, folder: str, place: str) -> str:
    """A relative path as seen from the Project's place; any other as it is."""
    if "://" in path or path.startswith("/"):
        return path
    return posixpath.relpath(posixpath.join(folder, path), place)
