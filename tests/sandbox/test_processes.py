import jsonschema
import pytest

from reconciler.sandbox.scenes import COAST, FIELDS, FIELDS_LATER, TOWN

pytestmark = pytest.mark.anyio
PROCESSES = "/v2/processing/processes"
PAN = {"title": "A title", "item": COAST.path}
MISSING = "/v2/assets/stac/collections/00000000-0000-4000-8000-000000000000/items/none"


async def test_the_list_has_summaries(driver):
    """The list wraps summaries, which have neither inputs nor outputs."""
    answer = (await driver.http.get(PROCESSES)).json()

    assert {process["id"] for process in answer["processes"]} == {
        "pansharpening",
        "true-color-conversion",
        "detection-ships-airbus",
        "detection-trees-spacept",
        "detection-change-simularity",
    }
    assert not [process for process in answer["processes"] if {"inputs", "outputs"} & set(process)]


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
    ],
)
@pytest.mark.parametrize("endpoint", ["validation", "cost"])
async def test_inputs_without_meaning(driver, endpoint, process, inputs, names):
    """Inputs that fit the schema and cannot be used are 422 with every reason by name."""
    answer = await driver.http.post(f"{PROCESSES}/{process}/{endpoint}", json={"inputs": {"title": "x", **inputs}})

    assert answer.status_code == 422
    assert [error["name"] for error in answer.json()["errors"]] == names
    assert all(error["message"].endswith(".") for error in answer.json()["errors"])


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
