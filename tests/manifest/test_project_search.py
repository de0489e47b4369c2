"""Where the Project of a tree is looked for."""

import pytest

from reconciler.errors import ManifestInvalid
from reconciler.manifest.load import load
from reconciler.manifest.read import read, read_project

PROJECT = "apiVersion: reconciler/v1\nkind: Project\nmetadata: {name: p}\n"


def names(declared):
    return [output.name for output in declared.outputs]


@pytest.mark.parametrize(
    ("project_at", "paths", "place"),
    [
        pytest.param("m/sub/p.yaml", ["m"], "m/sub", id="inside the walk"),
        pytest.param("m/p.yaml", ["m/sub"], "m", id="in the folder above"),
        pytest.param("p.yml", ["m/sub"], "", id="at the git root"),
        pytest.param("m/sub/p.yaml", ["m/sub/a.yaml"], "m/sub", id="beside the file"),
        pytest.param("m/other/p.yaml", ["m/sub"], "", id="not in a sibling: the git root"),
        pytest.param("m/p.txt", ["m/sub"], "", id="not in another kind of file"),
    ],
)
def test_a_project_is_looked_for_in_the_path_and_above(tree, output, project_at, paths, place):
    """The place of a tree is the folder of its Project's file, else the git root."""
    folder = tree({"m/sub/a.yaml": output(), project_at: PROJECT})

    declared = read(paths, cwd=folder, variables={})

    assert declared.project.place == str(folder / place)


def test_the_nearest_counts(tree, output):
    """A Project nearer to the path hides one further up."""
    folder = tree({"p.yaml": PROJECT.replace("{name: p}", "{name: far}"), "m/p.yaml": PROJECT, "m/s/a.yaml": output()})

    assert read(["m/s"], cwd=folder, variables={}).project.name == "p"


def test_nothing_above_the_git_root_counts(tree, output):
    """Another repository around this one is nobody's business."""
    folder = tree({"p.yaml": PROJECT, "inner/.git/HEAD": "", "inner/a.yaml": output()})

    assert read(["inner"], cwd=folder, variables={}).project.place == str(folder / "inner")


def test_without_a_git_root_the_current_folder_is_the_place(tree, output):
    """Outside of any repository, the search ends at the current folder."""
    folder = tree({"p.yaml": PROJECT, "work/m/a.yaml": output()})
    (folder / ".git").rmdir()

    assert read(["m"], cwd=folder / "work", variables={}).project.place == str(folder / "work")
    assert read(["work/m"], cwd=folder, variables={}).project.name == "p"


def test_other_documents_above_are_left_alone(tree, output):
    """Above the path only a Project is read; outputs and mistakes of others there do not matter."""
    folder = tree(
        {"x.yaml": output("other", spec="  bad: 1\n") + "---\n" + PROJECT, "y.yaml": "a: [", "m/a.yaml": output()}
    )

    declared = read(["m"], cwd=folder, variables={})

    assert (names(declared), declared.project.name) == (["a"], "p")


def test_outputs_beside_the_project_are_read_when_asked_for(tree, output):
    """A file that was searched for the Project is still read when a later path leads to it."""
    folder = tree({"x.yaml": PROJECT + output("b"), "m/a.yaml": output()})

    assert names(read(["m", "x.yaml"], cwd=folder, variables={})) == ["a", "b"]


def test_a_file_above_that_may_hide_the_project_is_a_problem(tree, output):
    """A Project file that cannot be read is not taken for no Project: claims would be kept elsewhere."""
    folder = tree({"p.yaml": PROJECT + "spec: [\n", "m/a.yaml": output()})

    with pytest.raises(ManifestInvalid) as caught:
        read(["m"], cwd=folder, variables={})

    assert caught.value.problems[0].position.file == "p.yaml"


@pytest.mark.parametrize(
    ("files", "paths"),
    [
        pytest.param({"a.yaml": PROJECT, "b/p.yaml": PROJECT}, ["."], id="in one walk"),
        pytest.param({"a.yaml": PROJECT + "---\n" + PROJECT}, ["a.yaml"], id="in one file"),
        pytest.param({"a/p.yaml": PROJECT, "b/p.yaml": PROJECT}, ["a", "b"], id="of two paths"),
        pytest.param({"p.yaml": PROJECT, "q.yaml": PROJECT, "m/x.yaml": ""}, ["m"], id="both above"),
    ],
)
def test_two_projects_in_a_tree_are_a_problem_that_names_both(tree, files, paths):
    """A tree has one Project; the second one says where the first stands."""
    folder = tree(files)

    with pytest.raises(ManifestInvalid) as caught:
        read(paths, cwd=folder, variables={})

    (problem,) = caught.value.problems
    first = load(paths, cwd=folder).project
    assert "second Project" in problem.message
    assert str(first.position(first.root)) in problem.hint


def test_one_project_for_several_paths_is_fine(tree, output):
    """Paths that lead to the same Project belong together."""
    folder = tree({"p.yaml": PROJECT, "a/a.yaml": output("a"), "b/b.yaml": output("b")})

    assert read(["a", "b", "p.yaml", "."], cwd=folder, variables={}).project.name == "p"


def test_a_project_can_be_read_without_any_output(tree, output):
    """Commands that take no manifests find the Project around the current folder, whatever outputs stand there."""
    folder = tree({"p.yaml": PROJECT + output(spec="  bad: 1\n"), "m/x.yaml": "a: ["})

    project = read_project(folder / "m", variables={})

    assert (project.name, project.place) == ("p", str(folder))


def test_without_one_the_defaults_count(tree):
    """Where no Project is, the git root is the place."""
    folder = tree({"m/x.yaml": ""})

    assert read_project(folder / "m", variables={}).place == str(folder)


def test_mistakes_of_a_project_are_told(tree):
    """A Project with a mistake is no Project to work with."""
    folder = tree({"p.yaml": PROJECT + "spec: {stat: x}\n"})

    with pytest.raises(ManifestInvalid):
        read_project(folder, variables={})
