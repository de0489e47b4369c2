"""Job templates: each one of the SDK, on items that suit it, and what they say of inputs that do not."""

import dataclasses

import pytest
from up42 import base, processing_templates
from up42.processing_templates import GreyWeight, JobTemplate, Pansharpening, SingleItemJobTemplate

from tests.compat.up42.account import COAST, FIELDS, FIELDS_LATER, RIVER, TOWN, accept_all

#: Every class of the SDK that stands for a process.
TEMPLATES = [
    found
    for found in vars(processing_templates).values()
    if isinstance(found, type) and issubclass(found, JobTemplate) and "process_id" in vars(found)
]
#: The scene that suits a process; the coast suits the others.
SUITING = {"true-color-conversion": TOWN, "detection-trees-spacept": FIELDS, "upsampling-ns-sentinel": RIVER}
every_template = pytest.mark.parametrize("template", TEMPLATES, ids=lambda template: template.process_id)


def construct(template, scenes):
    """A template with a title, and a scene for every item that it takes."""
    chosen = {
        "title": f"Result of {template.process_id}",
        "item": scenes[SUITING.get(template.process_id, COAST)],
        "source_item": scenes[FIELDS_LATER],
        "reference_item": scenes[FIELDS],
    }
    names = {field.name for field in dataclasses.fields(template)}
    return template(**{name: value for name, value in chosen.items() if name in names})


@pytest.fixture(scope="module")
def templates(scenes):
    """Every template by its process id, all EULAs accepted."""
    accept_all()
    return {template.process_id: construct(template, scenes) for template in TEMPLATES}


@pytest.fixture(scope="module")
def jobs(templates):
    """A job of every valid template by its process id: all work at the same time."""
    return {process_id: template.execute() for process_id, template in templates.items() if template.is_valid}


@every_template
def test_a_template_is_valid_and_priced(templates, template):
    """Every template of the SDK is valid with suitable items, and has a price in whole credits, by area."""
    constructed = templates[template.process_id]

    assert constructed.errors == set()
    assert isinstance(constructed.cost.credits, int)
    assert (constructed.cost.strategy, constructed.cost.unit) == ("area", "SQ_KM")
    assert constructed.cost.size > 0


@every_template
def test_a_template_runs_to_its_end(templates, jobs, template):
    """A job of every template costs what was said before, and ends with an item whose assets have links."""
    job = jobs[template.process_id]

    job.track(wait=1, retries=60)

    assert job.status.value in {"successful", "captured"}
    assert job.credits == templates[template.process_id].cost.credits
    (item,) = job.collection.get_items()
    assert item.up42.job_id == job.id
    assert item.assets
    assert all(asset.file.url for asset in item.assets.values())


def test_a_template_belongs_to_the_users_workspace(templates, sandbox):
    """A template that names no workspace takes the user's own."""
    assert templates["pansharpening"].workspace_id == base.workspace.id == sandbox.workspace_id


def test_inputs_of_the_wrong_shape_are_said(scenes):
    """A title without a letter is refused by the schema, and the SDK reads the sentence."""
    (error,) = Pansharpening("", scenes[COAST]).errors

    assert error.name == "InvalidSchema"
    assert error.message.startswith("data.inputs.title")


@pytest.mark.parametrize(
    ("title", "weights", "names"),
    [
        (TOWN, (), {"MissingPanchromaticAsset"}),
        (COAST, ("red", "red"), {"GreyWeightBandsNotUnique"}),
        (TOWN, ("red", "red"), {"MissingPanchromaticAsset", "GreyWeightBandsNotUnique"}),
    ],
)
def test_inputs_without_sense_are_said(scenes, title, weights, names):
    """Inputs that fit the schema and cannot be used have every one of their faults in `errors`."""
    template = Pansharpening("Sharp", scenes[title], [GreyWeight(band, 0.5) for band in weights])

    assert {error.name for error in template.errors} == names
    assert not hasattr(template, "cost")


def test_an_unknown_process_is_said(scenes):
    """A template of a process that the service does not have is ProcessNotFound."""

    @dataclasses.dataclass
    class Unknown(SingleItemJobTemplate):
        process_id = "no-such-process"

    assert [error.name for error in Unknown("A title", scenes[COAST]).errors] == ["ProcessNotFound"]
