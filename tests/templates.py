"""Random templates with the data they are rendered with: all of Handlebars that Dotprompt uses."""

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

NAMES = ("a", "b", "n", "f", "yes", "no", "nil", "gone", "xs", "us", "none", "user")
TEXTS = (
    "x",
    " ",
    "\n",
    "\n",
    "\n  ",
    "  \n",
    " y ",
    "\t",
    "\r\n",
    "词",
    '{"k": ',
    " }",
    "- ",
    "\\{{a}}",
)
WORDS = ("A", "", "two words", "line\nline", "词语", "<b>&", "{{b}}", " ")


@dataclass(frozen=True)
class Sample:
    """One template with everything that is needed to render it."""

    template: str
    partials: dict[str, str]
    values: dict[str, object]


def sample(seed: int) -> Sample:
    """The template of a number, always the same."""
    writer = _Writer(Random(seed))
    # No partial leads back to itself, which would only show how a rendering is refused.
    leaf = writer.text_of(1, 2).replace("leaf", "list").replace("frame", "missing")
    frame = writer.text_of(1, 2).replace("frame", "missing")
    partials = {
        "leaf": leaf,
        "list": "- {{this}}\n{{#each xs}}\n  {{@index}}\n{{/each}}\n",
        "frame": f"[{{{{> @partial-block}}}}{frame}]",
    }
    return Sample(template=writer.text_of(3, 6), partials=partials, values=writer.values())


class _Writer:
    def __init__(self, random: Random) -> None:
        self._random = random
        self._depth = 0

    def values(self) -> dict[str, object]:
        """Values of every kind; `gone` is always missing."""
        pick = self._random.choice
        user = {"name": pick(WORDS), "age": pick((0, 7)), "xs": pick(([], ["p", "q"]))}
        return {
            "a": pick(WORDS),
            "b": pick(WORDS),
            "n": pick((0, 1, -7, 12)),
            "f": pick((0.5, 2.0, -1.25)),
            "yes": True,
            "no": False,
            "nil": None,
            "xs": pick(([], ["p"], ["p", "q", "r"], [1, 2], [["i"], ["j", "k"]])),
            "us": pick(([], [user], [user, {"name": "Bo"}])),
            "none": pick(({}, [])),
            "user": user,
        }

    def text_of(self, depth: int, n_nodes: int) -> str:
        """Some nodes one after the other."""
        self._depth += 1
        nodes = [self._node(depth) for _ in range(self._random.randint(0, n_nodes))]
        self._depth -= 1
        return "".join(nodes)

    def _node(self, depth: int) -> str:
        leaves: list[Callable[[], str]] = [self._text, self._text, self._value, self._comment]
        leaves += [self._mark, self._json, self._partial]
        blocks: list[Callable[[int], str]] = [self._if, self._if, self._each, self._with]
        blocks += [self._section, self._inverse, self._equals, self._raw, self._partial_block]
        if depth and self._random.random() < 0.4:
            return self._random.choice(blocks)(depth - 1)
        return self._random.choice(leaves)()

    def _text(self) -> str:
        return "".join(self._random.choices(TEXTS, k=self._random.randint(1, 3)))

    def _tag(self, words: str, sigil: str = "") -> str:
        """A tag, now and then with blanks and tildes in it."""
        left, right = (self._random.choice(("", "", "", "", "~")) for _ in "ab")
        space = self._random.choice(("", "", " "))
        return f"{{{{{left}{sigil}{space if not sigil else ''}{words}{space}{right}}}}}"

    def _path(self) -> str:
        pick = self._random.choice
        plain = pick(NAMES)
        inner = pick(("name", "age", "xs"))
        forms = [plain] * 6 + [f"user.{inner}", f"user/{inner}", f"this.{plain}", f"./{plain}"]
        forms += [
            f"../{plain}",
            f"../../{plain}",
            "this",
            ".",
            "xs.[0]",
            "us.[0].name",
            "xs.length",
        ]
        forms += [f"@root.{plain}", "@index", "@key", "@first", "@last", "@../index", "[a]", inner]
        forms += ["it", "at", "user.gone.deep", "us.[0].name", "xs.length"]
        return pick(forms)

    def _expression(self, depth: int = 1) -> str:
        pick = self._random.choice
        literals = ("1", "0", "-2", "1.5", '"A"', "'two words'", "true", "false", "null")
        if self._random.random() < 0.25:
            return pick(literals)
        if depth and self._random.random() < 0.15:
            return f"(lookup {self._path()} {self._expression(depth - 1)})"
        return self._path()

    def _value(self) -> str:
        form = self._random.random()
        if form < 0.1:
            return f"{{{{{{{self._path()}}}}}}}"
        if form < 0.2:
            return self._tag(self._path(), "&")
        if form < 0.3:
            return self._tag(f"lookup {self._path()} {self._expression()}")
        return self._tag(self._path())

    def _comment(self) -> str:
        return self._random.choice(
            ("{{! note }}", "{{!-- a {{b}} c --}}", "{{~!-- n --~}}", "{{!n~}}")
        )

    def _mark(self) -> str:
        pick = self._random.choice
        words = pick(("history", f'section "{pick("xy")}"', "media url=a", "log n"))
        role = f'role "{pick(("user", "model", "system", "tool"))}"'
        return self._tag(words if self._random.random() < 0.3 else role)

    def _json(self) -> str:
        indent = self._random.choice(("", "", " indent=2"))
        return self._tag(f"json {self._expression()}{indent}")

    def _partial(self) -> str:
        pick = self._random.choice
        name = pick(("leaf", "leaf", "list", '"leaf"', '(lookup this "gone")', "(lookup . 'gone')"))
        name = name if "gone" not in name else "leaf"
        context = pick(("", "", f" {self._path()}"))
        named = pick(("", "", f" a={self._expression()}"))
        return self._tag(f"{name}{context}{named}", pick((">", "> ")))

    def _body(self, depth: int) -> str:
        line_end = self._random.choice(("", "", "\n"))
        return f"{line_end}{self.text_of(depth, 3)}{line_end}"

    def _else(self, depth: int) -> str:
        form = self._random.random()
        if form < 0.5:
            return ""
        if form < 0.7:
            words = self._random.choice(("if", "unless"))
            chained = self._tag(f"else {words} {self._expression()}")
            return f"{chained}{self._body(depth)}{self._else(depth)}"
        word = "{{^}}" if form > 0.95 else self._tag("else")
        return f"{word}{self._body(depth)}"

    def _block(self, depth: int, head: str, sigil: str = "#") -> str:
        name = head.split()[0]
        opening, closing = self._tag(head, sigil), self._tag(name, "/")
        end = self._random.choice(("", "", "\n"))
        return f"{opening}{self._body(depth)}{self._else(depth)}{closing}{end}"

    def _if(self, depth: int) -> str:
        zero = self._random.choice(("", "", "", " includeZero=true"))
        word = self._random.choice(("if", "unless"))
        return self._block(depth, f"{word} {self._expression()}{zero}")

    def _each(self, depth: int) -> str:
        params = self._random.choice(("", "", " as |it|", " as |it at|"))
        over = self._random.choice(("xs", "us", "user", "user.xs", "none", self._path()))
        return self._block(depth, f"each {over}{params}")

    def _with(self, depth: int) -> str:
        params = self._random.choice(("", "", " as |it|"))
        return self._block(depth, f"with {self._path()}{params}")

    def _section(self, depth: int) -> str:
        return self._block(depth, self._random.choice(NAMES))

    def _inverse(self, depth: int) -> str:
        # Handlebars allows no `{{else if}}` here, and two runtimes let it pass.
        name = self._random.choice(NAMES)
        opening, closing = self._tag(name, "^"), self._tag(name, "/")
        otherwise = self._random.choice(("", f"{self._tag('else')}{self._body(depth)}"))
        return f"{opening}{self._body(depth)}{otherwise}{closing}"

    def _equals(self, depth: int) -> str:
        word = self._random.choice(("ifEquals", "unlessEquals"))
        return self._block(depth, f"{word} {self._expression()} {self._expression()}")

    def _raw(self, _depth: int) -> str:
        name = self._random.choice(("a", "user", "gone", "xs"))
        return f"{{{{{{{{{name}}}}}}}}}{self._text()}{{{{b}}}}{{{{{{{{/{name}}}}}}}}}"

    def _partial_block(self, depth: int) -> str:
        name = self._random.choice(("frame", "frame", "missing"))
        context = self._random.choice(("", "", " user", " a=b"))
        opening, closing = self._tag(f"{name}{context}", "#>"), self._tag(name, "/")
        return f"{opening}{self.text_of(depth, 2)}{closing}"
