"""Words that questions about papers are made of, in Japanese, English and German.

Not a dictionary: general words of research and of asking, so that a question in one language finds a passage in another.
The words of a subject are left to the paper itself: katakana are matched by sound, Latin words as they stand.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Entry:
    """One meaning; any of its words may stand for it."""

    ja: tuple[str, ...]
    en: str
    de: str

    def in_(self, language: str) -> str:
        """The words in a paper's language: Japanese, German, or English for every other code."""
        return " ".join(self.ja) if language == "ja" else self.de if language == "de" else self.en


_ROWS = """
定義 | definition define | definition definiert heißt
定理 | theorem | satz
補題 | lemma | lemma
証明 | proof prove | beweis
例 | example | beispiel
公理 | axiom | axiom
命題 | proposition | proposition
仮定 前提 | assumption assume | annahme voraussetzung
条件 | condition | bedingung
性質 | property | eigenschaft
理由 なぜ | reason because due | grund weil
原因 | cause | ursache
目的 | goal purpose aim | ziel zweck
種類 | type kind | art
分野 | domain field discipline | gebiet
部分 | part component | teil
構成 | consist structure component | bestehen aufbau
要素 | element component | element
手順 | step procedure | schritt
方法 手段 | method way approach | methode verfahren
使う 使った 用いた 利用 | use | verwenden
用途 | use application | anwendung
数 個数 | number count | anzahl zahl
規模 | size scale large | größe
大き | large size | groß
量 | amount size | menge
長さ 長い | length long | länge lang
時間 | time hour | zeit dauer
期間 | period week month | zeitraum
年 | year | jahr
日 | day | tag
夜 | night | nacht
値 | value | wert
率 | rate | rate
比 | ratio | verhältnis
差 | difference | unterschied
違い 違う 異なる | difference differ different | unterschied verschieden
共通 | common shared | gemeinsam
同じ | same equal identical | gleich
最初 | first initial | erste
最後 | last final | letzte
初期化 | initialize initialization | initialisierung
増え 増やす | increase more | zunehmen
減る 減らす | decrease reduce less | abnehmen verringern
速い 高速化 | fast speed | schnell
遅い | slow | langsam
必要 | need require necessary | notwendig benötigen
可能 できる | possible able | möglich
不可能 できない | impossible cannot unable | unmöglich
困難 難しい | difficult hard challenge | schwierig
簡単 容易 | simple easy | einfach leicht
新しい 新規 | new novel | neu
重要 | important | wichtig
主な 主要 | main major | haupt
基本 | basic fundamental | grundlegend
一般 | general | allgemein
特別 特殊 | special specific | speziell
代表 | represent representative majority | vertreter
独立 | independent | unabhängig
依存 | depend dependent | abhängig
関数 | function | funktion
写像 | map mapping | abbildung
集合 | set | menge
空間 | space | raum
曲線 | curve | kurve
曲面 | surface | fläche
曲率 | curvature | krümmung
多様体 | manifold | mannigfaltigkeit
位相 | topology topological | topologie topologisch
距離 | distance metric | abstand metrik
群 | group | gruppe
行列 | matrix | matrix
変換 | transform transformation convert | transformation
三角形 | triangle | dreieck
三角形分割 | triangulation | triangulierung
直線 | line | gerade
平面 | plane | ebene
平行線 平行 | parallel | parallele
道 経路 | path | weg
基本群 | fundamental group | fundamentalgruppe
閉じた 閉集合 | closed | abgeschlossen
開いた 開集合 | open | offen
連続 | continuous | stetig
連結 | connected | zusammenhängend
被覆 | cover covering | überdeckung überlagerung
同値 | equivalent | äquivalent
分割 | partition partitioned split | zerlegung
講義 | lecture | vorlesung
学期 | semester | semester
書いた 書く | write written author | geschrieben schreiben
別名 | called name known | genannt
名前 | name | name
題名 | title | titel
著者 | author | autor
国 | country | land
人 人々 | people person human | mensch
顧客 | customer | kunde
商店 | merchant shop | händler
支払 | payment pay | zahlung
時給 賃金 | hourly rate wage paid | lohn
価格 | price cost | preis
許諾 使用許諾 | license licence | lizenz
害 弊害 | harm harmful | schaden
危険 | risk danger | gefahr
保護 守る 守られ | protect privacy secure | schutz
安全 | secure security safe | sicher
公開 | release public publish available | veröffentlicht
配布 | distribute available | verteilt
重複 | duplicate | duplikat
除く 除いた 除かれ 削除 | remove filter exclude delete | entfernen
選ぶ 選んだ 選ばれ 選択 | select choose sample | auswählen
集める 集めた 収集 | collect gather | sammeln
作る 作成 | create build construct | erstellen
加える 追加 | add additional | hinzufügen
区別 | distinguish identify disambiguation | unterscheiden
解決 | solve resolve | lösen gelöst
未解決 | unsolved open | ungelöst
保存 | store storage save | speichern
容量 | storage capacity size memory | kapazität
装置 計算機 | computer hardware machine | rechner
仕組み 機構 | mechanism system | mechanismus
段階 | stage step phase | phase
誤り 誤差 | error mistake | fehler
ばらつき 分散 | variance deviation variation | varianz streuung
信頼性 | reliability reliable | zuverlässigkeit
品質 | quality | qualität
形状 | shape | form
拡張 | extension extend | erweiterung
予定 計画 | plan planned | geplant
改良 | improve refine improved | verbesserung
勾配 | gradient | gradient
近似 | approximation approximate | näherung
重み | weight | gewicht
入力 | input | eingabe
出力 | output | ausgabe
設定 | setting configuration setup | einstellung
既定 | default | standard
原文 原典 | source document original | quelle original
文 | sentence | satz
単語 語 | word | wort
全文 | full text | volltext
書誌 参考文献 | bibliography reference | literatur
結合 | combine join merge | verbinden
配列 | array | feld
動詞 | verb | verb
操作 | manipulation operation manipulate | operation
多数決 | majority vote | mehrheit
"""


def _entries() -> tuple[Entry, ...]:
    rows = (line.split("|") for line in _ROWS.strip().splitlines())
    return tuple(Entry(tuple(ja.split()), en.strip(), de.strip()) for ja, en, de in rows)


ENTRIES = _entries()
