import json
from importlib import resources

import pytest
from jsonschema import Draft202012Validator

from reconciler.errors import UsageError
from reconciler.manifest import check
from reconciler.manifest.read import KINDS, schema

ANNOTATIONS = {"title", "description", "examples"}


def fields(node, path=()):
    """Every field that a schema describes, with its schema."""
    for name, child in node.get("properties", {}).items():
        yield (*path, name), child
        yield from fields(child, (*path, name))
    if isinstance(node.get("items"), dict):
        yield (*path, "[]"), node["items"]
        yield from fields(node["items"], (*path, "[]"))


ALL_FIELDS = [(kind, path, child) for kind in KINDS for path, child in fields(schema(kind))]


@pytest.mark.parametrize("kind", KINDS)
def test_schemas_are_valid_and_shipped(kind):
    """Each kind has a JSON Schema of draft 2020-12 inside the package, with an id of its own."""
    loaded = schema(kind)

    Draft202012Validator.check_schema(loaded)
    assert loaded["$id"] == f"urn:reconciler:v1:{kind}"
    assert loaded == json.loads(resources.files("reconciler.schemas").joinpath(f"{kind}.json").read_text("utf-8"))


@pytest.mark.parametrize(
    ("kind", "path", "field"), ALL_FIELDS, ids=lambda value: ".".join(value) if isinstance(value, tuple) else ""
)
def test_every_field_speaks_to_people(kind, path, field):
    """Editors can show a title, a description and an example of each field, and each example is right."""
    assert field.keys() >= ANNOTATIONS
    assert field["description"].endswith(".")
    for example in field["examples"]:
        assert check.validator(field).is_valid(example)


@pytest.mark.parametrize(
    ("kind", "path", "field"), ALL_FIELDS, ids=lambda value: ".".join(value) if isinstance(value, tuple) else ""
)
def test_no_mapping_takes_unknown_fields(kind, path, field):
    """A misspelled field is found everywhere but in inputs, which the process describes itself."""
    if field.get("type") == "object" and path[-1] != "inputs":
        assert field["additionalProperties"] is not True
        assert "additionalProperties" in field


@pytest.mark.parametrize("kind", KINDS)
def test_the_examples_of_a_kind_are_right(kind):
    """The example of a whole document passes its own schema."""
    loaded = schema(kind)

    assert all(check.validator(loaded).is_valid(example) for example in loaded["examples"])


def test_patterns_do_not_let_a_line_break_follow():
    """`$` in a schema is the end of the text, as in the JSON Schema of every other language."""
    strict = check.validator({"pattern": "^[a-z]+$"})

    assert strict.is_valid("abc")
    assert not strict.is_valid("abc\n")


def test_an_unknown_kind_is_a_usage_error():
    """Asking for another schema names those that exist."""
    with pytest.raises(UsageError) as caught:
        schema("Policies")

    assert "ProcessingOutput" in caught.value.hint


EXPRESSION = {"type": "string", "pattern": "\\$\\{"}


def templated(field):
    """The schema of a field in a template: one that takes no expression takes it, too."""
    if "properties" in field:
        return {**field, "properties": {name: templated(child) for name, child in field["properties"].items()}}
    takes_expressions = field.get("type") in ("object", "array") or check.validator(field).is_valid("${item.x}")
    if takes_expressions and "format" not in field:
        return field
    rules = {key: value for key, value in field.items() if key not in (*ANNOTATIONS, "default")}
    notes = {key: value for key, value in field.items() if key not in rules}
    return {**notes, "anyOf": [rules, EXPRESSION]}


def without_words(field):
    """A schema without what it says to people, which may differ."""
    words = ("description", "examples")
    inside = {name: without_words(child) for name, child in field.get("properties", {}).items()}
    return {key: value for key, value in field.items() if key not in words} | ({"properties": inside} if inside else {})


def test_a_template_takes_what_an_output_takes():
    """The spec of a template is that of an output, field by field, with expressions where they are filled in."""
    output = schema("ProcessingOutput")["properties"]["spec"]
    template = schema("ProcessingOutputSet")["properties"]["spec"]["properties"]["template"]["properties"]["spec"]

    assert without_words(template) == without_words(templated(output))
