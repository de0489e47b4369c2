import pytest

from tests.views.golden_plans import GOLDEN, PLANS, cases, compared, drawn, path
from tests.views.markdown_reading import Page


@pytest.fixture(scope="module")
def plans():
    return {name: make() for name, make in PLANS.items()}


@pytest.mark.parametrize(("view", "name"), cases())
def test_a_plan_is_drawn_as_its_golden_file_has_it(plans, view, name):
    """To the byte; `make goldens` writes the files anew, and their diff is what a reviewer reads."""
    assert compared(drawn(view, plans[name])) == path(view, name).read_text("utf-8")


def test_no_golden_file_is_left_over():
    """Every file there is compared with something."""
    known = {path(view, name) for view, name in cases()} | {GOLDEN / "contract_plan.txt", GOLDEN / "explanation.txt"}

    assert set(GOLDEN.iterdir()) == known


def test_a_comment_about_10_000_outputs_says_what_is_not_in_it(plans):
    """The counts of the headings are those of the plan; of every kind some are shown, and the others counted."""
    comment = drawn("markdown", plans["10000"])
    page = Page(comment)

    assert len(comment.encode()) <= 60_001  # a line break at the end included
    assert page.summaries == ["5,000 to create", "1,000 to replace", "1,000 to wait for", "1,000 to download"]
    assert all(len(rows) > 100 for rows in page.tables[2:])
    assert "#### 1,000 blocked" in comment
    assert comment.count(" more in the job summary") == 5
    assert "… 4,900 more in the job summary\n\n</details>" in comment


@pytest.mark.parametrize("view", ["text", "markdown"])
def test_hostile_text_is_no_command_in_a_log(plans, view):
    """Neither view can be read as GitHub's or Azure's commands, where it is printed."""
    lines = drawn(view, plans["hostile"]).split("\n")

    assert not any(line.lstrip().startswith("::") or "##[" in line for line in lines)


def test_hostile_text_opens_no_element_of_its_own(plans):
    """Only the elements of our own layout are there, whatever names and titles hold."""
    page = Page(drawn("markdown", plans["hostile"]))

    ours = {"h3", "h4", "p", "table", "thead", "tbody", "tr", "th", "td", "details", "summary", "sub", "br", "ul", "li"}
    assert {element for element, _ in page.elements} <= ours | {"span", "code"}
    assert page.count("details") == 1
