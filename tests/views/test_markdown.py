import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.forge.marker import Marker, marker_of
from reconciler.model.job import Quote
from reconciler.model.plan import Action
from reconciler.views.human import MARKER, plan_markdown, summary_lines
from reconciler.views.machine import plan_digest
from tests.documents.plans import WHOLE_PLANS, plans
from tests.views.golden_plans import change, comment, plan, twelve
from tests.views.markdown_reading import LIVELY, Page

LIMIT = 60_000
PRICE = Quote(63, "area", 15.8, "SQ_KM")


def test_the_first_line_is_a_marker_that_programs_find():
    """Which comment it is, which plan it shows, and when that was true; nobody sees it."""
    made = twelve()
    first = comment(made, key="a--b@<7d7d>").splitlines()[0]
    found = re.fullmatch(rf"<!-- {MARKER}: (.*) -->", first)

    assert json.loads(found[1]) == {
        "v": 1,
        "key": "a--b@<7d7d>",
        "plan": plan_digest(made),
        "commit": made.source.commit,
        "valid_at": "2024-06-14T12:40:03Z",
    }
    assert Page(first).text.strip() == ""


def test_the_marker_is_the_one_that_comments_are_found_by():
    """What is written here is what the upsert reads: key, digest, commit and time."""
    made = twelve()
    read = Marker("a-->b @7d7d", plan_digest(made), made.source.commit, made.made_at)

    assert marker_of(comment(made, key="a-->b @7d7d")) == read


def test_the_summary_lines_are_those_of_every_view():
    """A reader, and a script, knows them already."""
    made = twelve()

    assert set(summary_lines(made)) < set(comment(made).splitlines())


def test_the_layout_as_github_renders_it():
    """Tables are tables with as many cells in each row, details fold, and each has its rows."""
    page = Page(comment(twelve()))

    assert page.count("details") == 5
    assert page.summaries == ["3 to create", "1 to replace", "1 deferred", "2 to wait for", "1 to download"]
    assert [len(rows) - 1 for rows in page.tables] == [4, 3, 2, 1, 2, 1, 1, 3, 1, 1, 2, 1]
    assert all(len({len(cells) for cells in rows}) == 1 for rows in page.tables)
    assert page.count("h3") == 1
    assert page.open == []


def test_costs_by_process_and_by_label_with_unknown_prices_apart():
    """A price that is not known is never a 0, and a total says how many it lacks."""
    processes, labels = Page(comment(twelve())).tables[:2]

    assert processes == [
        ["Process", "Outputs", "Size", "Credits"],
        ["Total", "5", "1 SCENE + 21.1 km²", "96 + 1 unknown"],
        ["detection-change-simularity", "1", "", "1 unknown"],
        ["detection-trees-spacept", "1", "1 SCENE", "5"],
        ["pansharpening", "3", "21.1 km²", "91"],
    ]
    assert labels[1:] == [
        ["area=uk", "3", "21.1 km²", "84 + 1 unknown"],
        ["team=coastal", "3", "21.1 km²", "84 + 1 unknown"],
        ["team=forest", "1", "1 SCENE", "5"],
    ]


def test_what_a_replacement_differs_in_stands_with_its_reason():
    """A reviewer sees why without opening another page."""
    replaced = Page(comment(twelve())).tables[8]

    assert replaced[1][:4] == ["forest-2", "detection-trees-spacept", "5", "1 SCENE"]
    assert 'sensitivity: 2 → 5mode: (none) → "fast"job 77cc…' in replaced[1][4]


def test_an_unresolved_output_shows_what_it_may_still_cost():
    """Its price is in the total, so it can be found there."""
    made = plan(change("lost", Action.UNRESOLVED, quote=PRICE))

    assert Page(comment(made)).tables[-1][1][2:4] == ["63", "15.8 km²"]


def test_sizes_add_up_whichever_word_the_service_uses():
    """It has two for square kilometres; scenes stay apart."""
    sizes = [Quote(1, "", 1.5, "SQ_KM"), Quote(1, "", 2, "SKM"), Quote(1, "", 3, "SCENE"), Quote(1)]
    made = plan(*(change(f"o-{number}", quote=quote) for number, quote in enumerate(sizes)))

    assert Page(comment(made)).tables[0][1] == ["pansharpening", "4", "3 SCENE + 3.5 km²", "4"]


def test_an_output_that_waits_for_another_has_no_price_and_no_size_yet():
    """Unknown, neither 0 nor left out."""
    created = Page(comment(twelve())).tables[7]

    assert created[1] == [
        "coast-change", "detection-change-simularity", "unknown", "", "waits for uk-2024-06-14, which is made first",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("made", "expected", "unexpected"),
    [
        (plan(), "No changes. No output is declared.", "reconciler apply"),
        (plan(change("a", Action.UNCHANGED)), "No changes. Every declared output", "reconciler apply"),
        (plan(change("a", quote=PRICE)), "reconciler apply PLANFILE", "--max-credits"),
        (plan(change("a")), "`--max-credits`", "A policy refuses"),
        (plan(change("a"), ceiling_credits=5), "Ceiling: an apply spends 5 credits at most", "`--max-credits`"),
        (twelve(), "A policy refuses this plan", "reconciler apply PLANFILE"),
    ],
    ids=["empty", "nothing to do", "priced", "unknown price", "under a ceiling", "refused"],
)
def test_it_says_what_to_do_next(made, expected, unexpected):
    """How to apply, or why not."""
    drawn = comment(made)

    assert expected in drawn
    assert unexpected not in drawn


def test_many_differences_of_one_output_are_counted():
    """One output cannot fill the comment."""
    drawn = comment(plan(change("a", Action.REPLACE, notes=tuple(f"note {number}" for number in range(1000)))))

    assert "note 7<br>… 992 more" in drawn
    assert "note 8" not in drawn


def test_names_of_outputs_and_processes_are_text_too(make):
    """The manifests allow no such names, and still they are escaped wherever they stand."""
    trick = "*b* <b>|</b> @octocat"
    made = make.plan(
        *(make.change(action, trick + action, trick, job=make.job(trick)) for action in Action),
        make.change(name="former", former=(make.job(trick, trick, process_id=trick),)),
        project=trick,
    )
    page = Page(comment(made))

    assert not {"em", "b"} & {element for element, _ in page.elements}
    assert all(len({len(cells) for cells in rows}) == 1 for rows in page.tables)
    assert not [piece for piece in page.pieces if LIVELY.search(piece)]


def sized(length_bytes, letter):
    """A plan whose comment, without any limit, is exactly so long."""

    def made(count, padding=1):
        outputs = [change(f"o-{number:04}", quote=Quote(1), title="Title " + letter * 60) for number in range(count)]
        return plan(*outputs, change("z", quote=Quote(1), reason="z" * padding))

    def missing(plan):
        return length_bytes - len(comment(plan, limit_characters=10**9).encode())

    short, long = missing(made(100)), missing(made(101))
    count = 100 + short // (short - long)
    return made(count, 1 + missing(made(count)))


@pytest.mark.parametrize("letter", ["x", "é", "😀"])
@pytest.mark.parametrize("above", [-1, 0, 1])
def test_a_comment_of_exactly_the_limit_is_not_cut(letter, above):
    """60,000 bytes are fine, and characters where each is a byte; one more, and a row goes."""
    made = sized(LIMIT + above, letter)
    whole = comment(made, limit_characters=10**9)
    drawn = comment(made)
    assert len(whole.encode()) == LIMIT + above
    assert (len(whole) == len(whole.encode())) is (letter == "x")

    if above <= 0:
        assert drawn == whole
    else:
        assert len(drawn) <= len(drawn.encode()) <= LIMIT
        assert re.search(r"\n\n… \d more\n\n</details>", drawn)


def test_thousands_of_labels_are_cut_by_rows_as_well():
    """Nothing that can grow is fixed, and labels do not hide the jobs that would be paid for."""
    made = plan(*(change(f"o-{number:04}", quote=PRICE, labels={"id": f"{number:04}" * 20}) for number in range(3000)))
    drawn = comment(made)

    assert len(drawn.encode()) <= LIMIT
    assert "| pansharpening | 3,000 | 47,400 km² | 189,000 |" in drawn
    assert "<details><summary>3,000 to create</summary>\n\n| Output |" in drawn
    assert "… 2,900 more\n\n</details>" in drawn
    assert re.search(r"\n\n… \d,\d{3} more\n\nBalance after", drawn)


@WHOLE_PLANS
@given(made=plans(), limit=st.integers(3000, 8000))
def test_whatever_is_planned_and_cut_the_markup_is_whole(made, limit):
    """Every table has rows of one width, every detail is closed, no text is lively, and the counts stay."""
    drawn = plan_markdown(made, key="k", digest="sha256:d", commit=None, limit_characters=limit)
    page = Page(drawn)
    folded = (Action.CREATE, Action.REPLACE, Action.DEFERRED, Action.WAIT, Action.DOWNLOAD)

    assert len(drawn.encode()) <= limit
    assert page.open == []
    assert all(len({len(cells) for cells in rows}) == 1 for rows in page.tables)
    assert [int(summary.split()[0]) for summary in page.summaries] == [made.count(a) for a in folded if made.count(a)]
    assert set(summary_lines(made)) < set(drawn.splitlines())
    assert not [piece for piece in page.pieces if LIVELY.search(piece) and piece != "$"]
