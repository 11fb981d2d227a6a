"""Decide whether a persona's template stays inside the closed subset, from its syntax tree, before anything is compiled.

Jinja's sandbox stops escapes, not loops and growth, and much of the harm is done while compiling (constants are folded:
`'a' * 10**10`). So only what is listed here may appear: variables known beforehand, `if`, `for` over given lists, and
filters that cannot make text longer than its parts. There are no calls, no arithmetic, no assignment.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from server.adapters.persona_problems import Problem, problem
from server.adapters.persona_values import hints

if TYPE_CHECKING:
    from jinja2 import nodes

MAX_SOURCE = 32_768
MAX_TAGS = 400
MAX_TAG_LENGTH = 500
MAX_BRACKETS = 20
MAX_DEPTH = 40
MAX_NODES = 4000
MAX_LOOPS = 2

FILTERS = frozenset({"default", "first", "join", "last", "length", "lower", "trim", "upper"})
TESTS = frozenset({"defined", "none", "undefined"})
LOOP = dict.fromkeys(("index", "index0", "first", "last", "length", "revindex", "revindex0"), "text")

Shape = str | list["Shape"] | Mapping[str, "Shape"]
"""What is known of a variable: `text` for one value, a list of one shape for a list, a mapping for named parts."""


def shapes(vars_: Mapping[str, str]) -> dict[str, Shape]:
    """The closed set of variables: those every persona has, and its own under `vars`."""
    field: Shape = dict.fromkeys(("id", "label", "instruction", "length"), "text")
    paper: Shape = {"title": "text", "authors": ["text"], "year": "text", "pages": "text", "language": "text"}
    return {"fields": [field], "language": "text", "paper": paper, "vars": dict.fromkeys(vars_, "text")}


def check_template(source: str, *, line: int, vars_: Mapping[str, str]) -> list[Problem]:
    """Everything in a template that leaves the subset; `line` is where it starts in the persona's file."""
    too_much = _too_much(source)
    if too_much:
        return [problem("template_too_large", line + too_much[1], what=too_much[0])]
    from jinja2 import Environment, TemplateSyntaxError  # noqa: PLC0415 (0.08 s)

    try:
        tree = Environment(autoescape=False).parse(source)  # noqa: S701 (parsed, never rendered)
    except TemplateSyntaxError as error:
        detail = (error.message or "").split("\n")[0][:120]
        return [problem("template_syntax", line + error.lineno - 1, detail=detail)]
    except (RecursionError, ValueError, OverflowError):
        return [problem("template_too_large", line, what="nesting")]
    check = _Check(line)
    check.statements(tree.body, shapes(vars_), loops=0, depth=0)
    return check.problems


def names_used(source: str) -> set[str]:
    """The variables of a template that was checked, as dotted paths (`fields`, `paper.title`)."""
    from jinja2 import Environment, nodes  # noqa: PLC0415

    tree = Environment(autoescape=False).parse(source)  # noqa: S701 (parsed, never rendered)
    names = {node.name for node in tree.find_all(nodes.Name)}
    dotted = {
        f"{node.node.name}.{node.attr}"
        for node in tree.find_all(nodes.Getattr)
        if isinstance(node.node, nodes.Name)
    }
    return names | dotted


_TAG = re.compile(r"\{[{%](.*?)[%}]\}", re.DOTALL)


def _too_much(source: str) -> tuple[str, int] | None:
    """What is beyond a bound that must hold before Jinja's recursive parser may see the text, and on which line."""
    if len(source) > MAX_SOURCE:
        return f"{MAX_SOURCE} characters", 0
    if source.count("{%") + source.count("{{") > MAX_TAGS:
        return f"{MAX_TAGS} tags", 0
    for tag in _TAG.finditer(source):
        if len(tag.group()) > MAX_TAG_LENGTH or _deepest(tag.group()) > MAX_BRACKETS:
            return "one tag", source.count("\n", 0, tag.start())
    # An opening without an end: what follows it must not be large either.
    tail = source[max(source.rfind("{{"), source.rfind("{%"), 0) :]
    if "}}" not in tail and "%}" not in tail and len(tail) > MAX_TAG_LENGTH and tail.startswith("{"):
        return "one tag", source.count("\n", 0, len(source) - len(tail))
    return None


def _deepest(text: str) -> int:
    depth = deepest = 0
    for character in text:
        if character in "([{":
            depth += 1
            deepest = max(deepest, depth)
        elif character in ")]}":
            depth -= 1
    return deepest


class _Check:
    """One walk over a syntax tree, collecting problems."""

    def __init__(self, line: int) -> None:
        self.first_line = line
        self.problems: list[Problem] = []
        self.count = 0

    def statements(
        self, body: Sequence[nodes.Node], known: Mapping[str, Shape], *, loops: int, depth: int
    ) -> None:
        from jinja2 import nodes  # noqa: PLC0415

        for node in body:
            if not self.may_enter(node, depth):
                return
            if isinstance(node, nodes.Output):
                for part in node.nodes:
                    self.shape_of(part, known, depth + 1)
            elif isinstance(node, nodes.If):
                self.shape_of(node.test, known, depth + 1)
                for branch in (node.body, node.elif_, node.else_):
                    self.statements(branch, known, loops=loops, depth=depth + 1)
            elif isinstance(node, nodes.For):
                self.loop(node, known, loops=loops, depth=depth)
            else:
                self.not_allowed(node)

    def loop(self, node: nodes.For, known: Mapping[str, Shape], *, loops: int, depth: int) -> None:
        from jinja2 import nodes  # noqa: PLC0415

        over = self.shape_of(node.iter, known, depth + 1)
        if not isinstance(node.target, nodes.Name) or node.recursive or loops >= MAX_LOOPS:
            self.add("template_loop", node)
            return
        if over is None:
            return
        if not isinstance(over, list):
            self.add("template_loop", node)
            return
        inner = {**known, "loop": LOOP, node.target.name: over[0]}
        if node.test is not None:
            self.shape_of(node.test, inner, depth + 1)
        self.statements(node.body, inner, loops=loops + 1, depth=depth + 1)
        self.statements(node.else_, known, loops=loops, depth=depth + 1)

    def shape_of(self, node: nodes.Node, known: Mapping[str, Shape], depth: int) -> Shape | None:
        """The shape of an expression; None when something is wrong with it, which has been noted then."""
        from jinja2 import nodes  # noqa: PLC0415

        if not self.may_enter(node, depth):
            return None
        match node:
            case nodes.TemplateData():
                return "text"
            case nodes.Const(value=str() | int() | bool() | None):
                return "text"
            case nodes.Name():
                return self.named(node, node.name, known, "")
            case nodes.Getattr():
                return self.part(node, node.attr, self.shape_of(node.node, known, depth + 1))
            case nodes.Getitem(arg=nodes.Const(value=key)):
                return self.part(node, key, self.shape_of(node.node, known, depth + 1))
            case nodes.Filter() | nodes.Test():
                return self.filtered(node, known, depth)
            case (
                nodes.Compare() | nodes.And() | nodes.Or() | nodes.Not() | nodes.CondExpr() | nodes.Operand()
            ):
                return self.combined(node, known, depth)
            case _:
                self.not_allowed(node)
                return None

    def combined(self, node: Any, known: Mapping[str, Shape], depth: int) -> Shape | None:
        if getattr(node, "expr2", node) is None:
            self.not_allowed(node, "if without else inside {{ }}")
            return None
        for part in node.iter_child_nodes():
            self.shape_of(part, known, depth + 1)
        return "text"

    def filtered(self, node: Any, known: Mapping[str, Shape], depth: int) -> Shape | None:
        from jinja2 import nodes  # noqa: PLC0415

        is_filter = isinstance(node, nodes.Filter)
        if node.name not in (FILTERS if is_filter else TESTS):
            self.not_allowed(node, f"{'|' if is_filter else 'is '}{node.name}")
            return None
        constant = all(isinstance(part, nodes.Const) for part in node.args)
        if node.node is None or not constant or node.kwargs or node.dyn_args or node.dyn_kwargs:
            self.not_allowed(node, f"{node.name}(…)")
            return None
        shape = self.shape_of(node.node, known, depth + 1)
        if isinstance(shape, list) and node.name in ("first", "last"):
            return shape[0]
        if node.name == "join" and shape != ["text"]:
            # Joining the characters of a text multiplies it, and again with every further join.
            self.not_allowed(node, "|join")
            return None
        return None if shape is None else "text"

    def named(self, node: nodes.Node, name: Any, known: Mapping[str, Shape], before: str) -> Shape | None:
        shape = known.get(name) if isinstance(name, str) else None
        if shape is None:
            self.add(
                "template_variable",
                node,
                name=f"{before}{name}"[:60],
                known=", ".join(f"{before}{one}" for one in known) or "—",
                **hints(f"{before}{name}", [f"{before}{one}" for one in known]),
            )
        return shape

    def part(self, node: Any, name: Any, of: Shape | None) -> Shape | None:
        from jinja2 import nodes  # noqa: PLC0415

        if of is None:
            return None
        if isinstance(of, list) and type(name) is int:
            return of[0]
        if not isinstance(of, Mapping):
            self.not_allowed(node, f".{name}")
            return None
        before = f"{node.node.name}." if isinstance(node.node, nodes.Name) else ""
        if before == "paper." and name in ("text", "abstract", "content"):
            self.add("template_paper_text", node)
            return None
        return self.named(node, name, of, before)

    def may_enter(self, node: nodes.Node, depth: int) -> bool:
        self.count += 1
        if depth <= MAX_DEPTH and self.count <= MAX_NODES:
            return True
        if not any(one["code"] == "template_too_large" for one in self.problems):
            self.add("template_too_large", node, what="nesting")
        return False

    def not_allowed(self, node: nodes.Node, what: str | None = None) -> None:
        name = type(node).__name__
        what = what or _PLAIN.get(name, name.lower())
        self.add("template_not_allowed", node, what=what[:60], filters=", ".join(sorted(FILTERS)))

    def add(self, code: str, node: nodes.Node, **data: object) -> None:
        self.problems.append(problem(code, self.first_line + (node.lineno or 1) - 1, **data))


_PLAIN = {
    "Call": "a call f(…)",
    "Add": "+",
    "Sub": "-",
    "Mul": "*",
    "Pow": "**",
    "Div": "/",
    "FloorDiv": "//",
    "Mod": "%",
    "Neg": "-",
    "Pos": "+",
    "Concat": "~",
    "Assign": "set",
    "AssignBlock": "set",
    "ImportedName": "import",
    "FromImport": "import",
    "CallBlock": "call",
    "FilterBlock": "a filter block",
    "With": "with",
    "Getitem": "[…] with a computed index",
}
