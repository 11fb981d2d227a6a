"""What the labels and headings of a pasted answer announce: parts of a paper's identity, or what to read next."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

_PARTS: tuple[tuple[tuple[str, ...], str], ...] = (
    (
        ("affiliation",),
        r"(?:first |last )?(?:author'?s? )?(?:affiliations?|institutions?)|(?:第一|筆頭|最終)?(?:著者の?)?(?:所属(?:機関|先)?)",
    ),
    (
        ("first_author", "last_author"),
        r"first (?:and|&) last authors?|第一(?:著者)?(?:および|及び|と|・|、)(?:最終|最後の)著者",
    ),
    (("first_author",), r"first authors?|lead author|第一著者|筆頭著者|第1著者"),
    (("last_author",), r"(?:last|senior) authors?|最終著者|最後の著者|末尾著者"),
    (("authors",), r"authors?(?: names?| list)?|written by|(?:全)?著者(?:名|ら|一覧)?|執筆者"),
    (("doi",), r"doi"),
    (("arxiv_id",), r"arxiv(?: ?id| ?number|番号)?"),
    (
        ("venue",),
        r"journal(?: name)?|venue|conference|published (?:in|at)|publication(?: venue)?|source|掲載誌|掲載先|ジャーナル名?|雑誌名?|学会名?|会議名?|国際会議|発表先|発表(?![年日])|出典|論文誌",
    ),
    (
        ("year",),
        r"(?:publication |published |release )?(?:year|date)(?: of publication)?|published(?: on)?|(?:発行|出版|発表|公開|掲載)(?:年月日|年月|年度|年|日)|年",
    ),
    (
        ("translation",),
        r"translated title|title in \w+|邦題|和訳(?:題名)?|訳題|題名の訳|タイトル訳|日本語(?:タイトル|題名)",
    ),
    (
        ("title",),
        r"(?:paper|full|original|article)? ?title(?: of (?:the |this )?paper)?|(?:論文)?(?:タイトル|題名|題目|表題)|論文名|原題|paper",
    ),
)
_LINKS = re.compile(
    r"[\s、，,・/／&＆+|'’s。．.（）()*_【】\[\]「」~〜:：-]|と|および|及び|の|名|情報|論文|本|of|the|and|this|paper|information"
)
_BARE = re.compile(r"[（(][^（）()]{0,60}[)）]")
_LABELLED = re.compile(r"(?P<label>[^:：\n]{1,60}?)\s*(?:[:：]|\s[–—=]\s)\s*")
_NEXT = re.compile(
    r"次に読む|続けて読む|あわせて読|合わせて読|併せて読|読むべき|おすすめの?論文|推薦(?:論文|文献)|関連論文|参考になる論文|さらに(?:学|知|読)|今後読"
    r"|(?:what|papers?|works?) to read|read next|next (?:papers?|reads?|to read)|further reading|suggested (?:readings?|papers?)"
    r"|recommended (?:readings?|papers?)|related (?:papers?|readings?) to|reading (?:list|suggestions?|recommendations?)"
)


def announced(label: str) -> tuple[str, ...]:
    """The parts of an identity that a label asks for, in its order; empty when it is about anything else."""
    words = bare(label).casefold()
    words = _BARE.sub(" ", words).strip()
    if not words or len(words) > 60:
        return ()
    found: list[tuple[int, str]] = []
    rest = words
    for names, pattern in _PARTS:
        for match in re.finditer(rf"(?<![a-z])(?:{pattern})(?![a-z])", rest):
            found += [(match.start(), name) for name in names]
            rest = rest[: match.start()] + "\x00" * len(match[0]) + rest[match.end() :]
    left = re.sub(r"(?<![a-z])(?:of|the|and|this|paper|information)(?![a-z])", "", rest)
    left = _LINKS.sub("", left.replace("\x00", ""))
    return () if left else tuple(dict.fromkeys(name for _, name in sorted(found, key=lambda f: f[0])))


def asks_what_to_read(label: str) -> bool:
    """Whether a heading or label introduces works to read after this one."""
    return len(label) <= 80 and bool(_NEXT.search(label.casefold()))


@dataclass(frozen=True, slots=True)
class Labelled:
    """`label: value` in a line."""

    label: str
    start: int
    """Where the value begins."""
    end: int


def labelled(line: str) -> Iterator[Labelled]:
    """The labelled values of a line about the paper's identity, in order: usually none or one, sometimes
    `First author: …, last author: …`."""
    match = _LABELLED.match(line)
    if match is None or not announced(match["label"]):
        return
    start, label = match.end(), match["label"]
    for inner in re.finditer(
        r"[,、;；／/|・\s]\s*(?P<label>[^:：,、;；／/|\n]{2,40}?)\s*[:：]\s*", line[start:]
    ):
        if announced(inner["label"]):
            yield Labelled(label, start=start, end=match.end() + inner.start())
            start, label = match.end() + inner.end(), inner["label"]
    yield Labelled(label, start=start, end=len(line))


def bare(heading: str) -> str:
    """A heading without its number, bullets and pictures in front, nor colon or question mark behind."""
    words = re.sub(r"^\s*(?:[(（]?\d{1,2}[.)．）、:：]\s*|[①-⑳])", "", heading.strip())
    while words and unicodedata.category(words[0]) in ("So", "Sk", "Cf", "Mn", "Zs"):
        words = words[1:]
    return words.strip().strip("*_:： \u3000?？")
