"""Quick looks through a whole file, of which an edit leaves most parts as they were."""

from collections.abc import Callable

from tunesmith.prompt.model import Prompt
from tunesmith.prompt.stretch import Stretch, remembered


def somewhere(test: Callable[[str], object]) -> Callable[[Prompt], bool]:
    """Whether a test holds for the head of a prompt, or for any part of its template.

    Parts meet where a tag begins, so what is looked for must not reach into a tag from outside.
    """

    @remembered
    def in_part(part: Stretch) -> bool:
        return bool(test(part.source))

    def anywhere(prompt: Prompt) -> bool:
        head = prompt.text[: prompt.body.start]
        return bool(test(head)) or any(in_part(part) for _, part in prompt.stretches)

    return anywhere
