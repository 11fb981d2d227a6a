"""What a heading says its section is for, in the languages papers are written in."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from server.domain.printed import CJK, unspace
from server.domain.sections import SectionKind

_KIND = SectionKind

_NAMES: tuple[tuple[SectionKind, str], ...] = (
    (
        _KIND.ABSTRACT,
        (
            r"abstract|summary|executive summary|synopsis|zusammenfassung|kurzfassung|résumé|resumen|概要|要旨|要約|梗概|あらまし|"
            r"論文要旨|和文概要|抄録|アブストラクト|摘要|초록|extended abstract|significance statement"
        ),
    ),
    (
        _KIND.REFERENCES,
        (
            r"references?(?: and notes| cited)?|bibliography|literature(?: cited)?|works cited|"
            r"literatur(?:verzeichnis)?|quellen(?:verzeichnis)?|bibliographie|références(?: bibliographiques)?|"
            r"referencias(?: bibliográficas)?|bibliografía|(?:参考|引用|主要参考)文献(?:リスト|一覧|等)?|文献(?:一覧|リスト)?|参照文献|参考資料|"
            r"참고 ?문헌"
        ),
    ),
    (
        _KIND.ACKNOWLEDGEMENTS,
        (
            r"acknowledge?ments?|acknowledge?ments? and .{3,60}|funding|danksagung(?:en)?|danksagungen|remerciements|"
            r"agradecimientos|謝辞|おわりの謝辞|致谢|감사의 글|author contributions?|competing interests?|conflicts? of interests?|"
            r"declaration of competing interest|data availability(?: statement)?|credit authorship contribution statement"
        ),
    ),
    (
        _KIND.LIMITATIONS,
        (
            r"(?:.{0,40} )?limitations?(?: .{0,60})?|threats to validity|einschränkungen|grenzen|limitaciones|limites|"
            r".{0,12}(?:限界|制約)|(?:本研究の)?(?:限界|制約)と.{1,12}|妥当性への脅威"
        ),
    ),
    (
        _KIND.INTRODUCTION,
        (
            r"introduction(?: and .{3,60})?|motivation|einleitung|einführung|vorwort|introducción|"
            r"はじめに|序論|緒言|緒論|序章|序|序文|まえがき|導入|イントロダクション|諸言|研究の?背景.{0,8}|背景(?:と目的)?|引言|绪论|서론"
        ),
    ),
    (
        _KIND.RELATED,
        (
            r"(?:related|previous|prior|existing|earlier) (?:works?|research|stud(?:y|ies)|approaches|literature)(?: .{0,60})?|"
            r"(?:literature|related work) (?:review|survey)|background(?: and .{3,60})?|preliminaries|state of the art|stand der (?:technik|forschung)|"
            r"verwandte arbeiten|grundlagen|travaux connexes|trabajos? relacionados?|"
            r"(?:.{0,12})?(?:関連|先行|従来|既存)の?(?:研究|手法|技術)(?:.{0,12})?|関連文献|準備|予備知識|相关工作|관련 ?연구"
        ),
    ),
    (
        _KIND.CONCLUSION,
        (
            r"(?:.{0,40} )?conclusions?(?: .{0,60})?|concluding remarks?|closing remarks?|summary and .{3,60}|"
            r"future (?:works?|directions?|research)|outlook|fazit|schluss(?:folgerung(?:en)?)?|zusammenfassung und ausblick|ausblick|"
            r"conclusion(?:es)?|conclusiones|"
            r"(?:おわりに|終わりに|むすび|結び|結論|まとめ|結言|総括|あとがき|今後の(?:課題|展望|展開)|終章)(?:(?:と|及び|および|・).{1,12})?|结论|결론"
        ),
    ),
    (
        _KIND.APPENDIX,
        (
            r"(?:appendix|appendices|annex|anhang|annexe|apéndice|supplementa(?:ry|l) (?:materials?|information))(?:\b.{0,100})?|"
            r"(?:付録|附録|補遺|付記|补充材料)(?:.{0,60})?"
        ),
    ),
    (
        _KIND.DISCUSSION,
        (
            r"(?:(?!results).{0,40} )?discussions?(?: .{0,60})?|diskussion|discusión|(?:.{0,8}の)?(?:考察|議論|討論|検討)(?:.{0,12})?|ディスカッション|讨论|논의|"
            r"ethic(?:s|al) (?:statement|considerations?)|broader impacts?(?: .{0,40})?|implications?(?: .{0,60})?"
        ),
    ),
    (
        _KIND.EVALUATION,
        (
            r"(?:.{0,40} )?(?:evaluations?|experiments?|experimentation|benchmarks?|case stud(?:y|ies)|user stud(?:y|ies))(?: .{0,60})?|"
            r"experimental .{3,60}|empirical .{3,60}|datasets?(?: and .{3,60})?|simulations?|auswertung|evaluierung|experimente|évaluation|"
            r"(?:.{0,12})?(?:実験|評価|検証|シミュレーション|ケーススタディ)(?:の?(?:設定|方法|環境|条件|概要|準備|と考察|と評価|手順))?|实验|실험"
        ),
    ),
    (
        _KIND.RESULTS,
        (
            r"(?:.{0,40} )?(?:results?|findings|analysis)(?: (?:and|of|on|for) .{0,60})?|main results?|ergebnisse|résultats|resultados|"
            r"(?:.{0,12})?結果(?:(?:と|及び|および|・).{1,12})?|分析(?:結果)?|结果|결과"
        ),
    ),
    (
        _KIND.METHOD,
        (
            r"(?:.{0,40} )?(?:methods?|methodology|methodologies|approach|algorithms?|architecture|materials and methods|"
            r"models?|framework|implementation|system (?:design|overview)|design)(?: (?:and|of|for) .{0,60})?|"
            r"(?:the )?proposed .{3,60}|overview|problem (?:definition|formulation|statement|setting)|methodik|methoden|vorgehen|"
            r"méthodes?|métodos?|metodología|"
            r"(?:.{0,12})?(?:手法|方法|提案|方式|アルゴリズム|モデル|材料と方法|システム(?:構成|概要)?|実装|設計|アプローチ|問題設定|定式化)(?:の(?:概要|詳細|構成))?|方法论|방법"
        ),
    ),
)
_PATTERNS = tuple((kind, re.compile(rf"(?:{pattern})$")) for kind, pattern in _NAMES)

_DISTINCT = frozenset(
    {
        _KIND.ABSTRACT,
        _KIND.REFERENCES,
        _KIND.ACKNOWLEDGEMENTS,
        _KIND.INTRODUCTION,
    }
)
_WELL_KNOWN = re.compile(
    r"(?:related works?|background|methods?|methodology|materials and methods|experiments?|evaluation|results?|"
    r"results and discussion|discussion|limitations|conclusions?|conclusions? and future works?|appendix|appendices|"
    r"affiliations?|about the authors?|author information|biograph(?:y|ies)|著者紹介|著者略歴|"
    r"future works?|case study|proposed methods?|experimental results|ethics statement|broader impacts?|"
    r"関連研究|提案手法|手法|方法|実験|評価|評価実験|実験結果|結果|結果と考察|考察|議論|議論と限界|限界|今後の課題|おわりに|"
    r"まとめ|結論|むすび|付録|材料と方法|fazit|ausblick|methodik|ergebnisse|diskussion|verwandte arbeiten)$"
)
_LONGEST = 120


@lru_cache(maxsize=4096)
def heading_kind(title: str) -> SectionKind:
    """What a section titled `title` (number already off) is for, as far as the words tell."""
    name = _plain(title)
    if not name or len(name) > _LONGEST:
        return _KIND.OTHER
    return next((kind for kind, pattern in _PATTERNS if pattern.match(name)), _KIND.OTHER)


def is_known_name(title: str) -> bool:
    """Whether a line that reads just so is a heading even when nothing in its looks says it."""
    name = _plain(title)
    return len(name) <= _LONGEST and (bool(_WELL_KNOWN.match(name)) or heading_kind(title) in _DISTINCT)


def _plain(title: str) -> str:
    name = unspace(unicodedata.normalize("NFKC", title[: 2 * _LONGEST]).strip()).casefold()
    name = re.sub(rf"(?<=[{CJK}]) +(?=[{CJK}])", "", name)
    return re.sub(r"\s+", " ", name).strip(" .:;：．。■●◆□【】[]<>＜＞-–—")
