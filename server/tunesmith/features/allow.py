"""The comment that allows what a rule says about a line, as an edit."""

from tunesmith.lint.suppress import allows
from tunesmith.prompt.model import Prompt
from tunesmith.prompt.parse import parse
from tunesmith.prompt.text import LineIndex
from tunesmith.wire.finding import Edit, Finding


def allow_edit(prompt: Prompt, finding: Finding) -> Edit | None:
    """Put the comment on a line of its own above a finding.

    None where no comment can stand without a change of what the prompt says, such as inside a tag
    that goes over several lines.
    """
    text = prompt.text
    at = max(text.rfind("\n", 0, finding.start), text.rfind("\r", 0, finding.start)) + 1
    body = prompt.frontmatter is None or at >= prompt.frontmatter.span.end
    words = f"tunesmith: allow {finding.rule}"
    comment = f"{{{{!-- {words} --}}}}" if body else f"# {words}"
    line_end = "\r\n" if "\r\n" in text else "\n"
    edit = Edit(start=at, end=at, text=_indent(text, at) + comment + line_end)
    after = parse(text[:at] + edit.text + text[at:])
    line, _ = LineIndex(text).position(finding.start)
    is_heard = any(one.rule == finding.rule and one.line == line + 1 for one in allows(after))
    return edit if is_heard and _says(after) == _says(prompt) else None


def _indent(text: str, at: int) -> str:
    line = text[at:]
    return line[: len(line) - len(line.lstrip(" \t"))]


def _says(prompt: Prompt) -> tuple[object, ...]:
    """All that a comment must not change."""
    frontmatter = prompt.frontmatter
    texts = "".join(node.value for node in prompt.texts)
    return frontmatter and frontmatter.root.value, texts, len(prompt.problems)
