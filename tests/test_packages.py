"""What an installation that is not editable gets."""

import pathlib
import tomllib

ROOT = pathlib.Path(__file__).parent.parent


def test_every_folder_with_code_is_installed():
    """The packages that pyproject.toml lists are the folders that hold code, no more and no less."""
    listed = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["setuptools"]["packages"]
    folders = {path.parent.relative_to(ROOT) for path in (ROOT / "reconciler").rglob("*.py")}

    assert set(listed) == {".".join(folder.parts) for folder in folders} | {"reconciler.schemas"}
