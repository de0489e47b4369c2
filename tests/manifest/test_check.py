"""Two validators of one schema: they have to agree."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.manifest import check
from reconciler.manifest.identify import KINDS
from reconciler.manifest.schemas import schema, validator

SCALARS = st.sampled_from(
    [None, True, False, 0, 1, -1, 2.0, 1.5, 10**20, 1e300, "", "a", "A", "a\n", "\n", "a b", "é", "month",
     "reconciler/v1", "x" * 64, "x" * 251, "\x07", "10m", "${item.x}", *KINDS]
)  # fmt: skip


def keys(node):
    """Every name of a field that a schema knows."""
    for name, child in node.get("properties", {}).items():
        yield name
        yield from keys(child)
    for inner in ("items", "additionalProperties"):
        if isinstance(node.get(inner), dict):
            yield from keys(node[inner])


def mutations(example, names):
    """An example with one of its values, or a new one, replaced by something else."""

    @st.composite
    def mutated(draw, value):
        if isinstance(value, dict) and draw(st.booleans()):
            key = draw(st.sampled_from([*value, *names]))
            return {**value, key: draw(mutated(value[key]) if key in value else SCALARS)}
        if isinstance(value, list) and value and draw(st.booleans()):
            index = draw(st.integers(0, len(value) - 1))
            return [*value[:index], draw(mutated(value[index])), *value[index + 1 :]]
        return draw(SCALARS | st.just([]) | st.just({}) | st.just([1, "a"]) | st.just({"a": 1}))

    return mutated(example)


@pytest.mark.parametrize("kind", KINDS)
@settings(deadline=None, max_examples=200)
@given(data=st.data())
def test_the_quick_validator_and_the_one_with_words_agree(kind, data):
    """Whatever a document says, one finds nothing exactly when the other one does."""
    against = check.validator(schema(kind))
    (example,) = schema(kind)["examples"]
    document = data.draw(mutations(example, sorted(set(keys(schema(kind))))))

    assert against.is_valid(document) == against.strict.is_valid(document), json.dumps(document)


def test_a_set_leaves_its_template_to_the_outputs():
    """What stands in a template is judged when it is filled in."""
    (example,) = schema("ProcessingOutputSet")["examples"]
    example["spec"]["template"] = {"metadata": 5, "spec": "x"}

    assert validator("ProcessingOutputSet").is_valid(example)
    assert not check.validator(schema("ProcessingOutputSet")).is_valid(example)
