"""The ledger after the fact: every credit that left the account is in one row, whoever spent it."""

import csv
from collections import Counter
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from reconciler.sandbox.settings import DEFAULT_WORKSPACE_ID
from tests.e2e.harness import COAST, TOWN, Repo, Service, output

TOKEN_PATH = "/realms/public/protocol/openid-connect/token"


def labelled(name: str, labels: str, *arguments: str, **more: str) -> str:
    return output(name, *arguments, **more).replace(f"{{name: {name}}}", f"{{name: {name}, labels: {{{labels}}}}}")


def weighted(weight: int) -> str:
    return f"{{item: {COAST}, greyWeights: [{{band: red, weight: {weight}}}]}}"


def sign_in(http: httpx.Client) -> None:
    """As somebody at the console, beside reconciler."""
    form = {"grant_type": "password", "username": "sandbox@example.com", "password": "sandbox", "client_id": "up42-api"}
    http.headers["Authorization"] = f"Bearer {http.post(TOKEN_PATH, data=form).json()['access_token']}"


def by_hand(http: httpx.Client) -> None:
    """A job that no manifest declares, run to its end."""
    path = "/v2/processing/processes/true-color-conversion"
    answer = http.post(
        f"{path}/execution",
        params={"workspaceId": DEFAULT_WORKSPACE_ID},
        json={"inputs": {"title": "by hand", "item": f"{http.base_url}{TOWN}".replace("//v2", "/v2")}},
    )
    assert answer.is_success, answer.text
    job_id = answer.json()["jobID"]
    while http.get(f"/v2/processing/jobs/{job_id}").json()["status"] != "captured":
        http.post("/sandbox/clock", json={"advanceSeconds": 60})


def sandbox_sums(http: httpx.Client) -> Counter[str]:
    """What the sandbox's own ledger says was charged, is held and was given back."""
    moved: dict[str, Counter[str]] = {}
    for line in http.get("/sandbox/ledger").json()["entries"]:
        if line["jobID"] is not None:
            moved.setdefault(line["jobID"], Counter())[line["kind"]] += line["amount"]
    found: Counter[str] = Counter()
    for kinds in moved.values():
        charged = -kinds["PROCESSING"]
        found["charged"] += charged
        found["held"] -= kinds["HOLD"] + kinds["HOLD_RELEASE"]
        found["released"] += 0 if charged else kinds["HOLD_RELEASE"]
    return found


@pytest.fixture
def spent(repo: Repo, service: Service) -> Iterator[httpx.Client]:
    """An account with jobs of every kind: captured, captured dearer than quoted, released, running, and by hand."""
    with httpx.Client(base_url=service.server.base_url) as http:
        sign_in(http)
        by_hand(http)
        _apply_in_every_way(repo, service)
        yield http


def _apply_in_every_way(repo: Repo, service: Service) -> None:
    repo.write(labelled("coast", "team: coastal, area: uk", inputs=weighted(1)))
    repo.run("apply", "outputs.yaml", "--yes").ended(0)
    service.fault("job-fails:count=1")
    repo.write(labelled("fails", "team: coastal", inputs=weighted(2)))
    repo.run("apply", "outputs.yaml", "--yes").ended(7)
    service.fault("price-rises:count=1,credits=5")
    repo.write(labelled("dear", "team: inland", inputs=weighted(3)))
    repo.run("apply", "outputs.yaml", "--yes").ended(0)
    service.fault("job-stuck:count=1,status=running")
    repo.write(output("runs", inputs=weighted(4)))
    repo.run("apply", "outputs.yaml", "--yes", "--timeout", "1s").ended(6)
    repo.write(
        labelled("coast", "team: coastal, area: uk", inputs=weighted(1))
        + labelled("fails", "team: coastal", inputs=weighted(2))
        + output("runs", inputs=weighted(4))
    )


def ledger(repo: Repo, *arguments: str) -> Any:
    return repo.run("ledger", "outputs.yaml", "--format", "json", *arguments).ended(0).document


def test_the_ledger_closes_to_the_credit(repo: Repo, service: Service, spent: httpx.Client) -> None:
    """Charged, held and released are the sandbox's own, and the balance's change; every job is in its output's row.

    Of an output that is declared no more the claim remembers it, and the job by hand is apart from all.
    """
    found = ledger(repo)

    sums = sandbox_sums(spent)
    total = found["total"]
    assert {name: total[name] for name in ("charged", "held", "released")} == dict(sums)
    assert all(sums.values())
    assert total["charged"] + total["held"] == 1_000_000 - service.sandbox.credits_available()
    assert found["balance"] == service.sandbox.credits_available()
    assert found["closes"]
    assert total["quoted"] + total["difference"] == found["reported"] == sum(sums.values())
    rows = {row["key"]: row for row in found["groups"]}
    price = rows["coast"]["quoted"]

    kinds = ("quoted", "charged", "released", "held", "difference")
    assert {name: tuple(row[kind] for kind in kinds) for name, row in rows.items()} == {
        "coast": (price, price, 0, 0, 0),
        "dear": (price, price + 5, 0, 0, 5),
        "fails": (price, 0, price, 0, 0),
        "runs": (price, 0, 0, price, 0),
    }
    assert found["others"]["jobs"] == 1
    assert found["others"]["charged"] > 0
    # Without claims, jobs are known by their work; what was quoted for the dear one nobody remembers.
    without = forgotten(repo)
    assert ([row["key"] for row in without["groups"]], without["others"]["jobs"]) == (["coast", "fails", "runs"], 2)
    assert without["total"] == {**total, "quoted": total["quoted"] + 5, "difference": 0}


def forgotten(repo: Repo) -> Any:
    """The ledger of a runner whose disk is new."""
    return repo.run("ledger", "outputs.yaml", "--format", "json", RECONCILER_STATE=str(repo.folder / "new")).document


def test_every_view_has_the_same_total(repo: Repo, service: Service, spent: httpx.Client) -> None:
    """By label, process, month or selection, as text and CSV; a month without jobs is empty; looking is free."""
    available = service.sandbox.credits_available()
    service.forget()
    total = ledger(repo)["total"]
    by_label, by_process, by_month = (ledger(repo, "--by", by) for by in ("label", "process", "month"))

    assert [row["key"] for row in by_label["groups"]] == ["(none)", "area=uk", "team=coastal", "team=inland"]
    assert [row["key"] for row in by_process["groups"]] == ["pansharpening"]
    (month,) = by_month["groups"]
    assert by_label["total"] == by_process["total"] == by_month["total"] == total
    assert ledger(repo, "--month", month["key"])["total"] == total
    empty = ledger(repo, "--month", "2024-06")
    assert (empty["total"]["jobs"], empty["reported"], empty["closes"]) == (0, 0, True)
    selected = ledger(repo, "--select", "coast")
    assert ([row["key"] for row in selected["groups"]], selected["others"]["jobs"]) == (["coast"], 4)
    assert selected["total"] == total
    text = repo.run("ledger", "outputs.yaml").ended(0).out
    assert text.splitlines()[0].split() == ["OUTPUT", "JOBS", "QUOTED", "CHARGED", "RELEASED", "HELD", "DIFFERENCE"]
    assert "This closes with what UP42 reports" in text
    rows = list(csv.DictReader(repo.run("ledger", "outputs.yaml", "--format", "csv").ended(0).out.splitlines()))
    assert sum(int(row["charged_credits"]) for row in rows[:-1]) == int(rows[-1]["charged_credits"]) == total["charged"]
    assert set(service.posts()) <= {"token"}
    assert service.sandbox.credits_available() == available


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--by", "colour"], "not one of output, label, label:KEY, process, month"),
        (["--by", "label:"], "not one of"),
        (["--month", "June"], "write 2024-06"),
        (["--month", "2024-6"], "write 2024-06"),
        (["--month", "2024-13"], "write 2024-06"),
        (["--select", "nothing"], "matches no output"),
    ],
)
def test_what_cannot_be_asked_is_a_usage_error(repo: Repo, arguments: list[str], sentence: str) -> None:
    """64, with what would be right, before anything is asked."""
    repo.write(output("coast"))

    found = repo.run("ledger", "outputs.yaml", *arguments, UP42_WORKSPACE_ID="w").ended(64)

    assert sentence in " ".join(found.err.split())
