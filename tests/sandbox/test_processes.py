import pathlib
import re

import jsonschema
import numpy as np
import pytest

from reconciler.sandbox.moments import from_text
from reconciler.sandbox.scenes import COAST, FIELDS, FIELDS_LATER, RIVER, TOWN
from tests.sandbox.items import noise, put

pytestmark = pytest.mark.anyio
PROCESSES = "/v2/processing/processes"
PAN = {"title": "A title", "item": COAST.path}
MISSING = "/v2/assets/stac/collections/00000000-0000-4000-8000-000000000000/items/none"


DOCUMENT = pathlib.Path(__file__).parents[2] / "docs" / "sandbox-processes.md"
SINGLE, PAIR = ["title", "item"], ["title", "sourceItem", "referenceItem"]
#: Every process of section 12 and the one of 0a: kind, provider, price where there is a documented one, inputs.
OFFERED = {
    "pansharpening": ("enhancement", "Pixel Factory by Airbus", 4, [*SINGLE, "greyWeights"]),
    "true-color-conversion": ("enhancement", "UP42", 4, SINGLE),
    "coregistration-simularity": ("enhancement", "Simularity", 50, PAIR),
    "detection-change-simularity": ("analytics", "Simularity", 200, [*PAIR, "sensitivity"]),
    "upsampling-ns": ("enhancement", "NS", None, SINGLE),
    "upsampling-ns-sentinel": ("enhancement", "NS", None, SINGLE),
    "orthorectification-intermap": ("enhancement", "Intermap", None, SINGLE),
    "detection-buildings-spacept": ("analytics", "Spacept", None, SINGLE),
    "detection-trees-spacept": ("analytics", "Spacept", None, SINGLE),
    "detection-shadows-spacept": ("analytics", "Spacept", None, SINGLE),
    "detection-ships-airbus": ("analytics", "Airbus", None, SINGLE),
    "detection-wind-turbines-airbus": ("analytics", "Airbus", None, SINGLE),
    "detection-storage-tanks-airbus": ("analytics", "Airbus", None, SINGLE),
    "detection-cars-oi": ("analytics", "Orbital Insight", None, SINGLE),
    "detection-trucks-oi": ("analytics", "Orbital Insight", None, SINGLE),
    "detection-aircraft-oi": ("analytics", "Orbital Insight", 4.2, SINGLE),
}


async def test_the_list_has_summaries(driver):
    """The list has the summaries of the sixteen processes and no retired one, without inputs and outputs."""
    answer = (await driver.http.get(PROCESSES)).json()

    assert sorted(process["id"] for process in answer["processes"]) == sorted(OFFERED)
    assert not [process for process in answer["processes"] if {"inputs", "outputs"} & set(process)]


@pytest.mark.parametrize("process_id", OFFERED)
async def test_a_process_is_as_documented(driver, process_id):
    """Kind, provider, price and inputs are those of section 12; the EULA is the provider's own."""
    kind, provider, price, inputs = OFFERED[process_id]
    process = (await driver.http.get(f"{PROCESSES}/{process_id}")).json()
    parameters = {entry["name"]: entry["value"] for entry in process["additionalParameters"]["parameters"]}
    eula = (await driver.http.get(f"/v2/eulas/{parameters['eula-id'][0]}")).json()

    assert (parameters["kind"], parameters["provider"]) == ([kind], [provider])
    assert process["keywords"] == [kind, provider]
    assert list(process["inputs"]) == inputs
    assert eula["title"].startswith(provider)
    if price is not None:
        assert parameters["price"] == [{"credits": price, "unit": "SQ_KM"}]


async def test_every_process_is_explained(driver):
    """The page on the sandbox's processes has each of them, at its price."""
    rows = dict(re.findall(r"^\| `([a-z0-9-]+)` \| ([0-9.]+), ", DOCUMENT.read_text(), re.MULTILINE))
    listed = (await driver.http.get(PROCESSES)).json()["processes"]
    prices = {
        process["id"]: entry["value"][0]["credits"]
        for process in listed
        for entry in process["additionalParameters"]["parameters"]
        if entry["name"] == "price"
    }

    assert {process_id: float(price) for process_id, price in rows.items()} == prices


async def test_every_description_is_complete(driver):
    """Each process describes inputs with occurrence and a valid JSON Schema, outputs, EULA and price."""
    listed = (await driver.http.get(PROCESSES)).json()["processes"]
    for summary in listed:
        process = (await driver.http.get(f"{PROCESSES}/{summary['id']}")).json()
        parameters = {entry["name"]: entry["value"] for entry in process["additionalParameters"]["parameters"]}

        assert (await driver.http.get(f"/v2/eulas/{parameters['eula-id'][0]}")).status_code == 200
        assert parameters["price"][0]["unit"] == "SQ_KM"
        assert process["outputs"]
        assert process["inputs"]["title"]["schema"] == {"type": "string", "minLength": 1, "maxLength": 250}
        for description in process["inputs"].values():
            assert set(description) == {"title", "description", "minOccurs", "maxOccurs", "schema"}
            jsonschema.Draft202012Validator.check_schema(description["schema"])


async def test_sensitivity_publishes_its_default(driver):
    """The schema of sensitivity says its default and range, so that a client can drop or check it."""
    process = (await driver.http.get(f"{PROCESSES}/detection-change-simularity")).json()

    assert process["inputs"]["sensitivity"]["minOccurs"] == 0
    assert process["inputs"]["sensitivity"]["schema"] == {"type": "integer", "minimum": 1, "maximum": 10, "default": 2}


@pytest.mark.parametrize("path", ["", "/validation", "/cost", "/execution"])
async def test_an_unknown_process_is_404(driver, path):
    """A process that does not exist answers 404 with a problem body at every endpoint."""
    method = "POST" if path else "GET"
    answer = await driver.http.request(method, f"{PROCESSES}/none{path}", json={"inputs": {}} if path else None)

    assert answer.status_code == 404
    assert answer.json()["title"] == "Not Found"


@pytest.mark.parametrize(
    ("process", "inputs", "sentence"),
    [
        pytest.param("pansharpening", {"title": "x"}, "data.inputs must contain ['item'] properties", id="missing"),
        pytest.param("pansharpening", {}, "data.inputs must contain ['title', 'item'] properties", id="all missing"),
        pytest.param(
            "pansharpening", PAN | {"foo": 1}, "data.inputs must not contain {'foo'} properties", id="unknown input"
        ),
        pytest.param("pansharpening", PAN | {"title": 3}, "data.inputs.title must be string", id="type"),
        pytest.param(
            "pansharpening",
            PAN | {"title": "x" * 251},
            "data.inputs.title must be shorter than or equal to 250 characters",
            id="long title",
        ),
        pytest.param(
            "pansharpening",
            PAN | {"title": ""},
            "data.inputs.title must be longer than or equal to 1 characters",
            id="empty title",
        ),
        pytest.param(
            "pansharpening",
            PAN | {"greyWeights": [{"band": "red"}]},
            "data.inputs.greyWeights[0] must contain ['weight'] properties",
            id="inside a list",
        ),
        pytest.param("pansharpening", "text", "data.inputs must be object", id="no object"),
        pytest.param(
            "detection-change-simularity",
            {"title": "x", "sourceItem": "a", "referenceItem": "b", "sensitivity": 11},
            "data.inputs.sensitivity must be smaller than or equal to 10",
            id="range",
        ),
    ],
)
@pytest.mark.parametrize("endpoint", ["validation", "cost", "execution"])
async def test_shape_errors(driver, endpoint, process, inputs, sentence):
    """A body that does not fit the published schema is 400 with one sentence under `schema-error`."""
    answer = await driver.http.post(f"{PROCESSES}/{process}/{endpoint}", json={"inputs": inputs})

    assert answer.status_code == 400
    assert answer.json() == {"title": "Bad Request", "status": 400, "schema-error": sentence}


@pytest.mark.parametrize("body", [b"", b"{", b"[NaN]", b"[" * 100_000, b'{"inputs": NaN}'])
async def test_bodies_that_are_no_json(driver, body):
    """What is no JSON is 400, whatever it is."""
    answer = await driver.http.post(f"{PROCESSES}/pansharpening/validation", content=body)

    assert answer.status_code == 400
    assert answer.json()["schema-error"] == "data must be object"


async def test_a_huge_body_is_refused(driver):
    """A body over the limit is 413 before it is read as JSON."""
    answer = await driver.http.post(f"{PROCESSES}/pansharpening/validation", content=b" " * (9 << 20))

    assert answer.status_code == 413


@pytest.mark.parametrize(
    ("process", "inputs", "names"),
    [
        pytest.param("pansharpening", {"item": TOWN.path}, ["MissingPanchromaticAsset"], id="no pan band"),
        pytest.param(
            "pansharpening",
            {"item": COAST.path, "greyWeights": [{"band": "red", "weight": 1}, {"band": "red", "weight": 2}]},
            ["GreyWeightBandsNotUnique"],
            id="band twice",
        ),
        pytest.param(
            "pansharpening",
            {"item": COAST.path, "greyWeights": [{"band": "violet", "weight": 0}]},
            ["UnknownGreyWeightBand", "InvalidGreyWeights"],
            id="unknown band without weight",
        ),
        pytest.param("pansharpening", {"item": MISSING}, ["ItemNotFound"], id="no such item"),
        pytest.param("pansharpening", {"item": "https://example.com/a.tif"}, ["InvalidItem"], id="no item link"),
        pytest.param(
            "detection-change-simularity",
            {"sourceItem": MISSING, "referenceItem": "x"},
            ["ItemNotFound", "InvalidItem"],
            id="both items",
        ),
        pytest.param(
            "detection-change-simularity",
            {"sourceItem": COAST.path, "referenceItem": FIELDS.path},
            ["InsufficientOverlap"],
            id="far apart",
        ),
        pytest.param(
            "pansharpening",
            {"item": MISSING, "greyWeights": [{"band": "red", "weight": 0}, {"band": "red", "weight": 0}]},
            ["ItemNotFound", "GreyWeightBandsNotUnique", "InvalidGreyWeights"],
            id="missing item and weights",
        ),
        pytest.param(
            "coregistration-simularity",
            {"sourceItem": MISSING, "referenceItem": TOWN.path},
            ["ItemNotFound"],
            id="half a pair",
        ),
    ],
)
@pytest.mark.parametrize("endpoint", ["validation", "cost"])
async def test_inputs_without_meaning(driver, endpoint, process, inputs, names):
    """Inputs that fit the schema and cannot be used are 422 with every reason by name."""
    answer = await driver.http.post(f"{PROCESSES}/{process}/{endpoint}", json={"inputs": {"title": "x", **inputs}})

    assert answer.status_code == 422
    assert [error["name"] for error in answer.json()["errors"]] == names
    assert all(error["message"].endswith(".") for error in answer.json()["errors"])


#: An item of its own: its rasters, and what else is said of it.
EIGHT_BIT = ((noise(("red", "green", "blue"), dtype=np.uint8),), {})
GREY = ((noise(("gray",)),), {})
CLOUDY = ((noise(("blue", "red")),), {"cloud_cover": 25.0})
NEAR = ((noise(("blue", "red")),), {})
FAR = ((noise(("blue", "red"), west=400_000 + 515),), {})
NEXT_TO = ((noise(("blue", "red"), west=400_000 + 510),), {})
INFRARED = ((noise(("swir1", "swir2")),), {})
OLD = ((noise(("red", "green", "blue")),), {"created": from_text("2022-12-31T23:59:59.999999Z")})
NEW = ((noise(("red", "green", "blue")),), {"created": from_text("2023-01-01T00:00:00Z")})


@pytest.mark.parametrize(
    ("process", "specs", "names"),
    [
        pytest.param("true-color-conversion", [EIGHT_BIT], ["InvalidBitDepth"], id="eight bit"),
        pytest.param("true-color-conversion", [GREY], ["MissingBands"], id="no colours"),
        pytest.param("true-color-conversion", [OLD], ["ItemTooOld"], id="old"),
        pytest.param("true-color-conversion", [NEW], [], id="just new enough"),
        pytest.param("detection-trees-spacept", [GREY], ["MissingBands"], id="trees in grey"),
        pytest.param("detection-buildings-spacept", [GREY], ["MissingBands"], id="buildings in grey"),
        pytest.param("detection-shadows-spacept", [GREY], ["MissingBands"], id="shadows in grey"),
        pytest.param("detection-cars-oi", [GREY], [], id="cars in grey"),
        pytest.param("upsampling-ns", [GREY], [], id="upsampling grey"),
        pytest.param("upsampling-ns-sentinel", [GREY], ["UnsupportedCollection"], id="no Sentinel-2"),
        pytest.param("coregistration-simularity", [CLOUDY, NEAR], ["CloudCoverTooHigh"], id="cloudy source"),
        pytest.param("coregistration-simularity", [NEAR, CLOUDY], ["CloudCoverTooHigh"], id="cloudy reference"),
        pytest.param("coregistration-simularity", [NEAR, FAR], ["InsufficientOverlap"], id="overlap of 19.5 %"),
        pytest.param("coregistration-simularity", [NEAR, NEXT_TO], [], id="overlap of 20.3 %"),
        pytest.param("coregistration-simularity", [GREY, NEAR], ["MissingMultispectralAsset"], id="grey source"),
        pytest.param("coregistration-simularity", [NEAR, INFRARED], ["NoCommonBands"], id="other bands"),
        pytest.param(
            "detection-change-simularity",
            [GREY, ((noise(("blue", "red"), west=900_000.0),), {"cloud_cover": 80.0, "created": 0})],
            ["ItemTooOld", "MissingMultispectralAsset", "CloudCoverTooHigh", "InsufficientOverlap"],
            id="all at once",
        ),
    ],
)
async def test_items_that_a_process_cannot_use(driver, process, specs, names):
    """The input rules of section 12 each have a name, and every one that is broken is named."""
    links = [put(driver.sandbox, str(number), *rasters, **said) for number, (rasters, said) in enumerate(specs)]
    inputs = dict(zip(["item"] if len(links) == 1 else ["sourceItem", "referenceItem"], links, strict=True))
    answer = await driver.http.post(f"{PROCESSES}/{process}/validation", json={"inputs": {"title": "x", **inputs}})

    assert answer.status_code == (422 if names else 200)
    assert ([error["name"] for error in answer.json()["errors"]] if names else []) == names


@pytest.mark.parametrize("process", sorted(set(OFFERED) - {"upsampling-ns-sentinel"}))
async def test_a_result_without_rasters_is_no_input(driver, process):
    """GeoJSON cannot be processed again, whatever the process: it lacks a raster, or the bands that are needed."""
    _, (item,) = await driver.finished("detection-ships-airbus", item=COAST.path)
    link = next(link["href"] for link in item["links"] if link["rel"] == "self")
    inputs = {name: link for name in OFFERED[process][3] if name in ("item", "sourceItem", "referenceItem")}
    answer = await driver.http.post(f"{PROCESSES}/{process}/validation", json={"inputs": {"title": "x", **inputs}})

    assert answer.status_code == 422
    assert {error["name"] for error in answer.json()["errors"]} <= {
        "InvalidItem",
        "MissingBands",
        "MissingPanchromaticAsset",
        "MissingMultispectralAsset",
    }


async def test_the_sentinel_scene_is_for_its_process(driver):
    """Sentinel-2 imagery is known by its collection's name, and results keep that."""
    job, (item,) = await driver.finished("upsampling-ns-sentinel", item=RIVER.path)

    assert job["status"] == "captured"
    assert item["properties"]["up42-product:collection_name"] == "sentinel-2"


@pytest.mark.parametrize("host", ["", "https://api.up42.com", "http://127.0.0.1:8042"])
async def test_good_inputs_validate_on_any_host(driver, host):
    """Validation of good inputs is 200 without a body, whatever host the item link names."""
    body = {"inputs": {"title": "x", "item": host + COAST.path, "greyWeights": [{"band": "red", "weight": 0.4}]}}
    answer = await driver.http.post(f"{PROCESSES}/pansharpening/validation", json=body)

    assert (answer.status_code, answer.content) == (200, b"")


async def test_the_price_is_area_times_rate_without_its_fraction(driver):
    """A quote has the area as it is and the whole credits of area times price."""
    quote = (await driver.http.post(f"{PROCESSES}/pansharpening/cost", json={"inputs": PAN})).json()

    assert set(quote) == {"pricingStrategy", "totalCredits", "totalSize", "unit"}
    assert quote["totalSize"] == pytest.approx(3.84**2, rel=0.005)
    assert quote["totalCredits"] == int(quote["totalSize"] * 4) == 58


async def test_a_pair_is_priced_by_its_source(driver):
    """A process with two items is priced by the area of the first."""
    inputs = {"title": "x", "sourceItem": FIELDS_LATER.path, "referenceItem": FIELDS.path}
    quote = (await driver.http.post(f"{PROCESSES}/detection-change-simularity/cost", json={"inputs": inputs})).json()

    assert quote["totalCredits"] == int(quote["totalSize"] * 200)
