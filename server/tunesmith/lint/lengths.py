"""How many tokens rows have; a row that must be short is neither rendered nor encoded for it.

A token stands for one byte at least, so that many rows are known to be short by their size alone;
and the tokens of a value by itself, which are counted far sooner than a row is rendered, tell most
of the others.
"""

from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from tunesmith.data.table import Row
from tunesmith.lint.model import Model
from tunesmith.prompt.conversation import HISTORY
from tunesmith.prompt.example import Example, make_example
from tunesmith.prompt.extension import DataKeys
from tunesmith.prompt.files import LoadedPrompt
from tunesmith.prompt.guard import EncodeError
from tunesmith.prompt.hashes import render_hash, settings_hash
from tunesmith.prompt.model import Prompt
from tunesmith.prompt.nodes import Mustache, Path, Text
from tunesmith.prompt.output import Message, Role, Segment
from tunesmith.prompt.render import RenderError
from tunesmith.prompt.text import Span

Ids = tuple[int, ...]

_JOIN = 32
"""Tokens that two texts may have more together than apart, where the words between them meet."""
_SLACK = 16
"""For what a template may write once an answer is there, such as the token that ends it."""


@dataclass(frozen=True, kw_only=True)
class Length:
    """Tokens of one row; none at all where it can be neither rendered nor encoded."""

    n_prompt: int
    n_target: int
    """With the token that ends it."""

    @property
    def n_ids(self) -> int:
        """Of the whole row."""
        return self.n_prompt + self.n_target


_NO_LENGTH = Length(n_prompt=0, n_target=0)


class Lengths:
    """Measures the rows of one data set. Rules that ask about the same row share the work."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self._overheads: dict[tuple[Role, ...], int] = {}
        self._simple: _Simple | None = None
        self._row: Row | None = None
        self._example: Example | None = None
        self._most = 0
        self._length: Length | None = None

    def over(self, limit: int, row: Row, loaded: LoadedPrompt) -> Length | None:
        """The length of a row of more than `limit` tokens; None for the others."""
        if self._simple and self._simple.is_short(row, limit):
            return None
        if row is not self._row:
            self._look(row, loaded)
        if self._most <= limit:
            return None
        if self._length is None:
            self._length = self._measured()
        return self._length if self._length.n_ids > limit else None

    def _look(self, row: Row, loaded: LoadedPrompt) -> None:
        is_first = self._row is None
        self._row, self._length, self._most = row, None, 0
        data = loaded.extension.data
        try:
            self._example = make_example(loaded, data.values(row.given) if data else {})
            roles: tuple[Role, ...] = tuple(turn.role for turn in self._example.messages)
            overhead = self._overhead(roles)
        except (RenderError, EncodeError):
            self._example = None
            return
        texts = [message.text for message in self._example.messages]
        known = [self._model.most_ids(text) for text in (*texts, self._example.target_text or "")]
        self._most = sum(known) + overhead
        if is_first:
            self._simple = _Simple.of(loaded, self._model, len(roles), overhead)

    def _overhead(self, roles: tuple[Role, ...]) -> int:
        """At most so many tokens are what the template writes around turns of these roles."""
        if self._model.template == "plain":
            return len(roles) + _SLACK
        found = self._overheads.get(roles)
        if found is None:
            asked = [_turn(role) for role in roles]
            written = (self._model.chat_text(turns) for turns in (asked, [*asked, _turn("model")]))
            found = self._overheads[roles] = max(map(self._model.most_ids, written)) + _SLACK
        return found

    def _measured(self) -> Length:
        if self._example is None:
            return _NO_LENGTH
        try:
            encoded = self._model.encode(self._example.messages, self._example.target)
        except EncodeError:
            return _NO_LENGTH
        return Length(n_prompt=encoded.n_prompt, n_target=len(encoded.ids) - encoded.n_prompt)


class _Simple:
    """A prompt of texts and plain variables, for which a row's values alone set a bound."""

    def __init__(
        self, model: Model, data: DataKeys, uses: Counter[str], texts: list[str], overhead: int
    ) -> None:
        self._model, self._data, self._uses = model, data, uses
        self._most = sum(map(model.most_ids, texts)) + overhead
        self._about = sum(len(model.ids(text)) + _JOIN for text in texts) + overhead
        self._row: Row | None = None
        self._n_ids = 0

    @classmethod
    def of(
        cls, loaded: LoadedPrompt, model: Model, n_turns: int, overhead: int
    ) -> "_Simple | None":
        """None for a prompt that may show a value more often than it has tags for it."""
        data, prompt = loaded.extension.data, loaded.prompt
        has_default = prompt.frontmatter and prompt.frontmatter.entry("input", "default")
        if data is None or has_default or prompt.blocks or prompt.partial_calls:
            return None
        uses: Counter[str] = Counter({data.target: 1} if data.target else {})
        n_roles = 0
        for tag in prompt.mustaches:
            name = _plain_variable(tag)
            if tag.call.name == "role":
                n_roles += 1
            elif name is None or name == HISTORY:
                return None
            else:
                uses[name] += 1
        # A turn that was blank in the first row may not be so in another.
        if n_turns < n_roles:
            return None
        texts = [node.value for node in prompt.nodes if isinstance(node, Text)]
        return cls(model, data, uses, texts, overhead)

    def is_short(self, row: Row, limit: int) -> bool:
        """Whether a row has no more tokens than the limit for certain."""
        values = self._data.values(row.values)
        found = [(values.get(name, ""), n) for name, n in self._uses.items()]
        if self._most + sum(n * self._model.most_ids(value) for value, n in found) <= limit:
            return True
        # Several rules ask about the same row.
        if row is not self._row:
            own = sum(n * (len(self._model.ids(value)) + _JOIN) for value, n in found)
            self._row, self._n_ids = row, self._about + own
        return self._n_ids <= limit


def _plain_variable(tag: Mustache) -> str | None:
    callee = tag.call.callee
    is_plain = isinstance(callee, Path) and len(callee.parts) == 1 and not callee.is_data
    return tag.call.name if is_plain and not tag.call.has_arguments else None


def _turn(role: Role) -> Message:
    return Message(role=role, parts=(Segment(text="x", is_value=False, span=Span(0, 0)),))


def n_shared_ids(sequences: Sequence[Ids]) -> int:
    """How many first tokens all of them have in common.

    >>> n_shared_ids([(1, 2, 3, 4), (1, 2, 5)])
    2
    """
    # Whatever the smallest and the largest of them share, those between them share too.
    pairs = list(zip(min(sequences), max(sequences), strict=False))
    return next((at for at, (one, two) in enumerate(pairs) if one != two), len(pairs))


def key_of(loaded: LoadedPrompt, model: Model, limit: int) -> Hashable:
    """All that the lengths of rows over a limit depend on."""
    rendered = render_hash(loaded.prompt, loaded.partials)
    return (rendered, settings_hash(loaded.extension), model.folder, model.template, limit)


@lru_cache(maxsize=1)
def lengths_for(prompt: Prompt, model: Model) -> Lengths:  # noqa: ARG001
    """The one measure that all rules share while they look at the rows of a prompt."""
    return Lengths(model)
