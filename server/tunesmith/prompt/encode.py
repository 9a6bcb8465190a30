"""The one encoder: messages and a target to token ids and a loss mask.

Training, previews, evaluation and `tunesmith tokens` all encode here, so that what is shown is
what is trained. A row is encoded whole, as `apply_chat_template` of transformers does. Only where
a value would become a control token, the stretch around it is encoded without control tokens.
"""

import copy
import json
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal, cast

from tokenizers import Tokenizer

from tunesmith.prompt.chat_template import ChatTemplateError, Turn, render_chat
from tunesmith.prompt.encoded import Encoded
from tunesmith.prompt.guard import EncodeError, Guard, any_of
from tunesmith.prompt.output import Media, Message, Role, Segment
from tunesmith.prompt.text import Span
from tunesmith.prompt.tokenizer_files import read_tokenizer_files

__all__ = ["EncodeError", "Encoded", "Encoder", "Template"]

Template = Literal["chat", "plain"]

_CHAT_ROLES: dict[Role, str] = {
    "user": "user",
    "model": "assistant",
    "system": "system",
    "tool": "tool",
}


class Encoder:
    """A model's tokenizer and chat template."""

    def __init__(
        self,
        tokenizer: Tokenizer,
        *,
        chat_template: str | None,
        named_tokens: Mapping[str, str],
        eos_ids: tuple[int, ...] = (),
    ) -> None:
        tokenizer.no_truncation()
        tokenizer.no_padding()
        self._tokenizer = tokenizer
        self._chat_template = chat_template
        self.named_tokens = named_tokens
        """`bos_token`, `eos_token` and so on, as far as the tokenizer names them."""
        self.control_tokens = _control_ids(tokenizer, chat_template or "")
        """Tokens that mean structure, such as `<|im_start|>`, with their ids."""
        self._control = any_of(self.control_tokens)
        self._all_control_ids = frozenset(self.control_tokens.values())
        self._bare = _without_added_tokens(tokenizer)
        self._configured_eos_ids = eos_ids
        self._template_kwargs: Mapping[str, object] = {}

    @classmethod
    def load(cls, model_dir: Path) -> "Encoder":
        """The encoder of a model folder. Raises EncodeError where a file is missing or broken."""
        path = model_dir / "tokenizer.json"
        if not path.is_file():
            raise EncodeError(f"there is no {path}: the folder holds no model with a tokenizer")
        files = read_tokenizer_files(model_dir)
        try:
            tokenizer = Tokenizer.from_file(str(path))
        except Exception as error:
            # The library raises the bare class for a file that it cannot read.
            raise EncodeError(f"cannot read {path}: {error}") from error
        return cls(
            tokenizer,
            chat_template=files.chat_template,
            named_tokens=files.named_tokens,
            eos_ids=files.eos_ids,
        )

    def using(self, chat_template_kwargs: Mapping[str, object]) -> "Encoder":
        """The same, with names that the chat template reads, such as `enable_thinking`."""
        other = copy.copy(self)
        other.__dict__.pop("_end_of_turn", None)
        other._template_kwargs = chat_template_kwargs
        return other

    @property
    def has_chat_template(self) -> bool:
        """Whether `template="chat"` can be asked for."""
        return self._chat_template is not None

    @property
    def end_of_turn_id(self) -> int | None:
        """The token that ends a model turn; the end-of-text token without a chat template."""
        return self.control_tokens.get(self._end_of_turn)

    @cached_property
    def _end_of_turn(self) -> str:
        eos = self.named_tokens.get("eos_token", "")
        if self._chat_template is None:
            return eos
        turns = [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]
        try:
            text = self._rendered(turns, add_generation_prompt=False)
        except EncodeError:
            return eos
        found = self._control.search(text, self._blanked(text).rfind("b") + 1)
        return found.group() if found else eos

    @property
    def eos_ids(self) -> tuple[int, ...]:
        """Tokens that end a generation."""
        found = (*self._configured_eos_ids, self._eos_id, self.end_of_turn_id)
        return tuple(dict.fromkeys(token for token in found if token is not None))

    @property
    def _eos_id(self) -> int | None:
        return self.control_tokens.get(self.named_tokens.get("eos_token", ""))

    def decode(self, ids: Sequence[int], *, keep_control: bool = False) -> str:
        """Ids as text, control tokens left out unless they are asked for."""
        return self._tokenizer.decode(list(ids), skip_special_tokens=not keep_control)

    def ids(self, text: str) -> tuple[int, ...]:
        """A bare text as tokens; nothing in it is guarded, and nothing added."""
        return tuple(self._normal_ids(text))

    def most_ids(self, text: str) -> int:
        """A number of tokens that a text never exceeds, found without encoding it."""
        content = text.encode(errors="surrogatepass")
        if self._tokenizer.normalizer is not None:
            normal = self._tokenizer.normalizer.normalize_str(content.decode(errors="replace"))
            content = normal.encode()
        # A token stands for one byte at least; a blank may become a character of three.
        return len(content) + 2 * content.count(b" ") + 3

    def chat_text(self, messages: Sequence[Message]) -> str:
        """What the chat template makes of some turns, ready for an answer. Raises EncodeError."""
        guard = Guard(self._control, messages)
        turns = [_turn(message, guard) for message in messages]
        return guard.restored(self._rendered(turns, add_generation_prompt=True))

    def encode(
        self,
        messages: Sequence[Message],
        target: str | tuple[Segment, ...] | None,
        *,
        template: Template = "chat",
    ) -> Encoded:
        """The prompt as generation starts from it, then the target and the token that ends it.

        Without a target, the prompt alone. Raises EncodeError.
        """
        answer = _as_segments(target)
        guard = Guard(self._control, [*messages, *(answer or ())])
        if template == "plain":
            start, whole = self._plain_texts(messages, answer, guard)
        else:
            start, whole = self._chat_texts(messages, answer, guard)
        prompt_ids = self._bos(template) + self._ids(start, guard)
        if whole is None:
            return Encoded(
                ids=prompt_ids, mask=(False,) * len(prompt_ids), n_prompt=len(prompt_ids)
            )
        ids = self._bos(template) + self._ids(whole, guard)
        merges = ids[: len(prompt_ids)] != prompt_ids
        if merges:
            # A token would reach over the border, which generation cannot produce.
            ids = prompt_ids + self._ids(whole[len(start) :], guard)
        n_target = len(ids) - len(prompt_ids)
        mask = (False,) * len(prompt_ids) + (True,) * n_target
        return Encoded(ids=ids, mask=mask, n_prompt=len(prompt_ids), merges=merges)

    def _chat_texts(
        self,
        messages: Sequence[Message],
        answer: tuple[Segment, ...] | None,
        guard: Guard,
    ) -> tuple[str, str | None]:
        """The text that generation starts from, and the same with the answer and its end."""
        turns = [_turn(message, guard) for message in messages]
        start = self._rendered(turns, add_generation_prompt=True)
        if answer is None:
            return start, None
        content = guard.text(answer)
        turns.append({"role": "assistant", "content": content})
        whole = self._rendered(turns, add_generation_prompt=False)
        if not whole.startswith(start):
            raise EncodeError(
                "the model's chat template writes an answer differently when it is trained on than "
                "when it is generated: set template: plain"
            )
        return start, self._up_to_end(whole, len(start), content)

    def _up_to_end(self, whole: str, start: int, content: str) -> str:
        """Without what the template writes behind the token that ends the turn."""
        kept = content.strip()
        if not kept:
            # Nothing to look for, but it ends as every other turn does.
            is_known = self._end_of_turn in self.control_tokens
            end = self._end_of_turn if is_known else self._end_token()
            before, _, _ = whole[start:].partition(end)
            return f"{whole[:start]}{before}{end}"
        at = self._blanked(whole).rfind(self._blanked(kept), start)
        if at < 0:
            raise EncodeError("the model's chat template changes the target: set template: plain")
        end = self._control.search(whole, at + len(kept))
        if end:
            return whole[: end.end()]
        return whole[: at + len(kept)] + self._end_token()

    def _blanked(self, text: str) -> str:
        """The text for a search that must not find a word inside a control token."""
        return self._control.sub(lambda match: "\0" * len(match.group()), text)

    def _plain_texts(
        self, messages: Sequence[Message], answer: tuple[Segment, ...] | None, guard: Guard
    ) -> tuple[str, str | None]:
        """The texts of the turns, each on a line of its own unless blanks stand there already."""
        texts = [_turn(message, guard)["content"] for message in messages]
        start = _joined(texts)
        if answer is None:
            return start, None
        content = guard.text(answer)
        return start, _joined([start, content]) + self._end_token()

    def _end_token(self) -> str:
        token = self.named_tokens.get("eos_token", "")
        if token not in self.control_tokens:
            raise EncodeError("the tokenizer names no eos_token: add it to tokenizer_config.json")
        return token

    def _rendered(self, turns: Sequence[Turn], *, add_generation_prompt: bool) -> str:
        if self._chat_template is None:
            raise EncodeError("the model has no chat template: set template: plain")
        try:
            return render_chat(
                self._chat_template,
                turns,
                add_generation_prompt=add_generation_prompt,
                settings={**self.named_tokens, **self._template_kwargs},
            )
        except ChatTemplateError as error:
            raise EncodeError(f"{error}: change the roles, or set template: plain") from error

    def _bos(self, template: Template) -> tuple[int, ...]:
        """What a raw text begins with; a chat template writes it itself."""
        bos = self.control_tokens.get(self.named_tokens.get("bos_token", ""))
        around = self._tokenizer.encode("").ids
        return (bos,) if template == "plain" and around[:1] == [bos] and bos is not None else ()

    def _ids(self, text: str, guard: Guard) -> tuple[int, ...]:
        """The ids of a text in which marks stand for what must stay text."""
        return tuple(token for part in self._parts(text, guard) for token in part)

    def _parts(self, text: str, guard: Guard) -> Iterator[list[int]]:
        """The ids of a text, which is cut only where a value must stay text.

        Each stretch between two control tokens that has a mark is encoded by the bare tokenizer.
        """
        if not guard.has_mark(text) and not self._folds:
            yield self._normal_ids(text)
            return
        normal = ""
        for stretch in self._stretches(text):
            if guard.has_mark(stretch) or self._gains_control(stretch):
                yield self._normal_ids(normal)
                yield self._bare_ids(guard.restored(stretch))
                normal = ""
            else:
                normal += stretch
        yield self._normal_ids(normal)

    def _stretches(self, text: str) -> Iterator[str]:
        """The control tokens in a text, and what stands between them."""
        cuts = [0, *(cut for match in self._control.finditer(text) for cut in match.span())]
        yield from (text[start:end] for start, end in pairwise([*cuts, len(text)]))

    @cached_property
    def _folds(self) -> bool:
        """Whether other letters, such as capitals, can be read as a control token."""
        added = self._tokenizer.get_added_tokens_decoder().values()
        return self._tokenizer.normalizer is not None and any(
            token.normalized for token in added if token.content in self.control_tokens
        )

    def _gains_control(self, stretch: str) -> bool:
        is_control = stretch in self.control_tokens
        return self._folds and not is_control and self._has_control(self._normal_ids(stretch))

    def _has_control(self, ids: Sequence[int]) -> bool:
        return not self._all_control_ids.isdisjoint(ids)

    def _normal_ids(self, text: str) -> list[int]:
        return self._tokenizer.encode(text, add_special_tokens=False).ids if text else []

    def _bare_ids(self, text: str) -> list[int]:
        """A text without control tokens, which some vocabularies hold as words too.

        It is then encoded in pieces: each such word in two, or at last letter by letter.
        """
        cuts = (0, *(match.start() + 1 for match in self._control.finditer(text)), len(text))
        in_two = [text[start:end] for start, end in pairwise(cuts)]
        for pieces in ([text], in_two, text):
            found = [self._bare.encode(piece, add_special_tokens=False).ids for piece in pieces]
            ids = [token for piece in found for token in piece]
            if not self._has_control(ids):
                return ids
        raise EncodeError("a value holds a letter that is a control token of the model: remove it")


def _turn(message: Message, guard: Guard) -> Turn:
    if any(isinstance(part, Media) for part in message.parts):
        raise EncodeError("a turn has media, and the model reads text only: remove {{media}}")
    return {"role": _CHAT_ROLES[message.role], "content": guard.text(message.segments)}


def _as_segments(target: str | tuple[Segment, ...] | None) -> tuple[Segment, ...] | None:
    if isinstance(target, str):
        return (Segment(text=target, is_value=True, span=Span(0, 0)),)
    return target


def _joined(texts: Sequence[str]) -> str:
    whole = ""
    for text in texts:
        is_apart = not whole or not text or whole[-1].isspace() or text[0].isspace()
        whole += text if is_apart else f"\n{text}"
    return whole


def _control_ids(tokenizer: Tokenizer, chat_template: str) -> dict[str, int]:
    """Tokens that mean structure: special ones, and others that the chat template writes.

    A blank is never one, though some tokenizers have tokens for runs of blanks.
    """
    return {
        token.content: token_id
        for token_id, token in tokenizer.get_added_tokens_decoder().items()
        if token.special or (token.content in chat_template and not token.content.isspace())
    }


def _without_added_tokens(tokenizer: Tokenizer) -> Tokenizer:
    plain = cast("dict[str, Any]", json.loads(tokenizer.to_str()))
    # Ids stay as they are, since the vocabulary of the model itself is left alone.
    plain |= {"added_tokens": [], "post_processor": None}
    _put_no_blank_first(plain.get("pre_tokenizer"))
    return Tokenizer.from_str(json.dumps(plain))


def _put_no_blank_first(pre_tokenizer: Any) -> None:
    """Some put a blank before the first word of a text; what is cut out of one is not its first."""
    if not isinstance(pre_tokenizer, dict):
        return
    plain = cast("dict[str, Any]", pre_tokenizer)
    if plain.get("prepend_scheme") == "first":
        plain["prepend_scheme"] = "never"
    for inner in plain.get("pretokenizers", ()):
        _put_no_blank_first(inner)
