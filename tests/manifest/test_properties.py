"""Whatever stands in a file, it is declared or invalid."""

import json

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reconciler.errors import ManifestInvalid
from reconciler.manifest.read import read
from reconciler.model.problem import Problem

ANY_BYTES = st.binary(max_size=200) | st.text(max_size=200).map(lambda text: text.encode("utf-8", "surrogatepass"))
YAMLISH = st.lists(
    st.sampled_from(
        ["a", ":", " ", "\n", "- ", "{", "}", "[", "]", ",", "&a ", "*a", "!!int ", "!x ", "|", ">", "'", '"', "#",
         "---\n", "<<", "? ", "\t", "%YAML 1.2\n", "${var.x}", "apiVersion: reconciler/v1\n", "kind: Project\n",
         "spec:\n  ", "\\x00"]
    ),
    max_size=40,
).map(lambda parts: "".join(parts).encode())  # fmt: skip
NAMED = {"apiVersion": st.just("reconciler/v1"), "kind": st.sampled_from(["ProcessingOutput", "Project"])}
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=8,
)
FIELDS = [
    "name",
    "labels",
    "process",
    "inputs",
    "title",
    "delivery",
    "to",
    "retry",
    "attempts",
    "timing",
    "settle",
    "provider",
]
NESTED = st.dictionaries(
    st.sampled_from(FIELDS), ANY_JSON | st.dictionaries(st.sampled_from(FIELDS), ANY_JSON), max_size=5
)
DOCUMENT = st.fixed_dictionaries(NAMED, optional={"metadata": ANY_JSON | NESTED, "spec": ANY_JSON | NESTED})


def survives(folder, content: bytes) -> None:
    (folder / "m.yaml").write_bytes(content)
    problems: tuple[Problem, ...] = ()
    try:
        read(["m.yaml"], cwd=folder, variables={"x": "1"})
    except ManifestInvalid as error:
        problems = error.problems
    for problem in problems:
        assert min(problem.position.line, problem.position.column) >= 1
        assert f"{problem.field}{problem.message}{problem.hint}".isprintable()


SHARED_FOLDER = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=300)


@SHARED_FOLDER
@given(content=ANY_BYTES | YAMLISH)
def test_any_file_is_declared_or_invalid(tmp_path, content):
    """Whatever stands in a file, the answer is what it declares or problems with places, never another error."""
    survives(tmp_path, content)


@SHARED_FOLDER
@given(document=DOCUMENT)
def test_any_document_is_declared_or_invalid(tmp_path, document):
    """Whatever stands in the fields of a document, the answer is what it declares or problems with places."""
    survives(tmp_path, json.dumps(document, ensure_ascii=False).encode("utf-8", "surrogatepass"))
