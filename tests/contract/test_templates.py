"""Templates of personas: what they may do, and that nothing else is ever compiled."""

from __future__ import annotations

import time
from typing import Any

import jinja2
import pytest
from server.adapters.template_check import check_template
from server.adapters.templates import MAX_OUTPUT, JinjaTemplates
from server.domain.errors import PersonaInvalidError
from server.domain.personas import Part, Role

VARIABLES: dict[str, Any] = {
    "fields": [
        {"id": "what", "label": "What?", "instruction": "Say it.", "length": "60 words"},
        {"id": "why", "label": "Why?", "instruction": "", "length": ""},
    ],
    "language": "en",
    "paper": {"title": "{{ 7*7 }}", "authors": ["A", "B"], "year": 2024, "pages": 3, "language": "ja"},
    "vars": {"audience": "students"},
}


def render(source: str, line: int = 1, **changes: Any) -> str:
    return JinjaTemplates().render(Part(Role.USER, None, source, line), VARIABLES | changes)


@pytest.mark.parametrize(
    ("source", "filled"),
    [
        ("{% for f in fields %}{{ loop.index }}. {{ f.label }}\n{% endfor %}", "1. What?\n2. Why?\n"),
        ("{% for f in fields if f.length %}{{ f.id }}{% else %}none{% endfor %}", "what"),
        ("{% for f in fields if f.id != 'what' %}{{ loop.index }} {{ f.id }}{% endfor %}", "1 why"),
        ("{{ paper.title }} {{ paper['year'] }} {{ paper.pages }}", "{{ 7*7 }} 2024 3"),
        (
            "{{ paper.authors }} / {{ paper.authors|join(' & ') }} / {{ paper.authors|first }}",
            "A, B / A & B / A",
        ),
        ("{{ paper.authors[1] }} {{ fields[0].label }} {{ fields|length }}", "B What? 2"),
        ("{{ vars.audience|upper }} {{ 'x' if language == 'ja' else 'y' }}", "STUDENTS y"),
        ("{% if language == 'ja' and not vars.audience %}a{% elif paper.year %}b{% else %}c{% endif %}", "b"),
        (
            "{% for a in paper.authors %}{% for f in fields %}{{ a }}{{ f.id }} {% endfor %}{% endfor %}",
            "Awhat Awhy Bwhat Bwhy ",
        ),
        ("{% raw %}{{ anything }}{% endraw %}{# a remark #}", "{{ anything }}"),
        ("{% if vars.audience is defined %}x{% endif %}", "x"),
    ],
)
def test_the_subset_does_what_a_persona_needs(source: str, filled: str) -> None:
    assert render(source) == filled


ATTACKS = {
    "class of a text": "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "class of a variable": "{{ paper.__class__ }}",
    "class by index": "{{ paper['__class__'] }}",
    "attr filter": "{{ paper|attr('__class__') }}",
    "attr filter to format": "{{ ''|attr('format')(paper) }}",
    "format method": "{{ '{0.__class__}'.format(paper) }}",
    "format_map": "{{ '{a}'.format_map(paper) }}",
    "format filter": "{{ '%s'|format(paper) }}",
    "map filter": "{{ fields|map(attribute='__class__')|list }}",
    "lipsum": "{{ lipsum(n=99999) }}",
    "lipsum globals": "{{ lipsum.__globals__ }}",
    "cycler": "{{ cycler.__init__.__globals__ }}",
    "joiner": "{{ joiner(',') }}",
    "namespace": "{{ namespace(a=1) }}",
    "self": "{{ self.__init__ }}",
    "range": "{% for a in range(99999) %}{% for b in range(99999) %}x{% endfor %}{% endfor %}",
    "text times": "{{ 'a'*10**10 }}",
    "power": "{{ 10**10**8 }}",
    "folded at compile time": "{% if 9**9**9 %}x{% endif %}",
    "sum of texts": "{{ language + language }}",
    "tilde": "{{ language ~ language }}",
    "percent": "{{ '%5000000000d' % 1 }}",
    "format width": "{{ '{:>5000000000}'.format(1) }}",
    "center": "{{ language|center(9000000000) }}",
    "indent": "{{ language|indent(9000000000) }}",
    "wordwrap": "{{ language|wordwrap(1) }}",
    "replace": "{{ language|replace('', language) }}",
    "batch": "{{ fields|batch(9000000000, 'x')|list }}",
    "join of a text": "{{ paper.title|join('aaaaaaaaaa')|join('aaaaaaaaaa')|join('aaaaaaaaaa') }}",
    "join by a variable": "{{ paper.authors|join(paper.title) }}",
    "parentheses": "{{ " + "(" * 5000 + "1" + ")" * 5000 + " }}",
    "short parentheses": "{{ " + "(" * 100 + "1" + ")" * 100 + " }}",
    "lists": "{{ " + "[" * 200 + "]" * 200 + " }}",
    "list": "{{ [1, 2] }}",
    "dict": "{{ {'a': 1} }}",
    "ifs": "{% if language %}" * 3000 + "{% endif %}" * 3000,
    "nested ifs": "{% if language %}" * 90 + "{% endif %}" * 90,
    "nots": "{{ " + "not " * 3000 + "1 }}",
    "signs": "{{ " + "-" * 400 + "1 }}",
    "many filters": "{{ language" + "|trim" * 80 + " }}",
    "long path": "{{ paper" + ".a" * 200 + " }}",
    "long number": "{{ " + "9" * 30_000 + " }}",
    "unclosed": "{{ " + "(" * 30_000,
    "openings": "{{" * 15_000,
    "blank": "{%" + " " * 30_000 + "%}",
    "include": "{% include '/etc/passwd' %}",
    "import": "{% import 'os' as os %}",
    "from import": "{% from 'os' import system %}",
    "extends": "{% extends 'x' %}",
    "block": "{% block x %}{% endblock %}",
    "macro": "{% macro m() %}{{ m() }}{% endmacro %}",
    "call": "{% call x() %}{% endcall %}",
    "set": "{% set x = 1 %}",
    "set block": "{% set x %}{{ language }}{% endset %}",
    "do": "{% do fields.append(1) %}",
    "with": "{% with a = 1 %}{% endwith %}",
    "filter block": "{% filter upper %}x{% endfilter %}",
    "autoescape": "{% autoescape true %}x{% endautoescape %}",
    "debug": "{% debug %}",
    "translation": "{% trans %}x{% endtrans %}",
    "loop over a text": "{% for c in language %}{{ c }}{% endfor %}",
    "loop over the paper": "{% for c in paper %}{{ c }}{% endfor %}",
    "loop over a filter": "{% for c in language|upper %}{{ c }}{% endfor %}",
    "three loops": "{% for a in fields %}{% for b in fields %}{% for c in fields %}{% endfor %}{% endfor %}{% endfor %}",
    "recursive loop": "{% for f in fields recursive %}{{ loop(fields) }}{% endfor %}",
    "unpacking loop": "{% for a, b in fields %}{% endfor %}",
    "cycle": "{% for f in fields %}{{ loop.cycle('a') }}{% endfor %}",
    "computed index": "{{ fields[language] }}",
    "slice": "{{ language[::2] }}",
    "the paper's text": "{{ paper.text }}",
    "unknown variable": "{{ feilds }}",
    "unknown part": "{{ paper.titel }}",
    "unknown own variable": "{{ vars.nothing }}",
    "loop outside": "{{ loop.index }}",
    "default by call": "{{ language|default(lipsum()) }}",
    "test by name": "{{ language is callable }}",
    "if without else": "{{ 'x' if language }}",
    "too large": "x" * 40_000,
}


@pytest.mark.parametrize("name", ATTACKS)
def test_what_leaves_the_subset_is_refused_before_anything_is_compiled(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def compiled(*_: object, **__: object) -> None:
        pytest.fail("the template was compiled")

    monkeypatch.setattr(jinja2.Environment, "compile", compiled)
    started = time.process_time()

    problems = check_template(ATTACKS[name], line=10, vars_={"audience": ""})
    elapsed_s = time.process_time() - started

    assert problems
    assert elapsed_s < 0.05
    with pytest.raises(PersonaInvalidError):
        render(ATTACKS[name])


def test_a_problem_is_placed_on_its_line_of_the_persona_file() -> None:
    problems = check_template("{{ language }}\n{{ feilds }}\n{{ paper.titel }}", line=40, vars_={})

    assert [(one["line"], one["code"]) for one in problems] == [
        (41, "template_variable"),
        (42, "template_variable"),
    ]
    assert problems[0]["fix"]["en"].startswith("Did you mean 'fields'?")
    assert problems[1]["fix"]["ja"].startswith("「paper.title」ではありませんか？")


def test_a_tag_that_is_not_closed_is_placed_where_it_opens() -> None:
    problems = check_template("one\n{% if language %}\ntwo", line=40, vars_={})

    assert [(one["line"], one["code"]) for one in problems] == [(41, "template_syntax")]


def test_output_beyond_the_budget_is_refused_while_it_grows() -> None:
    many = [dict.fromkeys(("id", "label", "instruction", "length"), "x" * 4000)] * 40

    with pytest.raises(PersonaInvalidError) as refused:
        render("{% for a in fields %}{% for b in fields %}{{ a.label }}{% endfor %}{% endfor %}", fields=many)

    assert refused.value.data["problems"][0]["code"] == "template_output"
    assert len(render("{% for a in fields %}{{ a.label }}{% endfor %}", fields=many[:20])) < MAX_OUTPUT


def test_a_value_that_is_not_there_is_a_problem_of_the_persona() -> None:
    with pytest.raises(PersonaInvalidError) as refused:
        render("{{ paper.authors|first }}", line=7, paper=VARIABLES["paper"] | {"authors": []})

    assert [(one["line"], one["code"]) for one in refused.value.data["problems"]] == [
        (7, "template_undefined")
    ]


def test_values_are_never_templates() -> None:
    assert render("{{ paper.title }}") == "{{ 7*7 }}"
    assert render("{{ vars.audience }}", vars={"audience": "{% include 'x' %}"}) == "{% include 'x' %}"
