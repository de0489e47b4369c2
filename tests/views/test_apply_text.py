import re

import pytest

from reconciler.model.outcome import OutcomeKind
from reconciler.views.apply_text import last_line
from reconciler.views.human import apply_text


def test_delivered_outputs_with_their_files_and_one_last_line(make):
    """Everything that a person asks after an apply: what, for how much, where, and which files."""
    outcomes = [
        make.outcome(
            name="uk-2024-06-14",
            created=True,
            quoted_credits=63,
            charged_credits=63,
            destination="/srv/outputs/uk",
            files=(make.file("pan.tif"), make.file("metadata.json", 900)),
        ),
        make.outcome(name="berlin", destination="/srv/outputs/berlin", files=(make.file("rgb.tif", 2_000_000_000),)),
        make.outcome(OutcomeKind.UNCHANGED, "old"),
    ]

    assert apply_text(outcomes) == (
        "  complete  berlin                     /srv/outputs/berlin\n"
        "    rgb.tif  2.0 GB\n"
        "  complete  uk-2024-06-14  63 credits  /srv/outputs/uk\n"
        "    pan.tif           1.2 MB\n"
        "    metadata.json  900 bytes\n"
        "\n"
        "Apply complete! 1 job created, 2 outputs delivered, 1 unchanged, 0 failed. Credits: 63 quoted, 63 charged."
    )


def test_what_went_wrong_stands_last_with_its_sentence(make):
    """The failure is next to the line that counts it."""
    outcomes = [
        make.outcome(OutcomeKind.FAILED, "a", detail="The job was released. Raise retry.attempts to try again."),
        make.outcome(name="b"),
        make.outcome(OutcomeKind.BLOCKED, "c", detail="EULA not accepted."),
    ]

    assert apply_text(outcomes).splitlines()[1:] == [
        "  failed    a",
        "    The job was released. Raise retry.attempts to try again.",
        "  blocked   c",
        "    EULA not accepted.",
        "",
        (
            "Apply ended with problems: 0 jobs created, 1 output delivered, 0 unchanged, 1 failed, 1 blocked. "
            "Credits: 0 quoted, 0 charged."
        ),
    ]


@pytest.mark.parametrize(
    ("kinds", "verdict"),
    [
        ([], "Apply complete!"),
        ([OutcomeKind.COMPLETE, OutcomeKind.UNCHANGED], "Apply complete!"),
        ([OutcomeKind.COMPLETE, OutcomeKind.PENDING], "Apply ended before all jobs did; a rerun picks them up:"),
        ([OutcomeKind.PENDING, OutcomeKind.FAILED], "Apply ended with problems:"),
        ([OutcomeKind.BLOCKED], "Apply ended with problems:"),
        ([OutcomeKind.DEFERRED], "Apply ended with problems:"),
        ([OutcomeKind.UNRESOLVED], "Apply ended with problems:"),
    ],
    ids=["nothing", "done", "detached", "failed", "blocked", "deferred", "unresolved"],
)
def test_the_verdict(make, kinds, verdict):
    """Complete is said only when everything is; jobs that go on are not called a problem."""
    assert last_line([make.outcome(kind, f"o{index}") for index, kind in enumerate(kinds)]).startswith(verdict)


def test_credits_that_are_not_known_are_said_to_be(make):
    """A job that runs has no charge yet, and that is not a charge of 0."""
    outcomes = [
        make.outcome(OutcomeKind.PENDING, "a", created=True, quoted_credits=1063),
        make.outcome(OutcomeKind.PENDING, "b", created=True),
    ]

    assert last_line(outcomes).endswith("Credits: 1,063 quoted, 0 charged, 1 price not known, 2 charges not known yet.")
    assert "  pending  a  1,063 quoted\n  pending  b       unknown" in apply_text(outcomes)


def test_unchanged_outputs_are_shown_when_asked_for(make):
    """They are only counted otherwise."""
    outcomes = [make.outcome(OutcomeKind.UNCHANGED, "old")]

    assert "old" not in apply_text(outcomes)
    assert apply_text(outcomes, show_unchanged=True).startswith("  unchanged  old\n")


def test_many_files_are_summed_up(make):
    """An output with thousands of files does not flood the screen."""
    outcomes = [make.outcome(destination="/d", files=tuple(make.file(f"{n}.tif") for n in range(1020)))]

    assert len(apply_text(outcomes).splitlines()) == 1 + 20 + 1 + 2
    assert "    … and 1,000 more files\n" in apply_text(outcomes)


def test_hostile_text_cannot_change_the_layout(make):
    """File names and sentences from the service stay on their line."""
    drawn = apply_text(
        [
            make.outcome(
                OutcomeKind.FAILED,
                make.hostile,
                detail=make.hostile,
                destination=make.hostile,
                files=(make.file(make.hostile),),
            )
        ]
    )

    assert len(drawn.splitlines()) == len(["outcome", "file", "detail", "", "last line"])
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", drawn)
    assert not any(line.lstrip().startswith("::") for line in drawn.splitlines())
