"""The preview worker as a process: what goes in, what comes out, and what never ends it."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from chat_models import THINKING
from tiny import write_tiny_model
from tunesmith.models.registry import resolve
from tunesmith.prompt.extension import BUILTIN_MODEL
from tunesmith.wire.codec import dumps
from tunesmith.wire.preview import Cancel, Generate

PROMPT = '---\nmodel: local/tiny\n---\n{{role "system"}}Say it.\n{{role "user"}}Review: {{review}}'


class Worker:
    """A worker process, one line at a time."""

    def __init__(self):
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tunesmith.engine.serve"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            encoding="utf-8",
        )

    def send(self, request):
        line = request if isinstance(request, str) else dumps(request)
        assert self.process.stdin
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def read(self):
        assert self.process.stdout
        return json.loads(self.process.stdout.readline())

    def read_answer(self, request_id):
        """All tokens' text, and the last reply."""
        text = ""
        while (reply := self.read())["op"] == "token":
            assert reply["id"] == request_id
            text += reply["text"]
        return text, reply


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    return write_tiny_model(tmp_path_factory.mktemp("tiny"))


@pytest.fixture(scope="module")
def worker():
    worker = Worker()
    yield worker
    worker.process.communicate()
    assert worker.process.returncode == 0


def generate(model, request_id=1, **changes):
    fields = {
        "id": request_id,
        "model": model,
        "prompt": PROMPT,
        "partials": {},
        "values": {"review": "a good film"},
        "template": "chat",
        "max_new_tokens": 40,
        "temperature": 0.0,
        "seed": 0,
    }
    return Generate(**{**fields, **changes})


def reference(spec, messages, max_new_tokens):
    """What transformers makes of the messages, from its own template to its own decoding."""
    tokenizer = AutoTokenizer.from_pretrained(spec.path)
    model: Any = AutoModelForCausalLM.from_pretrained(spec.path, dtype="auto").eval()
    ids = tokenizer.apply_chat_template(messages, add_generation_prompt=True, return_tensors="pt")
    prompt = ids["input_ids"]
    output = model.generate(
        prompt,
        attention_mask=torch.ones_like(prompt),
        max_new_tokens=max_new_tokens,
        do_sample=False,
    )
    return tokenizer.decode(output[0, prompt.shape[1] :], skip_special_tokens=True), prompt


def test_the_streamed_text_is_what_transformers_generates(worker, tiny):
    worker.send(generate(tiny))

    streamed, done = worker.read_answer(1)

    messages = [
        {"role": "system", "content": "Say it.\n"},
        {"role": "user", "content": "Review: a good film"},
    ]
    text, prompt = reference(tiny, messages, 40)
    assert streamed == done["text"] == text
    assert done["n_prompt_tokens"] == prompt.shape[1]
    assert done["n_tokens"] == 40
    assert not done["stopped"]
    assert 0 < done["first_token_s"] < done["total_s"]


def test_a_switch_of_the_chat_template_reaches_the_model(worker, tmp_path):
    model = write_tiny_model(tmp_path / "thinking")
    (tmp_path / "thinking" / "chat_template.jinja").write_text(THINKING)
    tokenizer = AutoTokenizer.from_pretrained(model.path)
    n_thoughts = len(tokenizer("<think>\n\n</think>\n\n")["input_ids"])

    n_tokens = []
    for request_id, thinking in ((1, True), (2, False)):
        kwargs = {"enable_thinking": thinking}
        worker.send(generate(model, request_id, chat_template_kwargs=kwargs, max_new_tokens=1))
        n_tokens.append(worker.read_answer(request_id)[1]["n_prompt_tokens"])

    assert n_tokens[1] == n_tokens[0] + n_thoughts


def test_a_seed_gives_one_sampled_answer(worker, tiny):
    texts = []
    for number, seed in enumerate((1, 1, 2), start=1):
        worker.send(generate(tiny, number, temperature=1.0, seed=seed))
        texts.append(worker.read_answer(number)[1]["text"])

    assert texts[0] == texts[1] != texts[2]


def test_a_cancelled_answer_ends_and_the_next_one_comes(worker, tiny):
    worker.send(generate(tiny, 1, max_new_tokens=400))
    worker.send(generate(tiny, 2, max_new_tokens=400))
    worker.send(generate(tiny, 3, max_new_tokens=3))
    worker.read()
    worker.send(Cancel(id=2))
    worker.send(Cancel(id=1))
    worker.send(Cancel(id=77))

    text, done = worker.read_answer(1)
    waiting = worker.read_answer(2)[1]
    last = worker.read_answer(3)[1]

    assert done["stopped"]
    assert done["n_tokens"] < 400
    assert done["text"].endswith(text)
    assert (waiting["stopped"], waiting["n_tokens"]) == (True, 0)
    assert (last["stopped"], last["n_tokens"]) == (False, 3)


@pytest.mark.parametrize(
    ("line", "request_id", "says"),
    [
        ("{", 0, "not JSON"),
        ("[]", 0, "expected"),
        ("[" * 100_000, 0, "cannot read"),
        ('{"op": "generate", "id": 4}', 4, "missing"),
        ('{"op": "dance", "id": 5}', 5, "dance"),
    ],
    ids=["torn", "a list", "deep", "incomplete", "unknown"],
)
def test_a_line_that_is_no_request_is_answered_with_what_is_wrong(worker, line, request_id, says):
    worker.send(line)

    reply = worker.read()

    assert (reply["op"], reply["id"]) == ("problem", request_id)
    assert says in reply["message"]


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"max_new_tokens": 0}, "max_new_tokens is 0: set it to 1 or more"),
        ({"temperature": -1.0}, "temperature is -1.0: set it to 0 (greedy) or more"),
        ({"values": {"review": "film " * 2000}}, "the model reads at most 511"),
        ({"prompt": "---\nmodel: x\n---\nHi {{> missing}}"}, "line 4"),
        ({"prompt": "", "template": "plain"}, "renders to nothing"),
    ],
    ids=["no tokens", "cold", "too long", "cannot render", "empty"],
)
def test_a_request_that_has_no_answer_is_told_why(worker, tiny, changes, says):
    worker.send(generate(tiny, 9, **changes))

    text, reply = worker.read_answer(9)

    assert (text, reply["op"]) == ("", "problem")
    assert says in reply["message"]


def test_a_model_that_cannot_be_loaded_costs_nothing_but_its_answer(worker, tiny, tmp_path):
    broken = write_tiny_model(tmp_path / "broken")
    (tmp_path / "broken" / "model.safetensors").write_bytes(b"no weights")

    worker.send(generate(broken, 1))
    worker.send(generate(tiny, 2, max_new_tokens=2))

    assert worker.read_answer(1)[1]["op"] == "problem"
    assert worker.read_answer(2)[1]["n_tokens"] == 2


def test_an_unpaired_surrogate_goes_through(worker, tiny):
    worker.send(generate(tiny, 1, values={"review": "\\ud83d"}, max_new_tokens=2))

    assert worker.read_answer(1)[1]["op"] in ("done", "problem")


def test_it_ends_when_stdin_closes_in_the_middle_of_an_answer(tiny):
    worker = Worker()
    worker.send(generate(tiny, 1, max_new_tokens=450))
    worker.read()

    worker.process.communicate(timeout=60)

    assert worker.process.returncode == 0


HIDE = """
import sys
class Hide:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("torch", "transformers"):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, Hide())
from tunesmith.engine.serve import main
main()
"""


def test_without_torch_it_says_what_to_install(tiny):
    command = [sys.executable, "-c", HIDE]

    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as worker:
        assert worker.stdin and worker.stdout
        worker.stdin.write(dumps(generate(tiny, 3)) + "\n")
        worker.stdin.flush()
        # Only the reply may end it: a worker whose stdin is closed answers nothing any more.
        reply = json.loads(worker.stdout.readline())
        worker.stdin.close()

    assert (reply["op"], reply["id"]) == ("problem", 3)
    assert "previews need the engine" in reply["message"]
    assert "-m pip install 'tunesmith[engine]'" in reply["message"]


def test_the_builtin_model_answers_as_transformers_does(worker):
    place = resolve(BUILTIN_MODEL, workspace=Path())
    assert place.spec is not None, place.problem
    worker.send(generate(place.spec, 1, max_new_tokens=12))

    streamed, done = worker.read_answer(1)

    messages = [
        {"role": "system", "content": "Say it.\n"},
        {"role": "user", "content": "Review: a good film"},
    ]
    assert streamed == done["text"] == reference(place.spec, messages, 12)[0]
