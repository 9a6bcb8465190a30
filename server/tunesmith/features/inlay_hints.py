"""The last preview, at the end of the template."""

from dataclasses import dataclass

from lsprotocol import types

from tunesmith.prompt.model import Prompt
from tunesmith.prompt.text import ColumnUnit, LineIndex
from tunesmith.wire.editor import PreviewResult

MAX_LABEL = 48


@dataclass(frozen=True, kw_only=True)
class LastPreview:
    """What a model answered, and to which wording."""

    result: PreviewResult
    render_hash: str
    model: str


def preview_hint(
    preview: LastPreview, prompt: Prompt, lines: LineIndex, render_hash: str, unit: ColumnUnit
) -> types.InlayHint:
    """One short label behind the template's last line; the whole answer is its tooltip."""
    result = preview.result
    end = prompt.body.start + len(prompt.body.of(prompt.text).rstrip())
    stale = "" if preview.render_hash == render_hash else " (earlier wording)"
    return types.InlayHint(
        position=types.Position(*lines.position(end, unit)),
        label=f"→ {shorten(result.output, MAX_LABEL)}{stale}",
        tooltip=types.MarkupContent(types.MarkupKind.Markdown, _tooltip(preview)),
        padding_left=True,
    )


def shorten(text: str, n: int) -> str:
    r"""At most `n` characters in one line, without those that steer a screen or turn text around.

    >>> shorten("a  good\nfilm", 6)
    'a goo…'
    """
    line = "".join(char for char in " ".join(text.split()) if char.isprintable())
    return line if len(line) <= n else line[: n - 1] + "…"


def fenced(text: str) -> str:
    """Text from a model or a row as a Markdown block that nothing in it can leave."""
    fence = "```"
    while fence in text:
        fence += "`"
    return f"{fence}text\n{text}\n{fence}"


def _tooltip(preview: LastPreview) -> str:
    result = preview.result
    stopped = ", stopped" if result.stopped else ""
    return (
        f"Row {result.row}, {preview.model}: {result.tokens} tokens "
        f"in {result.seconds:.1f} s{stopped}\n\n{fenced(result.output)}"
    )
