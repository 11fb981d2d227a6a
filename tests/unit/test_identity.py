"""Title, authors, affiliation, venue, year and DOI as the first pages of many publishers print them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pytest
from printed_pages import Row, a_page, prose, row
from server.domain.description import Metadata, describe
from server.domain.extractions import Page
from server.domain.identity import Identity, Source


@dataclass(frozen=True)
class Style:
    """A first page in the style of a publisher, what it says, and the running headers of the pages behind."""

    rows: Sequence[Row]
    says: dict[str, Any]
    headers: tuple[str, ...] = ()
    japanese: bool = False

    @property
    def pages(self) -> tuple[Page, ...]:
        return (a_page(self.rows), *(self._page(number) for number in range(2, 6)))

    def _page(self, number: int) -> Page:
        header = [row(60, 30, 8, self.headers[number % len(self.headers)])] if self.headers else []
        return a_page(header + prose(60, 80, 10, 40, japanese=self.japanese), number=number)


STYLES: dict[str, Style] = {}


STYLES["IEEE conference"] = Style(
    [
        row(60, 60, 24, "Deep Learning for Reading Scientific Papers: A"),
        row(150, 90, 24, "Comparative Study of Engines"),
        row(80, 130, 11, "1{st} Jane A. Doe\t2{nd} John Smith"),
        row(70, 143, 10, "Dept. of Computer Science\tSchool of Engineering"),
        row(80, 155, 10, "University of Somewhere\tInstitute of Elsewhere"),
        row(80, 167, 10, "Berlin, Germany\tKyoto, Japan"),
        row(80, 179, 10, "jane@some.edu\tjohn@else.ac.jp"),
        row(80, 200, 11, "3{rd} Wei Zhang"),
        row(70, 213, 10, "Tsinghua University"),
        row(70, 225, 10, "Beijing, China"),
        row(60, 250, 9, "Abstract—We study how engines read papers and what they miss in them", bold=True),
        *prose(60, 262, 9, 8),
        row(120, 380, 10, "I. INTRODUCTION"),
        *prose(60, 400, 10, 20),
        row(60, 770, 8, "978-1-7281-1234-5/21/$31.00 ©2021 IEEE"),
    ],
    {
        "title": "Deep Learning for Reading Scientific Papers: A Comparative Study of Engines",
        "authors": ("Jane A. Doe", "John Smith", "Wei Zhang"),
        "year": 2021,
        "affiliation": "Dept. of Computer Science",
    },
)

STYLES["IEEE transactions"] = Style(
    [
        row(
            60,
            30,
            7,
            "IEEE TRANSACTIONS ON PATTERN ANALYSIS AND MACHINE INTELLIGENCE, VOL. 42, NO. 3, MARCH 2020\t1",
        ),
        row(90, 60, 24, "A Survey of Evidence Checking"),
        row(100, 90, 24, "in Language Model Outputs"),
        row(100, 125, 11, "Maria Garcia-Lopez, Member, IEEE, Ken Tanaka, Senior Member, IEEE, and Li Wei"),
        row(
            60,
            150,
            9,
            "Abstract—Evidence checking is the task of finding where a statement stands",
            bold=True,
        ),
        *prose(60, 162, 9, 8),
        row(100, 290, 10, "1 INTRODUCTION"),
        *prose(60, 310, 10, 30),
        row(
            60,
            760,
            8,
            "• M. Garcia-Lopez is with the Department of Computer Science, University of Madrid, Spain. E-mail: m@u.es.",
        ),
        row(60, 770, 8, "Manuscript received 12 Jan. 2019; revised 3 Dec. 2019; accepted 4 Jan. 2020."),
    ],
    {
        "title": "A Survey of Evidence Checking in Language Model Outputs",
        "authors": ("Maria Garcia-Lopez", "Ken Tanaka", "Li Wei"),
        "year": 2020,
        "venue": "IEEE TRANSACTIONS ON PATTERN ANALYSIS AND MACHINE INTELLIGENCE",
        "affiliation": "Department of Computer Science, University of Madrid, Spain",
    },
    headers=(
        "GARCIA-LOPEZ et al.: A SURVEY OF EVIDENCE CHECKING",
        "IEEE TRANSACTIONS ON PATTERN ANALYSIS AND MACHINE INTELLIGENCE, VOL. 42, NO. 3, MARCH 2020",
    ),
)

STYLES["ACM sigconf"] = Style(
    [
        row(70, 80, 17, "Reading Together: How Teams Compare Summaries", bold=True),
        row(90, 110, 12, "Alice Johnson"),
        row(90, 124, 10, "University of Washington"),
        row(90, 136, 10, "Seattle, WA, USA"),
        row(90, 148, 10, "alice@uw.edu"),
        row(300, 110, 12, "Bob O’Neil"),
        row(300, 124, 10, "Microsoft Research"),
        row(300, 136, 10, "Redmond, WA, USA"),
        row(300, 148, 10, "bob@ms.com"),
        row(60, 180, 11, "ABSTRACT", bold=True),
        *prose(60, 195, 9, 10),
        row(60, 320, 11, "CCS CONCEPTS", bold=True),
        row(60, 335, 9, "• Human-centered computing → Empirical studies."),
        row(60, 350, 11, "KEYWORDS", bold=True),
        row(60, 365, 9, "reading, summaries"),
        row(60, 380, 8, "ACM Reference Format:"),
        row(
            60,
            390,
            8,
            "Alice Johnson and Bob O’Neil. 2023. Reading Together: How Teams Compare Summaries. In",
        ),
        row(
            60,
            400,
            8,
            "Proceedings of the 2023 CHI Conference on Human Factors in Computing Systems (CHI ’23), April",
        ),
        row(
            60,
            410,
            8,
            "23–28, 2023, Hamburg, Germany. ACM, New York, NY, USA, 12 pages. https://doi.org/10.1145/3544548.3580001",
        ),
        row(60, 430, 11, "1 INTRODUCTION", bold=True),
        *prose(60, 445, 9, 15),
        row(60, 740, 7, "CHI ’23, April 23–28, 2023, Hamburg, Germany"),
        row(60, 750, 7, "© 2023 Copyright held by the owner/author(s)."),
        row(60, 760, 7, "ACM ISBN 978-1-4503-9421-5/23/04."),
        row(60, 770, 7, "https://doi.org/10.1145/3544548.3580001"),
    ],
    {
        "title": "Reading Together: How Teams Compare Summaries",
        "authors": ("Alice Johnson", "Bob O’Neil"),
        "year": 2023,
        "doi": "10.1145/3544548.3580001",
        "affiliation": "University of Washington",
    },
    headers=(
        "CHI ’23, April 23–28, 2023, Hamburg, Germany",
        "Johnson and O’Neil",
    ),
)

STYLES["Elsevier"] = Style(
    [
        row(200, 40, 8, "Expert Systems with Applications 168 (2021) 114247"),
        row(200, 70, 8, "Contents lists available at ScienceDirect"),
        row(150, 90, 16, "Expert Systems with Applications"),
        row(180, 115, 8, "journal homepage: www.elsevier.com/locate/eswa"),
        row(50, 160, 13.5, "A hybrid approach to checking numbers in generated"),
        row(50, 178, 13.5, "summaries of clinical papers"),
        row(50, 205, 10.5, "Laura Rossi{a,*}, Marco Bianchi{a}, Sofia De Luca{b}"),
        row(
            50,
            225,
            7,
            "{a} Department of Information Engineering, University of Padua, Via Gradenigo 6, 35131 Padova, Italy",
        ),
        row(50, 235, 7, "{b} IRCCS Hospital, Milan, Italy"),
        row(50, 260, 8, "A R T I C L E   I N F O"),
        row(200, 260, 8, "A B S T R A C T"),
        row(50, 275, 7, "Keywords:"),
        row(50, 285, 7, "Summaries"),
        *prose(200, 275, 8, 10),
        row(50, 400, 9, "1. Introduction", bold=True),
        *prose(50, 415, 9, 20),
        row(50, 740, 7, "* Corresponding author."),
        row(50, 750, 7, "E-mail address: l.rossi@unipd.it (L. Rossi)."),
        row(50, 760, 7, "https://doi.org/10.1016/j.eswa.2020.114247"),
        row(
            50,
            770,
            7,
            "Received 3 March 2020; Received in revised form 1 October 2020; Accepted 7 November 2020",
        ),
        row(50, 780, 7, "Available online 13 November 2020"),
        row(50, 790, 7, "0957-4174/© 2020 Elsevier Ltd. All rights reserved."),
    ],
    {
        "title": "A hybrid approach to checking numbers in generated summaries of clinical papers",
        "authors": ("Laura Rossi", "Marco Bianchi", "Sofia De Luca"),
        "year": 2021,
        "doi": "10.1016/j.eswa.2020.114247",
        "venue": "Expert Systems with Applications",
        "affiliation": "Department of Information Engineering, University of Padua, Via Gradenigo 6, 35131 Padova, Italy",
    },
    headers=("L. Rossi et al.   Expert Systems with Applications 168 (2021) 114247",),
)

STYLES["LNCS"] = Style(
    [
        row(150, 110, 14, "Grounding Answers of Language Models", bold=True),
        row(200, 128, 14, "in Scientific Documents", bold=True),
        row(180, 160, 10, "Hans Müller{1(B)}, Petra van den Berg{2}, and Jörg Weiß{1,2}"),
        row(180, 180, 9, "{1} Technical University of Munich, Munich, Germany"),
        row(200, 192, 9, "mueller@tum.de"),
        row(180, 204, 9, "{2} Delft University of Technology, Delft, The Netherlands"),
        row(
            160,
            230,
            9,
            "Abstract. We show how answers can be grounded in documents and what it costs to do so.",
        ),
        *prose(160, 242, 9, 8),
        row(160, 340, 9, "Keywords: Grounding · Documents"),
        row(134, 370, 12, "1 Introduction", bold=True),
        *prose(134, 390, 10, 20),
        row(134, 680, 8, "c Springer Nature Switzerland AG 2019"),
        row(134, 690, 8, "A. Editor et al. (Eds.): ECIR 2019, LNCS 11437, pp. 1–15, 2019."),
        row(134, 700, 8, "https://doi.org/10.1007/978-3-030-15712-8_1"),
    ],
    {
        "title": "Grounding Answers of Language Models in Scientific Documents",
        "authors": ("Hans Müller", "Petra van den Berg", "Jörg Weiß"),
        "year": 2019,
        "doi": "10.1007/978-3-030-15712-8_1",
        "affiliation": "Technical University of Munich, Munich, Germany",
    },
)

STYLES["Nature"] = Style(
    [
        row(50, 40, 14, "Article", bold=True),
        row(50, 80, 22, "Accurate reading of papers with", bold=True),
        row(50, 106, 22, "many personas", bold=True),
        row(50, 140, 7, "https://doi.org/10.1038/s41586-021-03819-2"),
        row(50, 160, 7, "Received: 11 May 2021"),
        row(50, 175, 7, "Accepted: 12 July 2021"),
        row(50, 190, 7, "Published online: 15 July 2021"),
        row(50, 205, 7, "Open access"),
        row(
            200,
            140,
            9,
            "John Jumper{1,4 ✉}, Richard Evans{1,4}, Alexander Pritzel{1,4} & Demis Hassabis{1,4 ✉}",
        ),
        *prose(200, 170, 9, 30),
        row(
            50,
            780,
            7,
            "{1}DeepMind, London, UK. {2}School of Biological Sciences, Seoul National University, Seoul, South Korea.",
        ),
        row(50, 800, 7, "Nature | Vol 596 | 26 August 2021 | 583"),
    ],
    {
        "title": "Accurate reading of papers with many personas",
        "authors": ("John Jumper", "Richard Evans", "Alexander Pritzel", "Demis Hassabis"),
        "year": 2021,
        "doi": "10.1038/s41586-021-03819-2",
    },
    headers=(
        "584 | Nature | Vol 596 | 26 August 2021",
        "Nature | Vol 596 | 26 August 2021 | 585",
    ),
)

STYLES["medRxiv"] = Style(
    [
        row(
            50,
            20,
            7,
            "medRxiv preprint doi: https://doi.org/10.1101/2020.03.03.20030593; this version posted March 6, 2020. The copyright holder for this preprint",
        ),
        row(
            50,
            30,
            7,
            "(which was not certified by peer review) is the author/funder, who has granted medRxiv a license",
        ),
        row(72, 90, 16, "Clinical characteristics of readers who compare papers: a", bold=True),
        row(72, 110, 16, "cohort study", bold=True),
        row(72, 140, 11, "Qing Li, MD{1}*, Xiaofang Wu, PhD{2}*, Anna Kowalska, MSc{1}"),
        row(72, 160, 11, "{1} Department of Medicine, Wuhan University, Wuhan, China"),
        row(72, 175, 11, "{2} Institute of Public Health, Warsaw, Poland"),
        row(72, 200, 11, "*These authors contributed equally."),
        row(72, 240, 12, "Abstract", bold=True),
        *prose(72, 260, 11, 20),
    ],
    {
        "title": "Clinical characteristics of readers who compare papers: a cohort study",
        "authors": ("Qing Li", "Xiaofang Wu", "Anna Kowalska"),
        "year": 2020,
        "doi": "10.1101/2020.03.03.20030593",
        "affiliation": "Department of Medicine, Wuhan University, Wuhan, China",
    },
    headers=(
        "medRxiv preprint doi: https://doi.org/10.1101/2020.03.03.20030593; this version posted March 6, 2020. The copyright holder",
    ),
)

STYLES["NeurIPS columns"] = Style(
    [
        row(120, 100, 17, "Prefix Caching for Many Readers", bold=True),
        row(110, 160, 10, "Jane Doe", bold=True),
        row(90, 172, 10, "Department of Computer Science"),
        row(100, 184, 10, "Cranberry-Lemon University"),
        row(100, 196, 10, "Pittsburgh, PA 15213"),
        row(100, 208, 10, "jane@cs.cranberry.edu"),
        row(300, 160, 10, "Rui Chen", bold=True),
        row(280, 172, 10, "DeepMind"),
        row(280, 184, 10, "London"),
        row(280, 196, 10, "rui@deepmind.com"),
        row(110, 225, 10, "Ana Souza", bold=True),
        row(110, 237, 10, "Universidade de São Paulo"),
        row(280, 260, 12, "Abstract", bold=True),
        *prose(140, 280, 10, 10),
        row(108, 420, 12, "1 Introduction", bold=True),
        *prose(108, 440, 10, 20),
        row(
            108,
            740,
            9,
            "34th Conference on Neural Information Processing Systems (NeurIPS 2020), Vancouver, Canada.",
        ),
        row(20, 300, 20, "arXiv:2010.12345v2 [cs.LG] 3 Nov 2020", rotated=True),
    ],
    {
        "title": "Prefix Caching for Many Readers",
        "authors": ("Jane Doe", "Rui Chen", "Ana Souza"),
        "year": 2020,
        "arxiv_id": "2010.12345",
        "venue": "34th Conference on Neural Information Processing Systems (NeurIPS 2020)",
        "affiliation": "Department of Computer Science",
    },
)

STYLES["ICML"] = Style(
    [
        row(120, 90, 14, "Counting Tokens Twice: A Study of Caches", bold=True),
        row(150, 130, 10, "Emma Brown{*1} Noah Davis{*1 2} Olivia Martin{3}", bold=True),
        row(130, 170, 12, "Abstract", bold=True),
        *prose(70, 190, 10, 15),
        row(55, 400, 12, "1. Introduction", bold=True),
        *prose(55, 420, 10, 10),
        row(
            55,
            700,
            9,
            "{*}Equal contribution {1}Department of Statistics, University of Oxford, UK {2}Google Research",
        ),
        row(55, 712, 9, "{3}Stanford University. Correspondence to: Emma Brown <emma@ox.ac.uk>."),
        row(
            55,
            735,
            9,
            "Proceedings of the 38th International Conference on Machine Learning, PMLR 139, 2021. Copyright 2021 by the author(s).",
        ),
    ],
    {
        "title": "Counting Tokens Twice: A Study of Caches",
        "authors": ("Emma Brown", "Noah Davis", "Olivia Martin"),
        "year": 2021,
        "venue": "Proceedings of the 38th International Conference on Machine Learning",
        "affiliation": "Department of Statistics, University of Oxford, UK",
    },
)

STYLES["IPSJ"] = Style(
    [
        row(50, 30, 8, "情報処理学会研究報告"),
        row(50, 42, 8, "IPSJ SIG Technical Report"),
        row(400, 30, 8, "Vol.2022-NL-254 No.3"),
        row(450, 42, 8, "2022/11/29"),
        row(120, 90, 18, "大規模言語モデルを用いた"),
        row(110, 115, 18, "論文要約の根拠検証に関する検討"),
        row(150, 160, 11, "山田 太郎{1,a)}\t鈴木 花子{1}\t佐藤 次郎{2,b)}"),
        row(80, 200, 9, "概要：本稿では，大規模言語モデルによる要約の根拠を検証する方法を提案する．"),
        *prose(80, 214, 9, 6, japanese=True),
        row(60, 330, 12, "1. はじめに", bold=True),
        *prose(60, 350, 9, 20, japanese=True),
        row(60, 740, 7, "{1} 東京大学大学院情報理工学系研究科"),
        row(60, 750, 7, "{2} 株式会社サンプル研究所"),
        row(60, 760, 7, "{a)} taro@example.ac.jp"),
        row(60, 800, 7, "ⓒ 2022 Information Processing Society of Japan"),
    ],
    {
        "title": "大規模言語モデルを用いた論文要約の根拠検証に関する検討",
        "authors": ("山田 太郎", "鈴木 花子", "佐藤 次郎"),
        "year": 2022,
        "affiliation": "東京大学大学院情報理工学系研究科",
        "venue": "情報処理学会研究報告",
    },
    japanese=True,
    headers=("情報処理学会研究報告",),
)

STYLES["NLP年次大会"] = Style(
    [
        row(200, 30, 8, "言語処理学会 第29回年次大会 発表論文集 (2023年3月)"),
        row(140, 70, 16, "引用文の照合に基づく要約の検証"),
        row(150, 110, 11, "高橋一郎{1} 田中美咲{1} 伊藤健{2}"),
        row(150, 128, 10, "{1} 東北大学 {2} 理化学研究所"),
        row(150, 142, 9, "{ichiro,misaki}@example.jp"),
        row(140, 175, 12, "概要", bold=True),
        *prose(60, 195, 10, 10, japanese=True),
        row(60, 330, 12, "1 はじめに", bold=True),
        *prose(60, 350, 10, 20, japanese=True),
    ],
    {
        "title": "引用文の照合に基づく要約の検証",
        "authors": ("高橋一郎", "田中美咲", "伊藤健"),
        "year": 2023,
        "affiliation": "東北大学",
    },
    japanese=True,
)

STYLES["J-STAGE 二言語"] = Style(
    [
        row(60, 30, 8, "人工知能学会論文誌 37巻 2号 A（2022年）"),
        row(60, 60, 9, "原著論文"),
        row(120, 90, 18, "読み手の役割を変えた論文読解支援"),
        row(110, 120, 12, "Supporting Paper Reading with Changing Roles of Readers"),
        row(60, 160, 11, "小林 直樹"),
        row(60, 175, 8, "Naoki Kobayashi"),
        row(200, 160, 8, "名古屋大学大学院情報学研究科"),
        row(200, 170, 8, "Graduate School of Informatics, Nagoya University"),
        row(60, 195, 11, "渡辺 由美"),
        row(60, 210, 8, "Yumi Watanabe"),
        row(200, 195, 8, "同\u3000上"),
        row(60, 240, 9, "keywords: reading support, roles, language models"),
        row(60, 260, 9, "Summary", bold=True),
        *prose(60, 275, 9, 10),
        row(60, 420, 12, "1. は じ め に", bold=True),
        *prose(60, 440, 9, 25, japanese=True),
    ],
    {
        "title": "読み手の役割を変えた論文読解支援",
        "authors": ("小林 直樹", "渡辺 由美"),
        "year": 2022,
        "affiliation": "名古屋大学大学院情報学研究科",
    },
    japanese=True,
)

STYLES["JSAI全国大会"] = Style(
    [
        row(
            150, 40, 9, "The 36th Annual Conference of the Japanese Society for Artificial Intelligence, 2022"
        ),
        row(120, 70, 16, "解集合プログラミングを用いた読解順序の最適化"),
        row(120, 95, 11, "Optimizing Reading Orders with Answer Set Programming"),
        row(120, 125, 11, "中村 悠{*1}\t木村 さくら{*2}\t林 大輔{*1}"),
        row(120, 140, 9, "Yu Nakamura\tSakura Kimura\tDaisuke Hayashi"),
        row(100, 160, 9, "{*1} 名古屋大学 大学院情報学研究科"),
        row(100, 172, 9, "Graduate School of Informatics, Nagoya University"),
        *prose(80, 200, 9, 6),
        row(60, 300, 12, "1. はじめに", bold=True),
        *prose(60, 320, 9, 25, japanese=True),
    ],
    {
        "title": "解集合プログラミングを用いた読解順序の最適化",
        "authors": ("中村 悠", "木村 さくら", "林 大輔"),
        "year": 2022,
        "affiliation": "名古屋大学 大学院情報学研究科",
    },
    japanese=True,
)

STYLES["thesis de"] = Style(
    [
        row(200, 80, 14, "Technische Universität München"),
        row(200, 100, 12, "Fakultät für Informatik"),
        row(220, 160, 12, "Masterarbeit"),
        row(100, 220, 22, "Automatische Prüfung von Zitaten in", bold=True),
        row(120, 250, 22, "wissenschaftlichen Texten", bold=True),
        row(240, 320, 14, "Max Mustermann"),
        row(220, 400, 11, "Betreuer: Prof. Dr. Erika Beispiel"),
        row(220, 420, 11, "15. März 2018"),
    ],
    {
        "title": "Automatische Prüfung von Zitaten in wissenschaftlichen Texten",
        "authors": ("Max Mustermann",),
        "year": 2018,
        "affiliation": "Technische Universität München",
    },
)

STYLES["caps and plain article"] = Style(
    [
        row(150, 90, 17, "ON THE CONVERGENCE OF READINGS"),
        row(200, 130, 10, "JANE VAN DER BERG AND PETER MCDONALD"),
        row(
            120,
            160,
            9,
            "Abstract. We prove that readings converge under mild assumptions on the reader and the text.",
        ),
        *prose(120, 172, 9, 6),
        row(200, 300, 11, "1. Introduction"),
        *prose(100, 320, 10, 20),
        row(100, 760, 8, "2010 Mathematics Subject Classification. 68T50."),
    ],
    {
        "title": "ON THE CONVERGENCE OF READINGS",
        "authors": ("Jane van der Berg", "Peter McDonald"),
        "year": None,
    },
)

STYLES["LaTeX article date"] = Style(
    [
        row(150, 120, 17, "A note on reading twice"),
        row(230, 150, 12, "A. B. Carter{∗}"),
        row(230, 170, 12, "March 14, 2015"),
        row(260, 210, 10, "Abstract", bold=True),
        *prose(150, 225, 9, 6),
        row(130, 320, 14, "1 Introduction", bold=True),
        *prose(130, 345, 10, 20),
        row(130, 760, 8, "{∗}Department of Physics, University of Nowhere"),
    ],
    {
        "title": "A note on reading twice",
        "authors": ("A. B. Carter",),
        "year": 2015,
        "affiliation": "Department of Physics, University of Nowhere",
    },
)

STYLES["PLOS"] = Style(
    [
        row(60, 40, 9, "PLOS ONE"),
        row(60, 80, 9, "RESEARCH ARTICLE", bold=True),
        row(60, 100, 20, "Reading speed and its limits in a sample"),
        row(60, 124, 20, "of graduate students"),
        row(60, 160, 11, "Emily Clark{1☯}, Tomás Novák{2☯}*, Fatima Al-Sayed{1,3}"),
        row(
            60,
            180,
            8,
            "{1} Department of Psychology, University of Leeds, Leeds, United Kingdom, {2} Charles University, Prague, Czech Republic",
        ),
        row(60, 200, 8, "* tomas.novak@cuni.cz"),
        row(60, 230, 14, "Abstract", bold=True),
        *prose(60, 250, 9, 20),
        row(
            60,
            700,
            7,
            "Citation: Clark E, Novák T, Al-Sayed F (2019) Reading speed and its limits. PLoS ONE 14(4): e0215678. https://doi.org/10.1371/journal.pone.0215678",
        ),
        row(60, 712, 7, "Received: October 2, 2018 Accepted: April 5, 2019 Published: April 24, 2019"),
        row(60, 790, 7, "PLOS ONE | https://doi.org/10.1371/journal.pone.0215678 April 24, 2019 1 / 18"),
    ],
    {
        "title": "Reading speed and its limits in a sample of graduate students",
        "authors": ("Emily Clark", "Tomás Novák", "Fatima Al-Sayed"),
        "year": 2019,
        "doi": "10.1371/journal.pone.0215678",
        "affiliation": "Department of Psychology, University of Leeds, Leeds, United Kingdom",
    },
)

STYLES["MDPI"] = Style(
    [
        row(60, 40, 20, "applied sciences"),
        row(60, 80, 10, "Article"),
        row(60, 100, 18, "Detecting Fabricated Citations in Generated Text", bold=True),
        row(60, 130, 10, "Ivan Petrov {1}, Chiara Ricci {1,2,*} and Yuki Mori {3}", bold=True),
        row(60, 150, 8, "{1} Faculty of Computer Science, University of Bologna, 40126 Bologna, Italy"),
        row(60, 160, 8, "{*} Correspondence: c.ricci@unibo.it"),
        row(
            60,
            200,
            9,
            "Abstract: Fabricated citations are a problem of generated text that we address in this paper.",
        ),
        *prose(60, 212, 9, 8),
        row(60, 320, 9, "Keywords: citations; generation"),
        row(60, 350, 12, "1. Introduction", bold=True),
        *prose(60, 370, 10, 20),
        row(60, 780, 7, "Appl. Sci. 2022, 12, 1234. https://doi.org/10.3390/app12031234"),
        row(60, 790, 7, "https://www.mdpi.com/journal/applsci"),
    ],
    {
        "title": "Detecting Fabricated Citations in Generated Text",
        "authors": ("Ivan Petrov", "Chiara Ricci", "Yuki Mori"),
        "year": 2022,
        "doi": "10.3390/app12031234",
        "affiliation": "Faculty of Computer Science, University of Bologna, 40126 Bologna, Italy",
    },
)

STYLES["和文 単著 所属上"] = Style(
    [
        row(180, 80, 16, "論文を読むということ"),
        row(170, 102, 11, "―役割と視点の比較を通して―"),
        row(230, 140, 11, "松本\u3000清"),
        row(220, 158, 9, "（京都大学 文学部）"),
        row(100, 200, 10, "要\u3000旨", bold=True),
        *prose(80, 220, 9, 8, japanese=True),
        row(60, 330, 11, "１．はじめに", bold=True),
        *prose(60, 350, 10, 25, japanese=True),
        row(60, 800, 8, "『読書研究』第12巻第3号（2017年）"),
    ],
    {
        "title": "論文を読むということ ―役割と視点の比較を通して―",
        "authors": ("松本 清",),
        "year": 2017,
        "affiliation": "京都大学 文学部",
    },
    japanese=True,
)

STYLES["organisation report"] = Style(
    [
        row(100, 100, 26, "GPT-5 System Card and Evaluation", bold=True),
        row(250, 150, 12, "OpenAI"),
        row(250, 200, 12, "Abstract", bold=True),
        *prose(100, 220, 10, 20),
    ],
    {"title": "GPT-5 System Card and Evaluation", "authors": ("OpenAI",), "year": None},
)


STYLES["ICLR"] = Style(
    [
        row(108, 30, 10, "Published as a conference paper at ICLR 2021"),
        row(108, 80, 17, "AN IMAGE IS WORTH 16X16 WORDS: READERS"),
        row(108, 100, 17, "FOR RECOGNITION AT SCALE"),
        row(108, 140, 10, "Alexey Dosov{*,†}, Lucas Beyer{*}, Xiaohua Zhai{*},", bold=True),
        row(108, 152, 10, "Neil Houlsby{*,†}", bold=True),
        row(108, 166, 10, "{*}equal technical contribution, {†}equal advising"),
        row(108, 178, 10, "Google Research, Brain Team"),
        row(108, 190, 9, "{adosov, neilhoulsby}@google.com"),
        row(270, 220, 12, "ABSTRACT"),
        *prose(140, 240, 10, 10),
        row(108, 400, 12, "1 INTRODUCTION"),
        *prose(108, 420, 10, 20),
    ],
    {
        "title": "AN IMAGE IS WORTH 16X16 WORDS: READERS FOR RECOGNITION AT SCALE",
        "authors": ("Alexey Dosov", "Lucas Beyer", "Xiaohua Zhai", "Neil Houlsby"),
        "year": 2021,
        "affiliation": "Google Research, Brain Team",
    },
)

STYLES["CVPR"] = Style(
    [
        row(
            100,
            40,
            8,
            "This CVPR 2022 paper is the Open Access version, provided by the Computer Vision Foundation.",
        ),
        row(110, 100, 14.3, "Masked Readers Are Scalable Vision Learners", bold=True),
        row(150, 140, 12, "Kaiming He{∗,†} Xinlei Chen{∗} Saining Xie Yanghao Li"),
        row(200, 156, 12, "{∗}equal technical contribution"),
        row(220, 172, 12, "Facebook AI Research (FAIR)"),
        row(140, 210, 12, "Abstract", bold=True),
        *prose(60, 230, 10, 20),
        row(60, 500, 12, "1. Introduction", bold=True),
        *prose(60, 520, 10, 10),
    ],
    {
        "title": "Masked Readers Are Scalable Vision Learners",
        "year": 2022,
        "affiliation": "Facebook AI Research (FAIR)",
    },
)

STYLES["Springer journal"] = Style(
    [
        row(50, 40, 8, "Scientometrics (2020) 125:1213–1234"),
        row(50, 50, 8, "https://doi.org/10.1007/s11192-020-03690-4"),
        row(50, 90, 16, "Counting readers of open access articles", bold=True),
        row(50, 130, 10, "Lutz Bornmann{1} · Robin Haunschild{2}", bold=True),
        row(50, 160, 8, "Received: 3 December 2019 / Published online: 8 September 2020"),
        row(50, 170, 8, "© The Author(s) 2020"),
        row(50, 200, 10, "Abstract", bold=True),
        *prose(50, 215, 9, 10),
        row(50, 340, 10, "Keywords Readers · Open access"),
        row(50, 370, 12, "Introduction", bold=True),
        *prose(50, 390, 10, 20),
        row(50, 740, 8, "* Lutz Bornmann"),
        row(60, 750, 8, "bornmann@gv.mpg.de"),
        row(
            50,
            765,
            8,
            "{1} Division for Science and Innovation Studies, Administrative Headquarters of the Max Planck Society, Munich, Germany",
        ),
    ],
    {
        "title": "Counting readers of open access articles",
        "authors": ("Lutz Bornmann", "Robin Haunschild"),
        "year": 2020,
        "venue": "Scientometrics",
        "doi": "10.1007/s11192-020-03690-4",
    },
)

STYLES["Frontiers"] = Style(
    [
        row(400, 40, 8, "ORIGINAL RESEARCH"),
        row(400, 50, 8, "published: 12 May 2021"),
        row(400, 60, 8, "doi: 10.3389/fpsyg.2021.654321"),
        row(180, 100, 20, "Eye Movements During Comparative", bold=True),
        row(180, 124, 20, "Reading of Papers", bold=True),
        row(180, 160, 11, "Anna Schmidt{1*}, Pedro Alvarez{2} and Mei-Ling Huang{1,3}", bold=True),
        row(
            180,
            180,
            8,
            "{1} Institute of Psychology, University of Bonn, Bonn, Germany, {2} Universidad de Chile, Santiago, Chile",
        ),
        *prose(180, 210, 9, 20),
        row(180, 500, 9, "Keywords: eye movements, reading"),
        row(60, 530, 12, "INTRODUCTION", bold=True),
        *prose(60, 550, 10, 15),
        row(
            60,
            800,
            7,
            "Frontiers in Psychology | www.frontiersin.org\t1\tMay 2021 | Volume 12 | Article 654321",
        ),
    ],
    {
        "title": "Eye Movements During Comparative Reading of Papers",
        "authors": ("Anna Schmidt", "Pedro Alvarez", "Mei-Ling Huang"),
        "year": 2021,
        "doi": "10.3389/fpsyg.2021.654321",
        "affiliation": "Institute of Psychology, University of Bonn, Bonn, Germany",
    },
)

STYLES["arXiv revtex"] = Style(
    [
        row(100, 80, 12, "Observation of readers in a binary paper merger", bold=True),
        row(150, 110, 10, "B. P. Abbott,{1} R. Abbott,{1} and T. D. Abbott{2}"),
        row(150, 124, 9, "{1}LIGO, California Institute of Technology, Pasadena, California 91125, USA"),
        row(150, 136, 9, "{2}Louisiana State University, Baton Rouge, Louisiana 70803, USA"),
        row(200, 148, 9, "(Dated: February 11, 2016)"),
        *prose(120, 170, 9, 12),
        row(100, 330, 10, "I. INTRODUCTION", bold=True),
        *prose(60, 350, 10, 20),
        row(20, 300, 20, "arXiv:1602.03837v1 [gr-qc] 11 Feb 2016", rotated=True),
    ],
    {
        "title": "Observation of readers in a binary paper merger",
        "authors": ("B. P. Abbott", "R. Abbott", "T. D. Abbott"),
        "year": 2016,
        "arxiv_id": "1602.03837",
        "affiliation": "LIGO, California Institute of Technology, Pasadena, California 91125, USA",
    },
)

STYLES["電子情報通信学会"] = Style(
    [
        row(50, 40, 8, "電子情報通信学会論文誌 D Vol. J105-D No. 4 pp. 200–210"),
        row(400, 40, 8, "ⓒ電子情報通信学会 2022"),
        row(60, 70, 10, "論\u3000文"),
        row(100, 100, 18, "深層学習を用いた論文読解支援システム"),
        row(120, 140, 11, "田村 健一{†a)}\u3000\u3000\u3000大野 洋子{††}"),
        row(80, 165, 9, "A Reading Support System Using Deep Learning"),
        row(80, 178, 9, "Kenichi TAMURA{†a)} and Yoko OHNO{††}"),
        row(60, 210, 9, "あらまし 本論文では，深層学習を用いた論文の読解支援システムを提案する．"),
        *prose(60, 224, 9, 8, japanese=True),
        row(60, 360, 9, "キーワード 読解支援，深層学習"),
        row(60, 390, 12, "1. ま え が き", bold=True),
        *prose(60, 410, 10, 20, japanese=True),
        row(60, 740, 7, "{†} 東京工業大学情報理工学院，東京都"),
        row(60, 750, 7, "{††} 早稲田大学理工学術院"),
    ],
    {
        "title": "深層学習を用いた論文読解支援システム",
        "authors": ("田村 健一", "大野 洋子"),
        "year": 2022,
        "affiliation": "東京工業大学情報理工学院，東京都",
    },
    japanese=True,
)

STYLES["修士論文"] = Style(
    [
        row(230, 80, 16, "修士論文"),
        row(120, 200, 22, "論文要約における根拠提示の"),
        row(180, 230, 22, "有効性に関する研究"),
        row(240, 400, 14, "2021年2月"),
        row(220, 450, 14, "北海道大学大学院情報科学院"),
        row(260, 500, 14, "吉田 誠"),
    ],
    {"title": "論文要約における根拠提示の有効性に関する研究", "authors": ("吉田 誠",), "year": 2021},
    japanese=True,
)

STYLES["心理学 和文"] = Style(
    [
        row(60, 40, 8, "心理学研究 2018年 第89巻 第2号 pp. 123–133"),
        row(450, 40, 8, "原著論文"),
        row(60, 50, 8, "https://doi.org/10.4992/jjpsy.89.16065"),
        row(130, 90, 16, "文章の読解における視点の効果{1}"),
        row(150, 130, 11, "清水 愛子\u3000\u3000大阪大学"),
        row(150, 146, 11, "岡田 浩\u3000\u3000 九州大学"),
        row(100, 180, 9, "Effects of perspective on reading comprehension"),
        row(100, 192, 9, "Aiko Shimizu (Osaka University) and Hiroshi Okada (Kyushu University)"),
        *prose(60, 220, 9, 8),
        row(60, 330, 9, "Key words: reading, perspective."),
        *prose(60, 360, 10, 25, japanese=True),
    ],
    {
        "title": "文章の読解における視点の効果",
        "authors": ("清水 愛子", "岡田 浩"),
        "year": 2018,
        "doi": "10.4992/jjpsy.89.16065",
        "affiliation": "大阪大学",
    },
    japanese=True,
)


def _values(identity: Identity, names: Sequence[str]) -> dict[str, Any]:
    found = {name: getattr(identity, name) for name in names}
    return {name: value.value if value else None for name, value in found.items()}


@pytest.mark.parametrize("name", STYLES)
def test_the_first_page_says_what_paper_it_is(name: str) -> None:
    style = STYLES[name]
    description = describe(style.pages, metadata=Metadata())

    assert _values(description.identity, list(style.says)) == style.says
    assert description.language == ("ja" if style.japanese else "en")


def _plain_page(*rows: Row) -> tuple[Page, ...]:
    text = [row(60, 300, 12, "Abstract", bold=True), *prose(60, 320, 10, 20)]
    return (a_page([*rows, *text]),)


def test_every_piece_says_where_it_was_found() -> None:
    identity = describe(STYLES["Nature"].pages, metadata=Metadata()).identity

    assert identity.title is not None
    assert (identity.title.source, identity.title.page) == (Source.LAYOUT, 1)
    assert identity.year is not None
    assert (identity.year.source, identity.year.page) == (Source.TEXT, 1)


def test_metadata_that_the_page_does_not_print_is_not_believed() -> None:
    pages = _plain_page(row(100, 80, 17, "What the Page Really Says"), row(200, 120, 11, "Jane Doe"))
    metadata = Metadata(
        title="Microsoft Word - draft_final.docx", author="user42", created="D:20190101000000Z"
    )
    identity = describe(pages, metadata=metadata).identity

    assert _values(identity, ["title", "authors", "year"]) == {
        "title": "What the Page Really Says",
        "authors": ("Jane Doe",),
        "year": None,
    }


def test_an_author_printed_where_nobody_looks_is_found_through_the_metadata() -> None:
    pages = _plain_page(
        row(100, 80, 17, "What the Page Really Says"),
        row(100, 780, 10, "First edition, 31 December 2016 Jane Doe"),
    )
    identity = describe(pages, metadata=Metadata(author="Jane Doe")).identity

    assert identity.authors is not None
    assert (identity.authors.value, identity.authors.source) == (("Jane Doe",), Source.METADATA)


def test_a_paper_that_prints_no_year_has_none_though_it_cites_some() -> None:
    pages = (
        a_page(
            [
                row(100, 80, 17, "A Peer-to-Peer Reading System"),
                row(60, 200, 12, "Abstract", bold=True),
                *prose(60, 220, 10, 4),
                row(
                    60,
                    280,
                    10,
                    "as was shown in the proceedings of a conference in 2015 by others [3], and since",
                ),
                *prose(60, 292, 10, 30),
            ]
        ),
    )

    assert describe(pages, metadata=Metadata()).identity.year is None


def test_last_names_first_are_turned_round() -> None:
    pages = _plain_page(
        row(100, 80, 17, "On Names and Their Order"), row(150, 120, 11, "Doe, Jane; van Dyk, Peter")
    )
    identity = describe(pages, metadata=Metadata()).identity

    assert identity.authors is not None
    assert identity.authors.value == ("Jane Doe", "Peter van Dyk")


def test_a_page_without_geometry_still_yields_its_first_line_as_title() -> None:
    text = "On Reading Without Geometry\nJane Doe\nAbstract\nWe show that it can be done, if less well."
    identity = describe((Page(1, 595, 842, text, b""),), metadata=Metadata()).identity

    assert _values(identity, ["title", "authors"]) == {
        "title": "On Reading Without Geometry",
        "authors": ("Jane Doe",),
    }


def test_an_empty_paper_says_nothing() -> None:
    assert describe((Page(1, 595, 842, "", b""),), metadata=Metadata()).identity == Identity()
