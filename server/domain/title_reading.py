"""Find a paper's title: the largest block near the top of its first page that is not somebody's banner."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from rapidfuzz import fuzz

from server.domain.front_matter import GAP, LOWERED, RAISED, FrontMatter
from server.domain.identity import Found, Source
from server.domain.printed import Printed, cjk_count, one_line, squash

_BANNER = re.compile(
    r"\s*(?:(?:[A-Z]{2,6} )?(?:the )?(?:international |european |american |asian |british )?journal (?:of|for|on)\b|proceedings of|transactions on|ieee (?:transactions|access|journal)|acm transactions|"
    r"arxiv:|vol(?:ume)?\.?\s?\d|doi\b|https?:|www\.|issn|isbn|contents lists? available|available online|journal homepage|"
    r"published (?:by|in|as|online)|preprint|draft|under review|manuscript|accepted|received|submitted|copyright|©|\(c\) |"
    r"technical report\b|working paper\b|.{0,30}\bpreprint doi|this (?:version|article|is)|cite (?:this|as)|how to cite|open access|"
    r"nature (?:communications|\w+)$|scientific reports$|plos one$|elife$|frontiers in \w+$|"
    r"\d{4} ieee|to appear in|in press|special issue|lecture notes in|springer|elsevier|sciencedirect|"
    r"情報処理学会|電子情報通信学会|人工知能学会|言語処理学会|日本.{1,20}学会|.{0,20}(?:研究報告|大会論文集|発表論文集|論文誌|学会誌|技術研究報告|全国大会|年次大会)|"
    r"the \d+(?:st|nd|rd|th) (?:annual|international|conference|national)|ipsj|ieice)",
    re.IGNORECASE,
)
_ARTICLE_TYPE = re.compile(
    r"\s*(?:(?:original|full|regular|short|research|review|invited|survey|technical|rapid|brief|case|data|position|system|demo|industry)?\s?"
    r"(?:articles?|papers?|reports?|reviews?|notes?|letters?|communications?|contributions?|investigation|research)|letter|article|editorial|perspective|"
    r"commentary|correspondence|tutorial|survey|open|free|原\s?著(?:\s?論\s?文)?|論\s?文|研究(?:論文|ノート|報告|速報)|総\s?説|解\s?説|特\s?集.{0,20}|"
    r"技術(?:報告|資料)|報\s?告|資\s?料|速\s?報|一般論文|招待論文|実践論文|学術論文|査読付き?論文|卒業論文|修士論文|博士論文|"
    r"(?:bachelor|master|doctoral|phd|ph\.d\.?)(?:['’]?s)?[- ](?:thesis|dissertation)|(?:bachelor|master|diplom)arbeit|dissertation|masterarbeit)\s*$",
    re.IGNORECASE,
)
_JUNK_METADATA = re.compile(
    r"\.(?:docx?|dvi|tex|pdf|indd|ps|eps|rtf|qxd)\b|^untitled|^microsoft word|^powerpoint|^\W*$|^paper$|template|^title$|^\d+$|^doi:|^10\.\d{4}",
    re.IGNORECASE,
)
_TRAILING_MARKS = re.compile(rf"(?:{RAISED}[^{LOWERED}]*{LOWERED}|[\s*∗†‡§¶⋆☆★#])+$")
_LONGEST = 350
_SHORTEST = 8


def read_title(
    front: FrontMatter, *, language: str, metadata: str | None, headers: Sequence[str] = ()
) -> tuple[Found[str], tuple[Printed, ...]] | None:
    """The title and the lines it stands on.

    Args:
        language: Of the paper; of two titles the one in this language is taken.
        metadata: The PDF's own title, believed where a block of the page says the same.
        headers: Running headers of later pages; a journal's name stands there with volume and page.
    """
    blocks = [block for block in _blocks(front) if _may_be_title(block, headers)]
    if not blocks:
        return None
    best = max(blocks, key=lambda block: _score(block, front))
    confirmed = _confirmed(blocks, metadata, front)
    if confirmed:
        best = confirmed
    best = _in_language(best, blocks, language)
    best = _with_subtitle(best, front)
    title = _text(best, front)
    return Found(title, Source.LAYOUT, front.page.number), best


Block = tuple[Printed, ...]


def _blocks(front: FrontMatter) -> Iterator[Block]:
    """Neighbouring lines of the same size, above the abstract."""
    block: list[Printed] = []
    for line in front.head:
        if block and not _same_block(block, line):
            yield tuple(block)
            block = []
        block.append(line)
    if block:
        yield tuple(block)


def _same_block(block: Sequence[Printed], line: Printed) -> bool:
    last = block[-1]
    if not line.placed:
        return False
    alike = abs(line.size - last.size) <= max(0.6, 0.06 * last.size) and line.bold == last.bold
    near = -0.5 * last.size < line.y0 - last.y1 < 1.05 * last.size
    other_script = (
        _script(line.text) != _script(last.text) and len(line.text.split()) > 2 and len(line.text) > 12
    )
    return alike and near and not other_script and not _is_banner(line.text) and not _is_banner(last.text)


def _script(text: str) -> str:
    return "cjk" if cjk_count(text) > 1 else "latin"


def _is_banner(text: str) -> bool:
    return bool(_BANNER.match(text[:200]) or _ARTICLE_TYPE.match(text[:80]))


def _may_be_title(block: Block, headers: Sequence[str]) -> bool:
    text = " ".join(line.text for line in block)
    letters = sum(c.isalpha() for c in text)
    cjk = cjk_count(text)
    if len(text) > _LONGEST or not (cjk >= 5 or (letters >= _SHORTEST and " " in text) or letters >= 12):
        return False
    if _is_banner(text) or "@" in text or letters < 0.5 * len(text.replace(" ", "")):
        return False
    first = block[0]
    if first.placed and first.y0 > 0.72 * first.page_height:
        return False
    return not _is_journal_name(text, headers)


def _is_journal_name(text: str, headers: Sequence[str]) -> bool:
    """`Expert Systems with Applications`, when a header reads `Expert Systems with Applications 123 (2016) 1–10`."""
    if len(text) > 90:
        return False
    name = re.escape(text.strip())
    pattern = re.compile(
        rf"(?:.{{0,60}}/\s*)?{name}[\s,|:;]*(?:vol|\(?(?:19|20)\d\d|\d+\s*\((?:19|20)\d\d)", re.IGNORECASE
    )
    return any(pattern.match(header[:300]) for header in headers)


def _score(block: Block, front: FrontMatter) -> float:
    first = block[0]
    if not first.placed:
        # Without geometry the first lines are the best guess.
        return -float(front.lines.index(first))
    length = sum(len(line.text) for line in block)
    score = first.size / (front.body or first.size)
    score += 0.08 if first.bold else 0.0
    score -= (
        0.6 if first.text[:1].islower() and len(block) == 1 and len(first.text.split()) < 4 else 0.0
    )  # a journal's logo
    score += 0.1 if length > 25 or cjk_count(block[0].text) > 8 else 0.0
    return score - 0.15 * (first.y0 / first.page_height)


def _confirmed(blocks: Sequence[Block], metadata: str | None, front: FrontMatter) -> Block | None:
    """The block that says what the metadata says, if it looks at all like a title."""
    wanted = squash(metadata or "")
    if len(wanted) < _SHORTEST or _JUNK_METADATA.search(metadata or ""):
        return None
    for block in blocks:
        got = squash(_text(block, front))
        stands_out = block[0].size > 1.12 * front.body or block[0].bold or not block[0].placed
        if stands_out and fuzz.ratio(got, wanted) >= 92:
            return block
    return None


def _in_language(best: Block, blocks: Sequence[Block], language: str) -> Block:
    script = "cjk" if language in {"ja", "zh"} else "latin"
    if _script(" ".join(line.text for line in best)) == script:
        return best
    for block in blocks:
        text = " ".join(line.text for line in block)
        large = block[0].size > 0.72 * best[0].size and (block[0].size > 1.1 * _smallest(blocks))
        if (
            block is not best
            and _script(text) == script
            and large
            and (cjk_count(text) >= 8 or script == "latin")
        ):
            return block
    return best


def _smallest(blocks: Sequence[Block]) -> float:
    return min(block[0].size for block in blocks)


def _with_subtitle(block: Block, front: FrontMatter) -> Block:
    """A smaller line between dashes or waves right below belongs to a Japanese title."""
    lines = front.lines
    after = lines.index(block[-1]) + 1
    if after < len(lines) and re.match(r"[-―—–〜～~].{4,80}[-―—–〜～~]$", lines[after].text):
        return (*block, lines[after])
    return block


def _text(block: Block, front: FrontMatter) -> str:
    parts = []
    for line in block:
        marked = front.marked(line)
        parts.append(_TRAILING_MARKS.sub("", marked) if line is block[-1] else marked)
    text = ""
    for index, part in enumerate(parts):
        joined = index and block[index - 1].end == block[index].start
        text += part if not index or joined else "\n" + part
    text = re.sub(f"[{RAISED}{LOWERED}]", "", text).replace(GAP, " ")
    return one_line(text)
