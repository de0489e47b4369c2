"""Which files are read, which documents are ours."""

import os
from pathlib import Path

import pytest

from reconciler.errors import ManifestInvalid, UsageError
from reconciler.manifest.read import read


def names(declared):
    return [output.name for output in declared.outputs]


def test_a_folder_is_read_recursively_in_sorted_order(reading, output):
    """Every YAML file below a folder is read, sorted by name folder by folder."""
    declared = reading(
        {
            "b.yaml": output("b"),
            "a/z.yml": output("az") + output("az2"),
            "a/b/c.yaml": output("abc"),
            "c.txt": "x: [",
            "a.yaml": output("a"),
        },
        ".",
    )

    assert names(declared) == ["abc", "az", "az2", "a", "b"]
    assert not declared.notes


@pytest.mark.parametrize(
    ("path", "shown"),
    [("m", "m/a.yaml"), ("./m/", "m/a.yaml"), (".", "m/a.yaml"), ("m/a.yaml", "m/a.yaml"), ("x/../m", "m/a.yaml")],
)
def test_files_are_called_as_the_user_called_them(reading, output, path, shown):
    """A position starts with the path as it was typed, so that it can be opened from the same folder."""
    declared = reading({"m/a.yaml": output()}, path)

    assert declared.outputs[0].position.file == shown


def test_an_absolute_path_stays_absolute(tree, output):
    """A path that was typed in full is shown in full."""
    folder = tree({"m/a.yaml": output()})

    declared = read([folder / "m"], cwd=Path("/"), variables={})

    assert declared.outputs[0].position.file == f"{folder}/m/a.yaml"


def test_dot_folders_are_passed_over_with_a_note(reading, output):
    """Folders of tools are not searched, and that is said once for each place."""
    declared = reading({"m/a.yaml": output(), "m/.github/w.yaml": "x: [", "m/.venv/y.yaml": "x: ["}, "m")

    assert names(declared) == ["a"]
    assert declared.notes == ("m: passed over .github and .venv (the name starts with a dot).",)


@pytest.mark.parametrize(
    "foreign",
    [
        pytest.param("apiVersion: apps/v1\nkind: Deployment\n---\napiVersion: v1\nkind: List\n", id="kubernetes"),
        pytest.param("services: {web: {image: x}}\n---\n- a list\n", id="no apiVersion"),
        pytest.param("apiVersion: project.openshift.io/v1\nkind: Project\n---\napiVersion: [x]\n", id="same kind"),
        pytest.param("apiVersion: v1\nx: !Ref y\na: 1\na: 2\nb: {<<: {}}\n---\nx: !!set {}\n", id="mistakes of others"),
        pytest.param("apiVersion: v1\nx: [" + "a," * 150_000 + "]\n---\nkind: X\n", id="large"),
    ],
)
def test_documents_of_others_are_passed_over_with_a_note(reading, output, foreign):
    """In a walk, another tool's documents are neither read nor judged, and a note counts them."""
    declared = reading({"m/a.yaml": foreign + "---\n" + output(), "m/b.yaml": "# empty\n"}, "m")

    assert names(declared) == ["a"]
    assert declared.notes == ("m/a.yaml: passed over 2 documents of another apiVersion than reconciler/v1.",)


@pytest.mark.parametrize(
    ("text", "part"),
    [
        pytest.param("kind: ProcessingOutput\n", "is missing", id="apiVersion forgotten"),
        pytest.param("apiVersion: reconcilier/v1\nkind: ProcessingOutput\n", "reconcilier/v1", id="misspelled"),
        pytest.param("apiVersion: reconciler/v2\nkind: Other\n", "reconciler/v2", id="a version of ours"),
        pytest.param("- apiVersion: reconciler/v1\n  kind: Project\n", "is a list", id="a list of ours"),
        pytest.param("x: &a [" + "1," * 999 + "]\ny: [" + "*a," * 999 + "]\n", "unfolds", id="a bomb that is nobody's"),
        pytest.param("apiVersion: v1\nx: [", "YAML", id="broken file of others"),
    ],
)
def test_a_mistake_in_a_walk_does_not_pass_as_foreign(complaining, text, part):
    """What looks like ours with a mistake, or cannot be read, is a problem even in a walk."""
    (problem,) = complaining({"m/a.yaml": text}, "m")

    assert part in problem.message


def test_nothing_found_is_said(reading):
    """A folder without any output of ours is valid, and a note says that nothing was found."""
    declared = reading({"m/readme.txt": "x"}, "m")

    assert declared.outputs == ()
    assert declared.notes == ("No ProcessingOutput was found.",)


def test_symbolic_links_are_followed_once(tree, output):
    """A loop of folders ends, and a file that two links lead to is read once."""
    folder = tree({"m/real/a.yaml": output()})
    (folder / "m" / "loop").symlink_to(folder / "m", target_is_directory=True)
    (folder / "m" / "real" / "b.yaml").symlink_to("a.yaml")
    (folder / "m" / "gone.yaml").symlink_to("nowhere")

    declared = read(["m", "m/real/a.yaml"], cwd=folder, variables={})

    assert names(declared) == ["a"]
    assert declared.notes == ("m: passed over gone.yaml (no regular file is there).",)


def test_a_pipe_is_not_waited_for(tree, output):
    """Something that is no regular file is passed over instead of read."""
    folder = tree({"m/a.yaml": output()})
    os.mkfifo(folder / "m" / "b.yaml")

    assert names(read(["m"], cwd=folder, variables={})) == ["a"]
    with pytest.raises(UsageError, match="neither a file nor a folder"):
        read(["m/b.yaml"], cwd=folder, variables={})


@pytest.mark.parametrize(
    "paths", [["nope"], ["m.yaml/x"], ["a\x00b"], ["x" * 5000], []], ids=lambda paths: repr(paths)[:12]
)
def test_a_path_that_is_not_there_is_a_usage_error(tree, paths):
    """A path that leads nowhere is a mistake of the command, with a hint."""
    folder = tree({"m.yaml": ""})

    with pytest.raises(UsageError) as caught:
        read(paths, cwd=folder, variables={})

    assert caught.value.hint


def test_names_of_files_are_shown_harmlessly(tree):
    """A file name cannot carry a terminal code or bytes that are no text into a position."""
    folder = tree({"m/\x1b[31m.yaml": "a: ["})
    (Path(os.fsdecode(os.fsencode(folder / "m")) + "/" + os.fsdecode(b"\xff.yaml"))).write_text("a: [")

    with pytest.raises(ManifestInvalid) as caught:
        read(["m"], cwd=folder, variables={})

    assert [problem.position.file.isprintable() for problem in caught.value.problems] == [True, True]


def test_a_file_that_is_too_large_is_a_problem(tree):
    """A file of more than 64 MiB is not read at all."""
    folder = tree({})
    with (folder / "m.yaml").open("wb") as file:
        file.truncate(64 * 1_048_576 + 1)

    with pytest.raises(ManifestInvalid) as caught:
        read(["m.yaml"], cwd=folder, variables={})

    assert "64 MiB" in caught.value.problems[0].message
