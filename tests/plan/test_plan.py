"""A prompt becomes a job with every default resolved, or a refusal that says what to do."""

import pytest

from tiny import write_tiny_model
from tunesmith.plan import PlanError, RunRequest, plan_run
from tunesmith.prompt.files import read_prompt
from tunesmith.wire.codec import dumps
from tunesmith.wire.run_dir import RunDir

PROMPT = """---
tunesmith.task: classification
tunesmith.data: {train: films.csv, target: label, columns: {review: text}}
tunesmith.train: {base: local/model, rank: 4}
tunesmith.eval: {test_rows: 50}
---
{{role "user"}}{{review}}
"""
ROWS = "id,text,label\n1,good,positive\n2,bad,negative\n3,fine,positive\n"


@pytest.fixture
def workspace(tmp_path):
    write_tiny_model(tmp_path / "model")
    (tmp_path / "films.csv").write_text(ROWS, encoding="utf-8")
    return tmp_path


def plan(workspace, text=PROMPT, **request):
    path = workspace / "films.prompt"
    path.write_text(text, encoding="utf-8")
    return plan_run(read_prompt(path, workspace), workspace, RunRequest(**request))


def test_every_default_is_a_value(workspace):
    spec = plan(workspace)

    assert (spec.method, spec.task, spec.template) == ("lora", "classification", "chat")
    assert (spec.train["rank"], spec.train["alpha"], spec.train["epochs"]) == (4, 32.0, 1)
    assert isinstance(spec.train["lr"], float)
    assert spec.eval["test_rows"] == 50
    assert spec.data.labels == ("negative", "positive")
    assert spec.model.path == str(workspace / "model")


def test_the_command_repeats_the_run(workspace):
    spec = plan(workspace, overrides={"lr": 0.001}, seed=3, shuffle_labels=True)

    assert spec.command == ("tunesmith tune films.prompt --seed 3 --set lr=0.001 --shuffle-labels")


def test_a_given_option_wins_over_the_prompt(workspace):
    spec = plan(workspace, overrides={"rank": 2, "test_rows": 10, "lr": 0.5})

    assert (spec.train["rank"], spec.train["lr"], spec.eval["test_rows"]) == (2, 0.5, 10)


def test_the_fingerprint_follows_the_bytes_of_the_data(workspace):
    first = plan(workspace).data.fingerprint
    (workspace / "films.csv").write_text(ROWS + "4,dull,negative\n", encoding="utf-8")

    assert plan(workspace).data.fingerprint != first


@pytest.mark.parametrize(
    ("old", "new", "message", "key"),
    [
        ("train: films.csv, ", "", "say what to train on", ()),
        ("target: label, ", "", "name the column to learn", ("tunesmith.data",)),
        ("films.csv", "gone.csv", "gone.csv: cannot be read", ("tunesmith.data", "train")),
        ("films.csv", "../films.csv", "outside the workspace", ("tunesmith.data", "train")),
        ("target: label", "target: mood", 'has no column "mood"', ("tunesmith.data", "target")),
        ("target: label", "target: same", "two classes are needed", ("tunesmith.data", "train")),
        ("review: text", "review: txt", 'has no column "txt"', ("tunesmith.data", "columns")),
        (
            "target: label",
            "target: label, labels: [positive, bad]",
            'line 3: "negative" is none',
            ("tunesmith.data", "labels"),
        ),
        ("films.csv", '"a\\0b.csv"', "is no path", ("tunesmith.data", "train")),
        ("rank: 4", "rank: 0", "rank: 0 is not a whole number from 1", ("tunesmith.train",)),
        ("rank: 4", "rnak: 4", 'did you mean "rank"', ("tunesmith.train",)),
        ("rank: 4", "method: magic", 'no method is called "magic"', ("tunesmith.train", "method")),
        ("local/model", "local/none", "none", ("tunesmith.train", "base")),
        ("task: classification", "task: poetry", '"poetry" cannot be tuned', ("tunesmith.task",)),
    ],
)
def test_what_cannot_work_is_refused_with_its_reason(workspace, old, new, message, key):
    rows = [f"{line},{'same' if line.startswith('id') else 'x'}" for line in ROWS.splitlines()]
    (workspace / "films.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")

    with pytest.raises(PlanError, match=message) as refused:
        plan(workspace, PROMPT.replace(old, new))

    assert refused.value.key == key


def test_a_broken_row_is_named_with_its_line(workspace):
    (workspace / "films.csv").write_text(ROWS + "4,one,two,three\n", encoding="utf-8")

    with pytest.raises(PlanError, match=r"films\.csv, line 5: "):
        plan(workspace)


def test_a_row_without_a_label_is_named_with_its_line(workspace):
    (workspace / "films.csv").write_text(ROWS + "4,dull,\n", encoding="utf-8")

    with pytest.raises(PlanError, match=r"films\.csv, line 5: the label is empty"):
        plan(workspace)


def test_one_class_to_train_on_is_refused_whatever_the_test_file_holds(workspace):
    (workspace / "test.csv").write_text(ROWS, encoding="utf-8")
    (workspace / "films.csv").write_text("id,text,label\n1,good,positive\n", encoding="utf-8")

    with pytest.raises(PlanError, match="two classes are needed"):
        plan(workspace, PROMPT.replace("films.csv", "films.csv, test: test.csv"))


def test_what_is_tuned_already_is_not_tuned_again(workspace):
    run_id = submit_finished_run(workspace)

    with pytest.raises(PlanError, match="is tuned already"):
        plan(workspace, model=f"run/{run_id}")
    assert plan(workspace, kind="evaluate", model=f"run/{run_id}").model.adapter


def submit_finished_run(workspace):
    spec = plan(workspace)
    run_dir = RunDir(workspace / ".tunesmith" / "runs" / spec.run_id)
    run_dir.adapter.mkdir(parents=True)
    run_dir.spec_path.write_text(dumps(spec), encoding="utf-8")
    (run_dir.adapter / "adapter_model.safetensors").touch()
    return spec.run_id


@pytest.mark.parametrize(("template", "has_one"), [("chat", True), ("plain", False)])
def test_the_template_is_what_the_model_can(workspace, template, has_one):
    if not has_one:
        (workspace / "model" / "chat_template.jinja").unlink()

    assert plan(workspace).template == template


def test_a_chat_template_that_is_not_there_is_refused(workspace):
    (workspace / "model" / "chat_template.jinja").unlink()

    with pytest.raises(PlanError, match="has no chat template"):
        plan(workspace, PROMPT.replace("rank: 4", "template: chat"))


def test_empty_data_is_refused(workspace):
    (workspace / "films.csv").write_text("id,text,label\n", encoding="utf-8")

    with pytest.raises(PlanError, match="has no rows"):
        plan(workspace)


def test_what_nobody_has_set_says_where_it_comes_from(workspace):
    spec = plan(workspace, overrides={"epochs": 2})

    assert "rank" not in spec.sources
    assert "epochs" not in spec.sources
    assert spec.sources["schedule"] == spec.sources["clip"] == "default"
    assert spec.sources["batch_size"].startswith("M: ")
    assert spec.sources["lr"] == (
        "F: 5e-05 x 10 x (2000 / 32)^0.781, extrapolated below the sizes it was fitted on; "
        "x 1.5 for fewer than 100 steps (R)"
    )


@pytest.mark.parametrize(
    ("n_rows", "lr"), [(1000, 0.019), (1200, 0.013)], ids=["88 steps", "105 steps"]
)
def test_a_short_run_has_a_higher_rate(workspace, n_rows, lr):
    lines = [f"{number},text {number},{'ab'[number % 2]}" for number in range(n_rows)]
    (workspace / "films.csv").write_text("\n".join(["id,text,label", *lines, ""]))

    assert plan(workspace).train["lr"] == lr


@pytest.mark.parametrize(("method", "lr"), [("full", 0.0013), ("prompt-tuning", 0.05)])
def test_other_methods_keep_their_rate_in_a_short_run(workspace, method, lr):
    assert plan(workspace, PROMPT.replace("rank: 4", f"method: {method}")).train["lr"] == lr


def test_a_larger_model_has_other_defaults(workspace):
    config = workspace / "model" / "config.json"
    small = config.read_text(encoding="utf-8")
    config.write_text(small.replace('"hidden_size": 32', '"hidden_size": 2048'), encoding="utf-8")

    spec = plan(workspace, PROMPT.replace(", rank: 4", ""))

    assert (spec.train["rank"], spec.train["batch_size"], spec.train["epochs"]) == (32, 16, 2)
    assert spec.train["alpha"] == 32.0


def test_a_plan_is_made_like_a_run(workspace):
    spec = plan(workspace, kind="plan")

    assert spec.kind == "plan"
    assert spec.command == "tunesmith plan films.prompt --seed 0"
    assert spec.train == plan(workspace).train
