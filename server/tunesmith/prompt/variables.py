"""Which inputs a prompt takes from the row, and which helpers it calls."""

from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass
from functools import lru_cache
from weakref import WeakKeyDictionary

from tunesmith.prompt.light import light
from tunesmith.prompt.model import Prompt
from tunesmith.prompt.nodes import (
    Block,
    Call,
    CallParts,
    Expression,
    Mustache,
    Node,
    PartialCall,
    Path,
    Text,
)
from tunesmith.prompt.parse import parse_partial
from tunesmith.prompt.stretch import Stretch, remembered
from tunesmith.prompt.text import Span

INLINE_HELPERS = frozenset({"role", "history", "media", "section", "json", "lookup", "log"})
BLOCK_HELPERS = frozenset({"if", "unless", "each", "with", "ifEquals", "unlessEquals"})
HELPERS = INLINE_HELPERS | BLOCK_HELPERS
_OPENS_SCOPE = frozenset({"each", "with"})


@light
class Variable:
    """One use of an input."""

    name: str
    """First part of its path."""
    start: int
    end: int

    @property
    def span(self) -> Span:
        """Of the whole path; for uses inside a partial, of the call of the partial."""
        return Span(self.start, self.end)


@light
class HelperCall:
    """One call that only a helper can answer."""

    name: str
    span: Span
    """Of the name."""
    is_block: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class _Scope:
    """What names mean at one place of the template."""

    n_inner: int | None = 0
    """How many blocks changed `this`; the row is that many `../` away. None: out of reach."""
    bound: frozenset[str] = frozenset()
    """Block parameters and, inside a partial, the names that its call gives."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Entered:
    """A call of a partial, and what names mean inside it."""

    name: str
    scope: _Scope
    span: Span


@light
class _Use:
    """A path that may lead to an input; its place counts from where its tag begins."""

    name: str
    start: int
    end: int
    depth: int | None
    """How many `../` it has; None where it begins with `@root`."""
    is_explicit: bool


_variables: WeakKeyDictionary[Prompt, tuple[dict[str, str], tuple[Variable, ...]]] = (
    WeakKeyDictionary()
)


def variables(prompt: Prompt, partials: Mapping[str, str] | None = None) -> tuple[Variable, ...]:
    """Every use of an input of the row, in the order of the template.

    Names inside `each` and `with` belong to the item, and are not inputs. An input that a partial
    takes stands once for each call of the partial.

    >>> from tunesmith.prompt.parse import parse
    >>> [use.name for use in variables(parse("{{#each items}}{{name}}{{../title}}{{/each}}"))]
    ['items', 'title']
    """
    given = dict(partials or {})
    known = _variables.get(prompt)
    # Many rules ask for the same.
    if known is None or known[0] != given:
        known = _variables[prompt] = given, tuple(_Finder(given).uses(prompt))
    return known[1]


def input_names(prompt: Prompt, partials: Mapping[str, str]) -> frozenset[str]:
    """The names of all `variables`; after an edit, far sooner than these."""
    finder = _Finder(partials)
    return frozenset[str]().union(*[finder.names(stretch) for _, stretch in prompt.stretches])


def uses_of(prompt: Prompt, partials: Mapping[str, str], names: Set[str]) -> tuple[Variable, ...]:
    """Those of `variables` that have one of some names; the fewer stretches, the sooner."""
    return tuple(_Finder(partials).uses(prompt, names)) if names else ()


def called_helpers(prompt: Prompt, besides: Set[str] = frozenset()) -> tuple[HelperCall, ...]:
    """Every call that must be a helper's: known by name, or with arguments, so no variable.

    Those of some names left out.
    """
    return tuple(
        [
            HelperCall(helper.name, helper.span.moved(at), helper.is_block)
            for at, stretch in prompt.stretches
            for helper in _helpers_in(stretch)
            if helper.name not in besides
        ]
    )


class _Finder:
    """Finds the uses of inputs; each partial is looked through once for each scope."""

    def __init__(self, partials: Mapping[str, str]) -> None:
        self._partials = partials
        self._inside: dict[tuple[str, _Scope], list[Variable | _Entered]] = {}
        self._names: dict[tuple[str, _Scope], tuple[str, ...]] = {}

    def uses(self, prompt: Prompt, among: Set[str] | None = None) -> Iterator[Variable]:
        """Every use in a prompt, or those that have one of some names."""
        for at, stretch in prompt.stretches:
            if among is None or not among.isdisjoint(self.names(stretch)):
                for use in self._uses_in(stretch, at):
                    if among is None or use.name in among:
                        yield use

    def names(self, stretch: Stretch) -> Set[str]:
        """The names of all inputs that a stretch takes."""
        taken = _taken(stretch)
        inside = [self._names_in(call) for call in taken.entered]
        return taken.names.union(*inside) if inside else taken.names

    def _uses_in(self, stretch: Stretch, at: int) -> Iterator[Variable]:
        for item in _taken(stretch).items:
            if isinstance(item, Variable):
                yield Variable(item.name, item.start + at, item.end + at)
            else:
                span = item.span.moved(at)
                for name in self._names_in(item):
                    yield Variable(name, span.start, span.end)

    def _names_in(self, call: _Entered) -> tuple[str, ...]:
        """The inputs that a partial takes, with those of the partials it reaches."""
        first = call.name, call.scope
        if first in self._names:
            return self._names[first]
        names: dict[str, None] = {}
        reached = {first: None}
        for name, scope in (waiting := [first]):
            for item in self._items_in(name, scope):
                if isinstance(item, Variable):
                    names[item.name] = None
                elif (item.name, item.scope) not in reached:
                    reached[item.name, item.scope] = None
                    waiting.append((item.name, item.scope))
        self._names[first] = tuple(names)
        return self._names[first]

    def _items_in(self, name: str, scope: _Scope) -> list[Variable | _Entered]:
        key = name, scope
        if key not in self._inside:
            self._inside[key] = []
            text = self._partials.get(name)
            if text is not None:
                _find(parse_partial(text), scope, self._inside[key])
        return self._inside[key]


@dataclass(frozen=True, kw_only=True, slots=True)
class _Taken:
    """What a stretch takes from the row; its places count from where the stretch begins."""

    items: tuple[Variable | _Entered, ...]
    names: frozenset[str]
    """Without those that its partials take."""
    entered: tuple[_Entered, ...]


@remembered
def _taken(stretch: Stretch) -> _Taken:
    found: list[Variable | _Entered] = []
    _find(stretch.nodes, _Scope(), found)
    return _Taken(
        items=tuple(found),
        names=frozenset([item.name for item in found if isinstance(item, Variable)]),
        entered=tuple([item for item in found if isinstance(item, _Entered)]),
    )


def _find(nodes: tuple[Node, ...], scope: _Scope, found: list[Variable | _Entered]) -> None:
    n_inner, bound = scope.n_inner, scope.bound
    for node in nodes:
        if isinstance(node, Text):
            continue
        if isinstance(node, Mustache):
            parts = node.call.parts
            # As `_add` does, without a call for each of what most nodes are.
            at = node.start
            for use in _uses(parts):
                is_input = use.depth is None or use.depth == n_inner
                if is_input and (use.is_explicit or use.name not in bound):
                    found.append(Variable(use.name, at + use.start, at + use.end))
        elif isinstance(node, Block):
            _find_in_block(node, scope, found)
        elif isinstance(node, PartialCall):
            _find_in_partial(node, scope, found)


def _add(uses: tuple[_Use, ...], at: int, scope: _Scope, found: list[Variable | _Entered]) -> None:
    for use in uses:
        is_input = use.depth is None or use.depth == scope.n_inner
        if is_input and (use.is_explicit or use.name not in scope.bound):
            found.append(Variable(use.name, at + use.start, at + use.end))


def _find_in_block(block: Block, scope: _Scope, found: list[Variable | _Entered]) -> None:
    _add(_uses(block.call.parts), block.call.at, scope, found)
    inside = _inside(block.call, scope)
    body, otherwise = (scope, inside) if block.form == "inverse" else (inside, scope)
    _find(block.body, body, found)
    for branch in block.branches:
        inner = otherwise
        if branch.call:
            _add(_uses(branch.call.parts), branch.call.at, scope, found)
            inner = _inside(branch.call, scope)
        _find(branch.body, inner, found)


def _inside(call: Call, scope: _Scope) -> _Scope:
    """The scope of a block's body. A block over a plain variable is a section of that variable."""
    opens = call.name in _OPENS_SCOPE or (call.name not in HELPERS and not call.has_arguments)
    if not opens and not call.params:
        return scope
    bound = scope.bound | {param.name for param in call.params}
    n_inner = None if scope.n_inner is None else scope.n_inner + opens
    return _Scope(n_inner=n_inner, bound=bound)


def _find_in_partial(node: PartialCall, scope: _Scope, found: list[Variable | _Entered]) -> None:
    call = node.call
    _add(_given(call.parts), call.at, scope, found)
    if isinstance(call.callee, Call):
        _add(_uses(call.callee.parts), call.at, scope, found)
    _find(node.body or (), scope, found)
    if node.name is None:
        return
    context = call.arguments[0] if call.arguments else None
    keeps_row = context is None or (isinstance(context, Path) and context.parts == ())
    inner = _Scope(
        # A partial cannot reach out of its context with `../`.
        n_inner=0 if keeps_row and scope.n_inner == 0 else None,
        bound=frozenset(named.key for named in call.named),
    )
    found.append(_Entered(name=node.name, scope=inner, span=node.span))


# Equal tags share their parts, so each is judged once.
@lru_cache(maxsize=16_384)
def _uses(parts: CallParts) -> tuple[_Use, ...]:
    """The paths of a call that are no helper's name."""
    is_variable = not (parts.arguments or parts.named) and parts.name not in HELPERS
    callee = tuple(_uses_in(parts.callee)) if is_variable else ()
    return (*callee, *_given(parts))


def _given(parts: CallParts) -> tuple[_Use, ...]:
    """The paths in the arguments of a call."""
    values = (*parts.arguments, *(named.value for named in parts.named))
    return tuple(use for value in values for use in _uses_in(value))


def _uses_in(value: Expression) -> Iterator[_Use]:
    if isinstance(value, Call):
        yield from _uses(value.parts)
    elif isinstance(value, Path):
        name, span = value.name, value.span
        if not value.is_data and name:
            yield _Use(name, span.start, span.end, value.depth, value.is_explicit)
        elif value.is_data and name == "root" and len(value.parts) > 1:
            yield _Use(value.parts[1], span.start, span.end, None, is_explicit=True)


@remembered
def _helpers_in(stretch: Stretch) -> tuple[HelperCall, ...]:
    found: list[HelperCall] = []
    for node in stretch.all_nodes:
        if isinstance(node, Mustache):
            # Most tags are plain variables.
            if _helper_names(node.call.parts):
                found += _placed(node.call, is_block=False)
        elif isinstance(node, Block):
            calls = (node.call, *(branch.call for branch in node.branches if branch.call))
            found += [one for call in calls for one in _placed(call, is_block=True)]
        elif isinstance(node, PartialCall):
            parts = node.call.parts
            values = (parts.callee, *parts.arguments, *(named.value for named in parts.named))
            inner = [value.moved(node.call.at) for value in values if isinstance(value, Call)]
            found += [one for call in inner for one in _placed(call, is_block=False)]
    return tuple(sorted(found, key=lambda helper: helper.span.start))


def _placed(call: Call, *, is_block: bool) -> Iterator[HelperCall]:
    for name, span, is_outer in _helper_names(call.parts):
        yield HelperCall(name, span.moved(call.at), is_block and is_outer)


@lru_cache(maxsize=16_384)
def _helper_names(parts: CallParts) -> tuple[tuple[str, Span, bool], ...]:
    """The helpers of a call; whether each is what the call itself names."""
    found: list[tuple[str, Span, bool]] = []
    has_arguments = bool(parts.arguments or parts.named)
    if isinstance(parts.callee, Path) and (parts.name in HELPERS or has_arguments):
        name = parts.name or ".".join(parts.callee.parts)
        found.append((name, parts.callee.span, True))
    for value in (*parts.arguments, *(named.value for named in parts.named)):
        if isinstance(value, Call):
            found.extend((name, span, False) for name, span, _ in _helper_names(value.parts))
    return tuple(found)
