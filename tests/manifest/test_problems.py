"""Bad manifests: where each mistake is found, what is said, and that nothing is said twice."""

import pytest

HEAD = "apiVersion: reconciler/v1\nkind: ProcessingOutput\nmetadata: {name: a}\n"
ITEM = "/v2/assets/stac/collections/c/items/i"
SPEC = f"spec:\n  process: p\n  inputs: {{item: {ITEM}}}\n"
FULL = HEAD + SPEC
PROJECT = "apiVersion: reconciler/v1\nkind: Project\nmetadata: {name: p}\nspec:\n"
INPUTS = HEAD + "spec:\n  process: p\n  inputs:\n"

case = pytest.param


def only(problems):
    (problem,) = problems
    return problem


@pytest.mark.parametrize(
    ("text", "line", "column", "field", "message", "hint"),
    [
        case(HEAD, 1, 1, "spec", "is missing", "", id="no spec"),
        case(HEAD + "spec:\n  process: p\n", 4, 1, "spec.inputs", "is missing", "item", id="missing field"),
        case(HEAD + "spec:\n", 4, 6, "spec", "is empty", "process", id="empty spec"),
        case(FULL + "  retry: {attempts: twice}\n", 7, 21, "spec.retry.attempts",
             'is "twice", but has to be a whole number from 1 to 10', "For example: attempts: 2", id="text"),
        case(FULL + "  retry: {attempts: 0}\n", 7, 21, "spec.retry.attempts", "is 0,", "", id="too few"),
        case(FULL + "  retry: {attempts: 11}\n", 7, 21, "spec.retry.attempts", "1 to 10", "", id="too many"),
        case(FULL + "  retry: {attempts: true}\n", 7, 21, "spec.retry.attempts", "true", "", id="bool"),
        case(FULL + "  priority: '7'\n", 7, 13, "spec.priority", '"7"', "priority: 7", id="quoted number"),
        case(FULL + "  priority: 1.5\n", 7, 13, "spec.priority", "1.5", "", id="fraction"),
        case(FULL + "  preventReplace: yes\n", 7, 19, "spec.preventReplace", '"yes"', "true", id="yes"),
        case(FULL + "  title: 5\n", 7, 10, "spec.title", "is 5", 'title: "5"', id="number as text"),
        case(FULL + "  title: ''\n", 7, 10, "spec.title", "1 to 250", "", id="empty title"),
        case(FULL + f"  title: {'x' * 251}\n", 7, 10, "spec.title", "251 characters", "", id="long title"),
        case(FULL + '  title: "a\\e[31m"\n', 7, 10, "spec.title", "\\x1b", "", id="control character"),
        case(FULL + "  budget:\n", 7, 10, "spec.budget", "is empty", "", id="null"),
        case(FULL + "  budget: a b\n", 7, 11, "spec.budget", "without spaces", "", id="id with space"),
        case(FULL + "  ignoreJobs: x\n", 7, 15, "spec.ignoreJobs", "a list", "", id="no list"),
        case(FULL + "  ignoreJobs: [x, {}]\n", 7, 19, "spec.ignoreJobs[1]", "a mapping", "", id="in a list"),
        case(FULL + "  newerThan: 2024-07-01\n", 7, 14, "spec.newerThan", "zone", "Z", id="date only"),
        case(FULL + "  newer_than: x\n", 7, 3, "spec.newer_than", "is not a field", '"newerThan"', id="typo"),
        case(FULL + "  colour: x\n", 7, 3, "spec.colour", "is not a field", "process, title", id="unknown"),
        case(FULL + '  "a.b": x\n', 7, 3, 'spec["a.b"]', "is not a field", "", id="odd field"),
        case(FULL + "  delivery: {assets: {roles: []}}\n", 7, 30, "spec.delivery.assets.roles",
             "not empty", "[data]", id="no role"),
        case(FULL + "  delivery: {to: 'http://h/x'}\n", 7, 18, "spec.delivery.to", "http://", "s3", id="scheme"),
        case(FULL + "  delivery: {to: 'a/${var.x}'}\n", 7, 18, "spec.delivery.to",
             "RECONCILER_VAR_x is not set", "", id="variable"),
        case(FULL + "  delivery: {to: '${output.labels.x}'}\n", 7, 18, "spec.delivery.to",
             "no such label", "no labels", id="label"),
        case(FULL + "  delivery: {name: '${asset.rol}'}\n", 7, 20, "spec.delivery.name",
             "not known", "asset.role", id="asset"),
        case(FULL + "  title: '${output.title}'\n", 7, 10, "spec.title", "cannot be used", "name", id="itself"),
        case(FULL + "  title: '${asset.key}'\n", 7, 10, "spec.title", "delivery.name only", "", id="place"),
        case(FULL + "  title: '${item.id}'\n", 7, 10, "spec.title", "ProcessingOutputSet only", "", id="item"),
        case(INPUTS + f"    item: {ITEM}\n    title: x\n", 8, 5, "spec.inputs.title",
             "does not stand here", "spec.title", id="title in inputs"),
        case(INPUTS + "    item: x\n", 7, 11, "spec.inputs.item", "no link", "/v2/", id="no item link"),
        case(INPUTS + "    sourceItem: 5\n", 7, 17, "spec.inputs.sourceItem", "is 5", "", id="number as item"),
        case(INPUTS + f"    items: [{ITEM}, x]\n", 7, 52, "spec.inputs.items[1]", "no link", "", id="one of items"),
        case(INPUTS + "    fromOutput: b\n", 7, 5, "spec.inputs.fromOutput", "does not stand here", "sourceItem",
             id="fromOutput as an input"),
        case(INPUTS + "    x: [{a: {fromOutput: b}}]\n", 7, 14, "spec.inputs.x[0].a.fromOutput",
             "does not stand here", "sourceItem", id="fromOutput, deep"),
        case(INPUTS + "    '${var.x}': 1\n", 7, 5, 'spec.inputs["${var.x}"]', "cannot be filled", "", id="in a key"),
        case(INPUTS + "    x: .nan\n", 7, 8, "spec.inputs.x", "JSON", "", id="not a number"),
        case(INPUTS + "    x: *y\n", 7, 8, "spec.inputs.x", "no anchor", "", id="alias"),
        case(HEAD.replace("{name: a}", "{name: A}") + SPEC, 3, 18, "metadata.name", "a-z", "", id="name"),
        case(HEAD.replace("{name: a}", f"{{name: {'a' * 64}}}") + SPEC, 3, 18, "metadata.name",
             "63", "", id="long name"),
        case(HEAD.replace("{name: a}", '{name: "a\\n"}') + SPEC, 3, 18, "metadata.name",
             'is "a\\n"', "", id="line break after a name"),
        case(HEAD.replace("{name: a}", "{labels: {}}") + SPEC, 3, 1, "metadata.name", "missing", "", id="no name"),
        case(HEAD.replace("{name: a}", "{name: a, labels: {n: 1}}") + SPEC, 3, 33, "metadata.labels.n",
             "is 1,", 'n: "1"', id="number as label"),
        case(HEAD.replace("{name: a}", "{name: a, labels: {'a b': x}}") + SPEC, 3, 30, 'metadata.labels["a b"]',
             "its name", "", id="label with a space"),
        case(HEAD.replace("{name: a}", "{name: a, labels: {l: '${var.x}'}}") + SPEC, 3, 33, "metadata.labels.l",
             "cannot be filled in", "below spec", id="expression in a label"),
    ],
)  # fmt: skip
def test_a_mistake_in_an_output_is_one_problem(complaining, text, line, column, field, message, hint):
    """One mistake gives one problem: its place, its field, what is wrong, what would be right."""
    problem = only(complaining(text))

    assert (problem.position.file, problem.position.line, problem.position.column) == ("m.yaml", line, column)
    assert problem.field == field
    assert message in problem.message
    assert hint in problem.hint


@pytest.mark.parametrize(
    ("spec", "column", "field", "message", "hint"),
    [
        case("  provider: {region: us}\n", 22, "provider.region", "eu or sa", "region: eu", id="region"),
        case("  provider: {password: hunter2}\n", 14,
             "provider.password", "does not belong", "UP42_PASSWORD", id="secret"),
        case("  provider: {username: me}\n", 14, "provider.username", "does not belong", "UP42_USERNAME", id="user"),
        case("  provider: {accessToken: t}\n", 14, "provider.accessToken", "does not belong", "UP42_", id="token"),
        case("  provider: {workspace: x}\n", 14, "provider.workspace", "not a field", "workspaceId", id="typo"),
        case("  state: ftp://x\n", 10, "state", "ftp://", "s3://", id="state"),
        case("  state: '${output.name}'\n", 10, "state", "not known", "var.x", id="no output here"),
        case("  timing: {settle: 10}\n", 20, "timing.settle", "with a unit", "10m", id="no unit"),
        case("  timing: {settle: 1 hour}\n", 20, "timing.settle", "with a unit", "10m", id="other unit"),
        case("  timing: {settle: 900ms}\n", 20, "timing.settle", "from 1s", "", id="settle too short"),
        case("  timing: {lease: 0s}\n", 19, "timing.lease", "from 1s", "", id="lease too short"),
        case("  timing: {burst: 0}\n", 19, "timing.burst", "from 1", "", id="burst"),
        case("  timing: {parallelism: 257}\n", 25, "timing.parallelism", "from 1 to 256", "", id="parallelism"),
        case("  timing: {requestsPerSecond: 0}\n", 31, "timing.requestsPerSecond", "above 0", "", id="rate"),
        case("  delivery: {to: '${output.nam}'}\n", 18, "delivery.to", "not known", "output.name", id="default"),
        case("  delivery: {name: x}\n", 14, "delivery.name", "not a field", "to", id="only a destination"),
    ],
)  # fmt: skip
def test_a_mistake_in_a_project_is_one_problem(complaining, spec, column, field, message, hint):
    """Projects are checked the same way, and what looks like a secret is sent home without being shown."""
    problem = only(complaining(PROJECT + spec))

    assert (problem.position.line, problem.position.column, problem.field) == (5, column, f"spec.{field}")
    assert message in problem.message
    assert hint in problem.hint
    assert "hunter2" not in f"{problem}"


@pytest.mark.parametrize(
    ("text", "line", "column", "field", "message", "hint"),
    [
        case("kind: ProcessingOutput\n", 1, 1, "apiVersion", "missing", "reconciler/v1", id="no apiVersion"),
        case("apiVersion: apps/v1\nkind: Deployment\n", 1, 13, "apiVersion", "explicitly", "", id="foreign"),
        case("apiVersion: reconciler/v2\nkind: Project\n", 1, 13,
             "apiVersion", "reconciler/v2", "", id="other version"),
        case("apiVersion: 1\nkind: Project\n", 1, 13, "apiVersion", "has to be", "", id="number"),
        case("apiVersion: reconciler/v1\n", 1, 1, "kind", "missing", "ProcessingOutput", id="no kind"),
        case("apiVersion: reconciler/v1\nkind: [a]\n", 2, 7, "kind", "not text", "Project", id="kind is a list"),
        case("apiVersion: reconciler/v1\nkind: ProcessingOutputs\n", 2, 7, "kind", "no kind",
             '"ProcessingOutput"', id="misspelled"),
        case("- a\n", 1, 1, "", "is a list", "apiVersion", id="list"),
        case("just text\n", 1, 1, "", "just text", "apiVersion", id="text"),
    ],
)  # fmt: skip
def test_a_document_that_is_not_ours_is_one_problem(complaining, text, line, column, field, message, hint):
    """In a file that is named explicitly every document has to be ours, of a kind that this version knows."""
    problem = only(complaining(text))

    assert (problem.position.line, problem.position.column, problem.field) == (line, column, field)
    assert message in problem.message
    assert hint in problem.hint


def test_ten_mistakes_are_ten_problems(complaining):
    """All mistakes of a manifest are told at once, each with its own place, in the order of the file."""
    problems = complaining(
        HEAD.replace("{name: a}", "{name: A_b, labels: {n: 1}}")
        + "spec:\n  proces: p\n  process: p\n  title: ''\n  inputs: {item: x, title: y}\n"
        + "  newerThan: soon\n  retry: {attempts: twice}\n  priority: high\n  delivery: {to: 'ftp://h'}\n"
    )

    assert [(problem.position.line, problem.field) for problem in problems] == [
        (3, "metadata.name"),
        (3, "metadata.labels.n"),
        (5, "spec.proces"),
        (7, "spec.title"),
        (8, "spec.inputs.item"),
        (8, "spec.inputs.title"),
        (9, "spec.newerThan"),
        (10, "spec.retry.attempts"),
        (11, "spec.priority"),
        (12, "spec.delivery.to"),
    ]
    assert all(problem.message for problem in problems)


def test_mistakes_of_several_documents_and_files_are_told_at_once(complaining):
    """A file that cannot be read does not hide the mistakes of the others."""
    problems = complaining(
        {
            "a.yaml": FULL + "  x: 1\n---\n" + HEAD.replace("name: a", "name: b") + SPEC + "  y: 1\n---\na: [",
            "b.yaml": b"\xff",
            "c.yml": HEAD.replace("name: a", "name: c") + SPEC + "  z: 1\n",
        },
        ".",
    )

    assert [(p.position.file, p.position.line) for p in problems] == [
        ("a.yaml", 7), ("a.yaml", 15), ("a.yaml", 17), ("b.yaml", 1), ("c.yml", 7),
    ]  # fmt: skip


def test_the_first_hundred_problems_of_a_file_and_a_count(complaining):
    """A file full of mistakes does not flood the screen, and does not hide how many there are."""
    many = FULL + "".join(f"  x{n}: 1\n" for n in range(150))

    problems = complaining({"a.yaml": many, "b.yaml": HEAD + SPEC.replace("p\n", "[]\n")}, ".")

    in_first = [problem for problem in problems if problem.position.file == "a.yaml"]
    assert len(in_first) == 101
    assert "50 more problems" in in_first[-1].message
    assert in_first == sorted(in_first)
    assert problems[-1].position.file == "b.yaml"


@pytest.mark.parametrize("break_", ["\n", "\r\n"], ids=["LF", "CRLF"])
@pytest.mark.parametrize("mark", ["", "\ufeff"], ids=["plain", "BOM"])
def test_places_are_those_of_an_editor(complaining, break_, mark):
    """Byte order mark, CRLF, tabs and characters outside the basic plane do not shift a position."""
    text = mark + (HEAD + '# ü🛰\nspec: {process: p, title: "🛰é",\tpriority: x, inputs: {}}\n').replace("\n", break_)

    problem = only(complaining({"m.yaml": text.encode()}))

    assert (problem.position.line, problem.position.column) == (5, 43)


def test_values_are_shown_short_and_harmless(complaining):
    """What a manifest says is never printed at length, and never as a terminal code."""
    text = FULL + '  priority: "\\e]0;\\u202e\\n' + "x" * 500 + '"\n'

    problem = only(complaining(text))

    assert problem.message.isprintable()
    assert len(problem.message) < 120
