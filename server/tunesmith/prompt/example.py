"""One row in a prompt: what a model is asked, and what it is to answer."""

from collections.abc import Mapping
from dataclasses import dataclass

from tunesmith.prompt.files import LoadedPrompt
from tunesmith.prompt.output import Message, Segment
from tunesmith.prompt.render import render


@dataclass(frozen=True, kw_only=True)
class Example:
    """A prompt with one row in it."""

    messages: tuple[Message, ...]
    target: str | tuple[Segment, ...] | None
    """The formatted target where the prompt has one, else the row's; None where it has neither."""

    @property
    def target_text(self) -> str | None:
        """The target in one piece."""
        if isinstance(self.target, tuple):
            return "".join(segment.text for segment in self.target)
        return self.target


def make_example(loaded: LoadedPrompt, values: Mapping[str, object]) -> Example:
    """The prompt with `values` in it, by the template's names, as a job makes it.

    Raises RenderError.
    """
    data = loaded.extension.data
    asked = data.without_target(values) if data else values
    messages = render(loaded.prompt, asked, partials=loaded.partials, keep_target=False).messages
    target = render(loaded.prompt, values, partials=loaded.partials).target
    if target is None and data and data.target and data.target in values:
        return Example(messages=messages, target=str(values[data.target]))
    return Example(messages=messages, target=target)
