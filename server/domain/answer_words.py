"""Say in words what shape an answer must have, for models that are not shown the schema."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from server.domain.fields import CheckRule, Field, FieldType, Length, ScalarType
from server.domain.personas import Persona
from server.domain.raw_schema import example, to_strict
from server.domain.schema import PAPER_KEY, PAPER_PARTS, asks_for_paper, wire_order
from server.domain.words import Words

LANGUAGES: Mapping[str, Words] = {
    "ja": Words(ja="日本語", en="Japanese"),
    "en": Words(ja="英語", en="English"),
    "de": Words(ja="ドイツ語", en="German"),
    "fr": Words(ja="フランス語", en="French"),
    "es": Words(ja="スペイン語", en="Spanish"),
    "it": Words(ja="イタリア語", en="Italian"),
    "pt": Words(ja="ポルトガル語", en="Portuguese"),
    "nl": Words(ja="オランダ語", en="Dutch"),
    "ru": Words(ja="ロシア語", en="Russian"),
    "zh": Words(ja="中国語", en="Chinese"),
    "ko": Words(ja="韓国語", en="Korean"),
}

_FRAME = Words(
    ja="""\
## 回答の形
JSONオブジェクトを一つだけ返す。前後に説明やコードの囲み（```）を付けない。キーは次の順に、すべて入れる。
{keys}

形（値はすべて例）：
{skeleton}

## 根拠と言語
- {order}
- "evidence" には、その文を裏づける箇所を論文から一字一句そのまま写し（"quote"）、ページ番号（"page"）を付ける。訳さない。根拠のない文は書かない（根拠が空でもよいとした項目を除く）。
- 論文に書かれていないことは、一覧なら []、値なら null とする。
- "text" と "value" は{language}で書く（題名・人名・"quote" は論文の表記のまま）。""",
    en="""\
## Shape of the answer
Answer with one JSON object and nothing else: no comment before or after it, no code fence. All of these keys, in this order:
{keys}

The shape (every value is an example):
{skeleton}

## Evidence and language
- {order}
- "evidence" holds what proves the statement: a passage copied word for word from the paper ("quote") and its page \
number ("page"). Never translate it. Write no statement without evidence, except where it may be empty.
- What the paper does not state is [] for a list and null for a value.
- Write "text" and "value" in {language} (titles, names and "quote" stay as the paper has them).""",
)

_FIRST = Words(
    ja="先に根拠を写し、それからその根拠が示すことを書く。",
    en="Give evidence first, then the statement it proves.",
)
_AFTER = Words(
    ja="先に文を書き、その後にそれを裏づける根拠を写す。",
    en="Write the statement first, then give the evidence that proves it.",
)

_KINDS: Mapping[str, Words] = {
    "text": Words(
        ja="文の一覧。一文ごとに {{evidence, text}}{length}",
        en="list of sentences, each {{evidence, text}}{length}",
    ),
    "list": Words(
        ja="一覧{most}。一件ごとに {{evidence, value}}{parts}{length}",
        en="list{most}, each {{evidence, value}}{parts}{length}",
    ),
    "number": Words(
        ja="{{evidence, value}}。value は数または null", en="{{evidence, value}}; value: number or null"
    ),
    "boolean": Words(
        ja="{{evidence, value}}。value は true、false または null",
        en="{{evidence, value}}; value: true, false or null",
    ),
    "choice": Words(
        ja="{{evidence, value}}。value は次のどれか、または null：{choices}",
        en="{{evidence, value}}; value: null or one of {choices}",
    ),
    "object": Words(ja="{{evidence, value}}{parts}", en="{{evidence, value}}{parts}"),
    "raw": Words(
        ja="{{evidence, value}}。value はJSON Schema {schema} に従うか null",
        en="{{evidence, value}}; value: null or as in the JSON Schema {schema}",
    ),
    "identity": Words(
        ja="書誌情報。根拠は不要。論文の表記のまま、なければ null{parts}",
        en="identity of the paper, no evidence; as printed, null where it is not{parts}",
    ),
}

_CHECKS: Mapping[CheckRule, Words] = {
    CheckRule.BIBLIOGRAPHY: Words(
        ja="論文の参考文献一覧にあるものだけ。title は一覧の表記のまま写す。evidence は本文で引用している箇所",
        en="only works in the paper's own reference list, title copied from it; evidence: where the text cites the work",
    ),
    CheckRule.NONE: Words(ja="根拠は空（[]）でもよい", en="evidence may be empty ([])"),
}

_PARTS: Mapping[str, Words] = {
    "title": Words(ja="題名（論文の表記のまま）", en="the title exactly as printed"),
    "translation": Words(
        ja="題名の{language}訳（論文が{language}なら null）",
        en="the title translated into {language}; null if the paper is in {language}",
    ),
    "authors": Words(ja="著者全員（論文の順）", en="all authors in the paper's order"),
    "first_author": Words(ja="第一著者", en="the first author"),
    "last_author": Words(
        ja="最終著者（著者が一人なら null）", en="the last author; null if there is only one"
    ),
    "affiliation": Words(
        ja="第一著者の所属（最初の一つ）", en="the first author's affiliation, the first one"
    ),
    "venue": Words(
        ja="掲載誌・会議（プレプリントならその旨）", en="journal or conference; says so if it is a preprint"
    ),
    "year": Words(ja="発行年（西暦）", en="year of publication"),
    "doi": Words(ja="DOI", en="the DOI"),
    "arxiv_id": Words(ja="arXiv の番号", en="the arXiv id"),
}


def describe_answer(persona: Persona, language: str, *, paper: bool | None = None) -> str:
    """The answer's shape: field by field, as a skeleton of JSON, and the language to write in. Enough on its own for
    a model that is held to nothing. In Japanese for `ja`, in English for every other language.

    Args:
        paper: Whether to ask for the paper's title and authors beside the fields; None: where no field does.
    """
    first = persona.evidence != "after"
    keys = [
        f'- "{field.id}": {_ordered(_describe(field, language), first=first)}'
        for field in wire_order(persona)
    ]
    asks = asks_for_paper(persona) if paper is None else paper
    if asks:
        parts = _describe_parts(PAPER_PARTS, language, identity=True)
        keys.insert(0, f'- "{PAPER_KEY}": {_KINDS["identity"].in_(language).format(parts=parts)}')
    return _FRAME.in_(language).format(
        keys="\n".join(keys),
        skeleton=_one_key_per_line(skeleton(persona, paper=asks)),
        order=(_FIRST if first else _AFTER).in_(language),
        language=name_of(language, language),
    )


def skeleton(persona: Persona, *, paper: bool | None = None) -> dict[str, Any]:
    """An answer with nothing in it, of the very shape that crosses the wire."""
    empty: dict[str, Any] = {}
    if asks_for_paper(persona) if paper is None else paper:
        empty[PAPER_KEY] = dict.fromkeys(PAPER_PARTS, "…")
    for field in wire_order(persona):
        empty[field.id] = in_order(_empty(field), persona)
    return empty


def describe_length(length: Length, language: str) -> str:
    """`150–250字`, `60–100 words`, or nothing where no length is asked for."""
    asked = length.in_(language)
    if asked is None:
        return ""
    low, high = asked
    span = f"{low}–{high}" if low else (f"{high}字以内" if language == "ja" else f"at most {high} words")
    return (f"{span}字" if language == "ja" else f"{span} words") if low else span


def name_of(language: str, interface: str) -> str:
    """What a language is called; its code where it has no name here."""
    return LANGUAGES[language].in_(interface) if language in LANGUAGES else language


def _describe(field: Field, language: str) -> str:
    kind = (
        "identity"
        if field.check is CheckRule.IDENTITY
        else "raw"
        if field.schema is not None
        else field.type.value
    )
    length = describe_length(field.length, language)
    words = _KINDS[kind].in_(language)
    described = words.format(
        length=_aside(length, language),
        most=_aside(_at_most(field.max_items, language), language),
        parts=_describe_parts(_parts(field), language, identity=kind == "identity"),
        choices=_choices(field, language),
        schema=msgspec.json.encode(to_strict(field.schema)).decode() if field.schema is not None else "",
    )
    extra = _CHECKS.get(field.check)
    label = field.label.in_(language)
    separator = "。" if language == "ja" else "; "
    return f"{label} — {described}" + (separator + extra.in_(language) if extra else "")


def _ordered(described: str, *, first: bool) -> str:
    """With the parts of a statement in the order in which they are to be written."""
    if first:
        return described
    return described.replace("{evidence, text}", "{text, evidence}").replace(
        "{evidence, value}", "{value, evidence}"
    )


def in_order(value: Any, persona: Persona) -> Any:
    """A field's value on the wire, written with evidence first, in the order in which the persona has it."""
    if persona.evidence != "after":
        return value
    if isinstance(value, list):
        return [in_order(one, persona) for one in value]
    if isinstance(value, dict) and "evidence" in value:
        return dict(reversed(value.items()))
    return value


def _parts(field: Field) -> Mapping[str, ScalarType]:
    if field.type is FieldType.OBJECT:
        return field.properties
    if field.type is FieldType.LIST and not isinstance(field.items, ScalarType):
        return field.items
    return {field.id: ScalarType.TEXT} if field.check is CheckRule.IDENTITY else {}


def _describe_parts(parts: Mapping[str, ScalarType], language: str, *, identity: bool) -> str:
    if not parts:
        return ""
    if identity:
        named = [
            f'"{name}" {_PARTS[name].in_(language).format(language=name_of(language, language))}'
            for name in parts
        ]
    else:
        named = [f'"{name}"' for name in parts]
    listed = ("、" if language == "ja" else "; " if identity else ", ").join(named)
    return _aside(listed if identity else f"value: {listed}", language)


def _choices(field: Field, language: str) -> str:
    return ", ".join(f'"{choice.id}" ({choice.label.in_(language)})' for choice in field.choices)


def _at_most(count: int | None, language: str) -> str:
    if count is None:
        return ""
    return f"{count}件まで" if language == "ja" else f"at most {count}"


def _aside(text: str, language: str) -> str:
    if not text:
        return ""
    return f"（{text}）" if language == "ja" else f" ({text})"


def _empty(field: Field) -> Any:
    evidence = [{"quote": "…", "page": 1}]
    if field.check is CheckRule.IDENTITY:
        return _empty_identity(field)
    if field.schema is not None:
        return {"evidence": evidence, "value": example(to_strict(field.schema))}
    match field.type:
        case FieldType.TEXT:
            return [{"evidence": evidence, "text": "…"}]
        case FieldType.LIST:
            return [{"evidence": evidence, "value": _empty_item(field)}]
        case FieldType.OBJECT:
            return {"evidence": evidence, "value": _empty_object(field.properties)}
        case FieldType.CHOICE:
            return {"evidence": evidence, "value": field.choices[0].id}
        case _:
            return {"evidence": evidence, "value": _EMPTY[ScalarType(field.type.value)]}


def _empty_identity(field: Field) -> Any:
    if field.type is FieldType.OBJECT:
        return _empty_object(field.properties)
    return ["…"] if field.type is FieldType.LIST else _EMPTY[ScalarType(field.type.value)]


def _empty_item(field: Field) -> Any:
    return _EMPTY[field.items] if isinstance(field.items, ScalarType) else _empty_object(field.items)


def _empty_object(properties: Mapping[str, ScalarType]) -> dict[str, Any]:
    return {name: _EMPTY[kind] for name, kind in properties.items()}


def _one_key_per_line(value: Mapping[str, Any]) -> str:
    lines = (f'  "{key}": {msgspec.json.encode(part).decode()}' for key, part in value.items())
    return "{\n" + ",\n".join(lines) + "\n}"


_EMPTY: Mapping[ScalarType, Any] = {ScalarType.TEXT: "…", ScalarType.NUMBER: 0, ScalarType.BOOLEAN: False}
