"""A template in stretches, so that an edit costs what it touches and not what the file holds.

A stretch is a part of a template that is read the same whatever stands around it. It begins with
a plain variable outside of all blocks, which no whitespace control reaches across; only the first
one begins where the template does. Its places count from where it begins.

So a stretch whose text is still there after an edit has the same nodes, and what was worked out
from it alone still holds: functions that are `remembered` are not called for it again. What stands
between such stretches is read anew, by the code that reads a whole template. It sees all that
follows, and a tag that ends elsewhere because of it is not `is_sure`, so that its stretch is read
anew every time. Blocks may stay open, since nothing in another stretch closes them; where
something would, the stretches do not `go_together`, and the whole template is read anew.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar
from weakref import WeakKeyDictionary

from tunesmith.prompt.nodes import (
    Block,
    CallParts,
    Comment,
    Mustache,
    Node,
    PartialCall,
    walk,
)
from tunesmith.prompt.problem import Problem

MAX_DEPTH = 64
"""Of blocks inside blocks; deeper ones are taken for their content."""
LENGTH = 2000
"""Characters after which a stretch ends where it can."""
T = TypeVar("T")


@dataclass(frozen=True, kw_only=True, eq=False)
class Stretch:
    """A part of a template. Compared and hashed by identity."""

    source: str
    nodes: tuple[Node, ...]
    """The outermost ones."""
    problems: tuple[Problem, ...]
    is_sure: bool
    """No tag in it would end elsewhere if something else stood behind it."""
    n_open: int
    """Blocks that it opens and does not close."""
    has_strays: bool
    """A closing tag or an `{{else}}` in it belongs to no block in it."""
    depth: int
    """Of blocks inside blocks."""

    @cached_property
    def all_nodes(self) -> tuple[Node, ...]:
        """Every node, each before what is inside it."""
        return tuple(walk(self.nodes))

    @cached_property
    def comments(self) -> tuple[Comment, ...]:
        """Comments of both forms."""
        # Most templates have none, which is seen faster in the text than in the tree.
        nodes = self.all_nodes if "!" in self.source else ()
        return tuple([node for node in nodes if isinstance(node, Comment)])

    @cached_property
    def partial_calls(self) -> tuple[PartialCall, ...]:
        """Calls of partials, in both forms."""
        nodes = self.all_nodes if ">" in self.source else ()
        return tuple([node for node in nodes if isinstance(node, PartialCall)])

    @cached_property
    def distinct(self) -> frozenset[CallParts]:
        """What its tags say, once for all that say the same."""
        found: set[CallParts] = set()
        for node in self.all_nodes:
            if isinstance(node, Mustache | Block | PartialCall):
                found.add(node.call.parts)
            if isinstance(node, Block):
                found.update([each.call.parts for each in node.branches if each.call])
        return frozenset(found)

    @cached_property
    def calling(self) -> dict[str, tuple[Mustache | Block, ...]]:
        """Its tags that call a plain name, by that name, in order."""
        found: defaultdict[str, list[Mustache | Block]] = defaultdict(list)
        for node in self.all_nodes:
            if isinstance(node, Mustache | Block):
                found[node.call.parts.name].append(node)
        return {name: tuple(nodes) for name, nodes in found.items()}

    def begins_at(self, text: str, at: int) -> bool:
        """Whether the tag that it begins with stands at a place of another text."""
        return text.startswith(self.source[: self.nodes[0].span.end], at)


def kept(
    text: str, before: Sequence[Stretch]
) -> tuple[Sequence[Stretch], int, int, Sequence[Stretch]]:
    """The stretches at both ends of an older template that a newer one still has.

    What is to be read stands between the two places.
    """
    front: list[Stretch] = []
    start = 0
    for stretch in before:
        if not (stretch.is_sure and text.startswith(stretch.source, start)):
            break
        front.append(stretch)
        start += len(stretch.source)
    # The last one ends where the next one begins, so this has to be so still.
    behind = before[len(front) :]
    if front and not (behind and behind[0].begins_at(text, start)):
        start -= len(front.pop().source)
    back: list[Stretch] = []
    stop = len(text)
    for stretch in reversed(behind[1:]):
        n_left = stop - start - len(stretch.source)
        if n_left < 0 or not (stretch.is_sure and text.endswith(stretch.source, start, stop)):
            break
        back.append(stretch)
        stop -= len(stretch.source)
    if back and stop > start and not stands_free(text, stop):
        stop += len(back.pop().source)
    return front, start, stop, back[::-1]


def go_together(stretches: Sequence[Stretch]) -> bool:
    """Whether no block that one of them leaves open reaches into another."""
    n_open = 0
    for stretch in stretches:
        if n_open and (stretch.has_strays or n_open + stretch.depth > MAX_DEPTH):
            return False
        n_open += stretch.n_open
    return True


def stands_free(text: str, at: int) -> bool:
    """Whether a tag that begins at a place is one, whatever it says."""
    return at == 0 or text[at - 1] not in "\\{"


def remembered(work: Callable[[Stretch], T]) -> Callable[[Stretch], T]:
    """The same function, whose answer is remembered for as long as the stretch is."""
    known: WeakKeyDictionary[Stretch, T] = WeakKeyDictionary()

    def answer(stretch: Stretch) -> T:
        found = known.get(stretch)
        if found is None:
            found = known[stretch] = work(stretch)
        return found

    return answer
