"""The words for the parts of an answer and of a paper's identity."""

from __future__ import annotations

from server.domain.words import Words

PARTS: dict[str, Words] = {
    "title": Words(ja="題名", en="Title"),
    "translation": Words(ja="訳", en="Translation"),
    "authors": Words(ja="著者", en="Authors"),
    "first_author": Words(ja="第一著者", en="First author"),
    "last_author": Words(ja="最終著者", en="Last author"),
    "affiliation": Words(ja="所属", en="Affiliation"),
    "venue": Words(ja="掲載誌・会議", en="Venue"),
    "year": Words(ja="発行年", en="Year"),
    "doi": Words(ja="DOI", en="DOI"),
    "arxiv_id": Words(ja="arXiv", en="arXiv"),
    "why": Words(ja="理由", en="Why"),
    "number": Words(ja="番号", en="Number"),
    "cited_at": Words(ja="引用箇所", en="Where cited"),
    "where": Words(ja="引用箇所", en="Where cited"),
    "claim": Words(ja="主張", en="Claim"),
    "type": Words(ja="種類", en="Type"),
    "kind": Words(ja="種類", en="Kind"),
    "evidence": Words(ja="根拠", en="Evidence"),
    "caveat": Words(ja="留保", en="Caveat"),
    "strength": Words(ja="証拠の強さ", en="Strength of the evidence"),
    "point": Words(ja="論文の箇所", en="What the paper says"),
    "fix": Words(ja="直し方", en="What would help"),
    "outcome": Words(ja="評価項目", en="Outcome"),
    "role": Words(ja="位置づけ", en="Role"),
    "timing": Words(ja="測った時点", en="When"),
    "intervention": Words(ja="介入群", en="Intervention"),
    "comparison": Words(ja="比較群", en="Comparison"),
    "effect": Words(ja="効果", en="Effect"),
    "event": Words(ja="有害事象", en="Event"),
    "funding": Words(ja="資金源", en="Funding"),
    "interests": Words(ja="利益相反", en="Interests"),
    "registration": Words(ja="試験登録", en="Registration"),
    "ethics": Words(ja="倫理審査と同意", en="Ethics and consent"),
    "step": Words(ja="手順", en="Step"),
    "formula": Words(ja="式", en="Formula"),
    "symbols": Words(ja="記号", en="Symbols"),
    "symbol": Words(ja="記号", en="Symbol"),
    "name": Words(ja="名前", en="Name"),
    "value": Words(ja="値", en="Value"),
    "used_for": Words(ja="使い所", en="Used for"),
    "source": Words(ja="入手先", en="Where"),
    "licence": Words(ja="利用条件", en="Licence"),
    "gap": Words(ja="足りない情報", en="Gap"),
    "needed_for": Words(ja="要る手順", en="Needed for"),
    "guess": Words(ja="まず試すこと（推測）", en="First guess"),
    "term": Words(ja="用語", en="Term"),
    "reading": Words(ja="読み", en="Reading"),
    "english": Words(ja="英語", en="English"),
    "japanese": Words(ja="日本語", en="Japanese"),
    "definition": Words(ja="この論文では", en="In this paper"),
    "in_paper": Words(ja="この論文では", en="In this paper"),
    "general": Words(ja="一般には", en="In general"),
    "plain": Words(ja="やさしく言うと", en="In plain words"),
    "short": Words(ja="略語", en="Short"),
    "long": Words(ja="元の形", en="In full"),
    "meaning": Words(ja="意味", en="Meaning"),
    "figure": Words(ja="図表", en="Figure"),
    "shows": Words(ja="示すこと", en="Shows"),
    "slide": Words(ja="スライド", en="Slide"),
}
"""Names of the parts of an object or list item; a part not listed here is called by its own name."""


def part_label(name: str, language: str) -> str:
    known = PARTS.get(name)
    return known.in_(language) if known else name.replace("_", " ").capitalize()
