"""The digest of a tree: the same for the same meaning, another for another."""

import json
import re
import shutil

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reconciler.manifest.read import read

ITEM = "/v2/assets/stac/collections/c/items/i"
AREA = {"type": "Point", "coordinates": [1, 51]}
PROJECT = {"metadata": {"name": "p"}, "spec": {"delivery": {"to": "out/${var.p}/${output.name}"}, "state": "state"}}
ALONE = {"metadata": {"name": "a", "labels": {"team": "x"}}, "spec": {"process": "p", "inputs": {"item": ITEM}}}
OTHER = {"metadata": {"name": "b"}, "spec": {"process": "${var.p}", "inputs": {"items": [ITEM], "w": 1.0}}}
LISTED = {
    "metadata": {"name": "l"},
    "spec": {
        "forEach": {"list": [{"n": "x", "p": 1}, {"n": "y", "p": 2}], "matrix": {"s": [1, 2], "t": ["${var.p}"]}},
        "template": {
            "metadata": {"name": "${item.n}-${matrix.s}-${var.p}"},
            "spec": {"process": "p", "inputs": {"item": ITEM}, "delivery": {"to": "own/${output.name}"}},
        },
    },
}
FOUND = {
    "metadata": {"name": "f"},
    "spec": {
        "forEach": {"search": {"collections": ["c", "d"], "intersects": {"file": "aoi.geojson"}}},
        "template": {
            "metadata": {"name": "f-${item.id}"},
            "spec": {"process": "p", "inputs": {"item": "${item.href}"}},
        },
    },
}
RULES = {"metadata": {"name": "r"}, "spec": {"limits": {"creditsPerPlan": 5}}}
DOCUMENTS = {
    "Project": [PROJECT],
    "ProcessingOutput": [ALONE, OTHER],
    "ProcessingOutputSet": [LISTED, FOUND],
    "Policy": [RULES],
}  # fmt: skip
EVERY = [{"apiVersion": "reconciler/v1", "kind": kind, **one} for kind, every in DOCUMENTS.items() for one in every]


def digest(folder, documents, *, area=None, files=1, comment="", variable="pan"):
    """The digest of documents that are spread over some files."""
    shutil.rmtree(folder, ignore_errors=True)
    (folder / ".git").mkdir(parents=True)
    (folder / "aoi.geojson").write_text(json.dumps(area or AREA))
    for number in range(files):
        texts = [json.dumps(one) for one in documents[number::files]]
        (folder / f"{number}.yaml").write_text("".join(f"{comment}---\n{text}\n" for text in texts))
    return read(["."], cwd=folder, variables={"p": variable, "unused": comment}).digest


@pytest.fixture
def ours(tmp_path):
    return digest(tmp_path / "ours", EVERY)


def test_it_says_what_it_is(ours):
    """The name of the hash and 64 hex digits, as plans carry it."""
    assert re.fullmatch("sha256:[0-9a-f]{64}", ours)


@st.composite
def shuffled(draw, value, *, lists=False):
    """The same value with its keys in another order; below forEach also the lists that have no order."""
    if isinstance(value, dict):
        keys = draw(st.permutations(list(value)))
        unordered = value.keys() >= {"list"} or value.keys() >= {"s", "t"}
        return {key: draw(shuffled(value[key], lists=unordered)) for key in keys}
    if isinstance(value, list):
        entries = [draw(shuffled(entry)) for entry in value]
        return draw(st.permutations(entries)) if lists else entries
    return value


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
@given(data=st.data(), files=st.integers(1, 4), comment=st.sampled_from(["", "# x\n", "\n\n# é\n"]))
def test_order_comments_files_and_places_do_not_matter(tmp_path, ours, data, files, comment):
    """Documents, keys and the entries of forEach in any order, in any files, anywhere, are the same tree."""
    documents = [data.draw(shuffled(one)) for one in data.draw(st.permutations(EVERY))]

    assert digest(tmp_path / "elsewhere" / "deep", documents, files=files, comment=comment) == ours


def test_a_geometry_may_stand_in_the_file_or_the_manifest(tmp_path, ours):
    """What counts is the area, not where it is written, nor what else the file says."""
    inline = json.loads(json.dumps(EVERY).replace('{"file": "aoi.geojson"}', json.dumps(AREA)))
    feature = {"type": "Feature", "geometry": AREA, "properties": {"name": "x"}}

    assert digest(tmp_path / "a", inline) == digest(tmp_path / "b", EVERY, area=feature) == ours


def test_numbers_count_by_their_value(tmp_path, ours):
    """1 and 1.0 are one number."""
    assert digest(tmp_path / "a", json.loads(json.dumps(EVERY).replace('"w": 1.0', '"w": 1'))) == ours


def test_a_variable_counts_as_its_value(tmp_path, ours):
    """What a variable stands for might as well be written out."""
    assert digest(tmp_path / "a", json.loads(json.dumps(EVERY).replace("${var.p}", "pan"))) == ours


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"name": "p"', '"name": "q"'),
        ('"state": "state"', '"state": "other"'),
        ("out/", "elsewhere/"),
        ('"team": "x"', '"team": "y"'),
        ('"w": 1.0', '"w": 2'),
        ('"name": "a"', '"name": "c"'),
        ("own/", "mine/"),
        ('"s": [1, 2]', '"s": [1, 3]'),
        ('"s": [1, 2]', '"s": [1]'),
        ('"n": "x"', '"n": "z"'),
        ('"p": 2', '"p": 3'),
        ("f-${item.id}", "g-${item.id}"),
        ('["c", "d"]', '["c"]'),
        ('"creditsPerPlan": 5', '"creditsPerPlan": 6'),
        ('"items": ["/v2', '"priority": 1, "items": ["/v2'),
    ],
)
def test_whatever_is_declared_counts(tmp_path, ours, old, new):
    """Any other declaration is another digest."""
    text = json.dumps(EVERY)
    assert old in text

    assert digest(tmp_path / "a", json.loads(text.replace(old, new))) != ours


def test_the_area_of_a_search_counts(tmp_path, ours):
    """A changed GeoJSON file is a changed tree."""
    assert digest(tmp_path / "a", EVERY, area={"type": "Point", "coordinates": [1, 52]}) != ours


def test_the_value_of_a_variable_counts(tmp_path, ours):
    """Another value of a variable is another tree; a variable that nobody uses is none of it."""
    assert digest(tmp_path / "a", EVERY, variable="pansharpening") != ours


def test_a_missing_document_counts(tmp_path, ours):
    """Every document is part of the digest."""
    found = {digest(tmp_path / "a", EVERY[:index] + EVERY[index + 1 :]) for index in range(len(EVERY))}

    assert len(found | {ours}) == len(EVERY) + 1


def test_relative_places_are_told_from_the_project(tmp_path):
    """A manifest that delivers to the same place from another folder declares the same."""
    output = {"apiVersion": "reconciler/v1", "kind": "ProcessingOutput", **ALONE}

    def of(folder, place, to):
        (folder / place).mkdir(parents=True)
        (folder / ".git").mkdir()
        spec = {**output["spec"], "delivery": {"to": to}}
        (folder / place / "m.yaml").write_text(json.dumps({**output, "spec": spec}))
        return read([place], cwd=folder, variables={}).digest

    assert of(tmp_path / "1", "m", "../out") == of(tmp_path / "2", "n/o", "../../out")
    assert of(tmp_path / "3", "m", "out") != of(tmp_path / "4", "n", "out")
    assert of(tmp_path / "5", "m", "s3://b/x") == of(tmp_path / "6", "n", "s3://b/x")
