"""A folder of manifests, and the way to read it."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from reconciler.errors import ManifestInvalid
from reconciler.manifest.read import read
from reconciler.manifest.tree import Tree as ManifestTree
from reconciler.model.output import Declared
from reconciler.model.problem import Problem

ITEM = "/v2/assets/stac/collections/21c0b14e/items/23e4567e"

Tree = Callable[[Mapping[str, str | bytes]], Path]
Offline = Callable[..., ManifestTree]
Reading = Callable[..., Declared]
Complaining = Callable[..., tuple[Problem, ...]]


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    """Writes files below a fresh folder that is its own git root, and returns that folder."""

    def write(files: Mapping[str, str | bytes]) -> Path:
        (tmp_path / ".git").mkdir(exist_ok=True)
        for name, content in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content.encode("utf-8", "surrogatepass") if isinstance(content, str) else content)
        return tmp_path

    return write


@pytest.fixture
def read_offline(tree: Tree) -> Offline:
    """Reads files that are given as text, without any item; `paths` default to the file m.yaml."""

    def run(files: Mapping[str, str | bytes] | str, *paths: str, **variables: str) -> ManifestTree:
        folder = tree({"m.yaml": files} if isinstance(files, str) else files)
        return read(paths or ("m.yaml",), cwd=folder, variables=variables)

    return run


@pytest.fixture
def reading(read_offline: Offline) -> Reading:
    """What files declare that need no search."""

    def run(files: Mapping[str, str | bytes] | str, *paths: str, **variables: str) -> Declared:
        return read_offline(files, *paths, **variables).with_items({})

    return run


@pytest.fixture
def complaining(reading: Reading) -> Complaining:
    """The problems of files that have some."""

    def run(files: Mapping[str, str | bytes] | str, *paths: str, **variables: str) -> tuple[Problem, ...]:
        with pytest.raises(ManifestInvalid) as caught:
            reading(files, *paths, **variables)
        return caught.value.problems

    return run


@pytest.fixture
def output() -> Callable[..., str]:
    """One ProcessingOutput as YAML; `spec` is added below its process and inputs, indented by two."""

    def write(name: str = "a", *, spec: str = "", labels: str = "{}", item: str = ITEM) -> str:
        return (
            "---\napiVersion: reconciler/v1\nkind: ProcessingOutput\n"
            f"metadata:\n  name: {name}\n  labels: {labels}\n"
            f"spec:\n  process: pansharpening\n  inputs:\n    item: {item}\n{spec}"
        )

    return write


@pytest.fixture
def output_set() -> Callable[..., str]:
    """One ProcessingOutputSet as YAML; `for_each` and `spec` are flow mappings or lines indented by four."""

    def write(
        for_each: str,
        template_name: str = "x",
        *,
        name: str = "s",
        inputs: str = f"{{item: {ITEM}}}",
        spec: str = "",
        labels: str = "{}",
        template_labels: str = "{}",
    ) -> str:
        return (
            "---\napiVersion: reconciler/v1\nkind: ProcessingOutputSet\n"
            f"metadata: {{name: {name}, labels: {labels}}}\n"
            f"spec:\n  forEach: {for_each}\n"
            f"  template:\n    metadata: {{name: '{template_name}', labels: {template_labels}}}\n"
            f"    spec:\n      process: pansharpening\n      inputs: {inputs}\n{spec}"
        )

    return write
