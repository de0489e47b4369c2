import pytest

from reconciler.sandbox.account.eulas import SPACEPT

pytestmark = pytest.mark.anyio


async def spacept(driver):
    return (await driver.http.get(f"/v2/eulas/{SPACEPT}")).json()


async def test_the_list_is_a_spring_page(driver):
    """The list has `content`, totals and pages by `page` and `size`."""
    first = (await driver.http.get("/v2/eulas?size=5")).json()
    second = (await driver.http.get("/v2/eulas?size=5&page=1")).json()

    assert (first["totalElements"], first["totalPages"]) == (8, 2)
    assert len({eula["id"] for eula in first["content"] + second["content"]}) == 8


async def test_a_eula_has_every_documented_field(driver):
    """A EULA has the fields of section 3; only Spacept's is not accepted in a new sandbox."""
    eula = await spacept(driver)
    listed = (await driver.http.get("/v2/eulas")).json()["content"]

    assert set(eula) == {
        "id",
        "title",
        "description",
        "currentDocumentId",
        "currentDocumentUrl",
        "currentDocumentCreatedAt",
        "currentDocumentValidFrom",
        "currentDocumentFilename",
        "isAccepted",
        "acceptedAt",
        "acceptedById",
    }
    assert [entry["id"] for entry in listed if not entry["isAccepted"]] == [SPACEPT]
    assert (eula["acceptedAt"], eula["acceptedById"]) == (None, None)


@pytest.mark.parametrize("method", ["PATCH", "PUT"])
async def test_a_document_is_accepted_by_either_method(driver, method):
    """PATCH and PUT both accept, and the EULA then says so."""
    path = f"/v2/eulas/{SPACEPT}/documents/{(await spacept(driver))['currentDocumentId']}"
    answer = await driver.http.request(method, path, json={"isAccepted": True})
    eula = await spacept(driver)

    assert answer.status_code == 200
    assert answer.json()["isAccepted"] is True
    assert (eula["isAccepted"], eula["acceptedAt"]) == (True, "2026-03-01T12:00:00.000000Z")


async def test_a_eula_has_its_documents(driver):
    """The documents of a EULA can be listed, read one by one, and their file fetched."""
    listed = (await driver.http.get(f"/v2/eulas/{SPACEPT}/documents")).json()["content"]
    one = (await driver.http.get(f"/v2/eulas/{SPACEPT}/documents/{listed[0]['id']}")).json()
    file = await driver.http.get(one["url"])

    assert one == listed[0]
    assert (one["version"], one["isCurrent"], one["filename"]) == (1, True, "1.pdf")
    assert file.content.startswith(b"%PDF")


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        pytest.param("GET", "/v2/eulas/none", None, 404, id="no eula"),
        pytest.param("GET", "/v2/eulas/none/documents", None, 404, id="no eula with documents"),
        pytest.param("GET", f"/v2/eulas/{SPACEPT}/documents/none", None, 404, id="no document"),
        pytest.param("PATCH", f"/v2/eulas/{SPACEPT}/documents/none", {"isAccepted": True}, 404, id="accept nothing"),
        pytest.param("PATCH", f"/v2/eulas/{SPACEPT}/documents/none", {"isAccepted": False}, 400, id="take back"),
        pytest.param("PATCH", f"/v2/eulas/{SPACEPT}/documents/none", [], 400, id="no object"),
        pytest.param("GET", "/v2/eulas?size=0", None, 400, id="no size"),
    ],
)
async def test_what_cannot_be_read_or_accepted(driver, method, path, body, status):
    """Unknown EULAs and documents are 404, other bodies than acceptance 400, and nothing is accepted."""
    answer = await driver.http.request(method, path, json=body)

    assert answer.status_code == status
    assert set(answer.json()) == {"code", "message", "details"}
    assert (await spacept(driver))["isAccepted"] is False
