"""A system turn that the chat template adds to a prompt without one.

SmolLM2, for one, is then told that it is "a helpful AI assistant named SmolLM". The words are part
of every row that is trained and of every answer, and nobody sees them in the prompt.

Bad:
    ---
    tunesmith.task: generation
    tunesmith.data: {train: films.jsonl, target: label}
    ---
    Review: {{review}}
    -- films.jsonl --
    {"review": "Fine.", "label": "positive"}
Good:
    ---
    tunesmith.task: generation
    tunesmith.data: {train: films.jsonl, target: label}
    ---
    {{role "system"}}Say whether the review is positive.
    {{role "user"}}Review: {{review}}
    -- films.jsonl --
    {"review": "Fine.", "label": "positive"}
"""

from collections.abc import Iterator, Sequence

from tunesmith.lint.facts import Facts
from tunesmith.lint.model import Model
from tunesmith.lint.rule import Rule
from tunesmith.lint.samples import samples
from tunesmith.prompt.files import LoadedPrompt
from tunesmith.prompt.guard import EncodeError
from tunesmith.prompt.model import Prompt
from tunesmith.prompt.nodes import Mustache, Text
from tunesmith.prompt.output import Message, Segment
from tunesmith.prompt.text import Span
from tunesmith.wire.finding import Edit, Finding, Fix

RULE = Rule("hidden-system-prompt", severity="information", needs_model=True)
_MARK = "2f1c0f0e"
_SHOWN = 120


def check_data(loaded: LoadedPrompt, facts: Facts) -> Iterator[Finding]:
    """At most one finding, where the prompt begins."""
    model = facts.model
    sample = next(samples(loaded, facts, n_rows=1), None)
    if model is None or model.template == "plain" or sample is None:
        return
    messages = sample.example.messages
    if any(message.role == "system" for message in messages):
        return
    hidden = _hidden(messages, model)
    if hidden:
        shown = hidden if len(hidden) <= _SHOWN else f"{hidden[:_SHOWN]}..."
        message = (
            f"the chat template of {model.name} adds a system turn that is not written here: "
            f'"{shown}"; write one of your own to replace it'
        )
        start = loaded.prompt.body.start
        first_line = loaded.prompt.text[start : loaded.prompt.body.end].split("\n", 1)[0]
        place = Span(start, start + len(first_line.rstrip("\r")))
        yield RULE.at(place, message, fix=_fix(loaded.prompt, hidden))


def _hidden(messages: Sequence[Message], model: Model) -> str:
    """What stands where a system turn would stand; empty where nothing does."""
    try:
        without = model.chat_text(messages)
        before, _, after = model.chat_text([_system(_MARK), *messages]).partition(_MARK)
        is_there = without.startswith(before) and without.endswith(after)
        hidden = without[len(before) : len(without) - len(after)] if is_there else ""
        is_all = hidden and model.chat_text([_system(hidden), *messages]) == without
    except EncodeError:
        return ""
    return hidden if is_all else ""


def _system(text: str) -> Message:
    return Message(role="system", parts=(Segment(text=text, is_value=False, span=Span(0, 0)),))


def _fix(prompt: Prompt, hidden: str) -> Fix | None:
    """Writes the same words out, so that they can be seen and changed."""
    first = next((node for node in prompt.template if not _is_blank(node)), None)
    if first is None or "{{" in hidden or hidden != hidden.strip():
        return None
    has_role = isinstance(first, Mustache) and first.call.name == "role"
    text = f'{{{{role "system"}}}}{hidden}' + ("" if has_role else '{{role "user"}}')
    edit = Edit(start=prompt.body.start, end=prompt.body.start, text=text)
    return Fix(title="Write the system turn out", edits=(edit,), safe=False)


def _is_blank(node: object) -> bool:
    return isinstance(node, Text) and not node.value.strip()
