"""Title, year and first author of an entry, in the styles that papers print."""

from __future__ import annotations

import time

import pytest
from server.domain.reference_parsing import parse_entry

STYLES = [
    pytest.param(
        "W. Dai, “b-money,” http://www.weidai.com/bmoney.txt, 1998.",
        ("b-money", 1998, "W. Dai"),
        id="IEEE, quoted, web page",
    ),
    pytest.param(
        "K. He, X. Zhang, S. Ren, and J. Sun, “Deep residual learning for image recognition,” in Proc. IEEE Conf. "
        "Comput. Vis. Pattern Recognit. (CVPR), Las Vegas, NV, USA, Jun. 2016, pp. 770–778, doi: 10.1109/CVPR.2016.90.",
        ("Deep residual learning for image recognition", 2016, "K. He"),
        id="IEEE, conference",
    ),
    pytest.param(
        "Jacob Devlin, Ming-Wei Chang, Kenton Lee, and Kristina Toutanova. 2019. BERT: Pre-training of deep "
        "bidirectional transformers for language understanding. In Proceedings of NAACL, pages 4171–4186.",
        (
            "BERT: Pre-training of deep bidirectional transformers for language understanding",
            2019,
            "Jacob Devlin",
        ),
        id="ACL",
    ),
    pytest.param(
        "Ashish Vaswani, Noam Shazeer, Niki Parmar, Jakob Uszkoreit, Llion Jones, Aidan N Gomez, Łukasz Kaiser, and "
        "Illia Polosukhin. Attention is all you need. In Advances in Neural Information Processing Systems, pages "
        "5998–6008, 2017.",
        ("Attention is all you need", 2017, "Ashish Vaswani"),
        id="NeurIPS, full names",
    ),
    pytest.param(
        "A. Vaswani, N. Shazeer, N. Parmar, J. Uszkoreit, L. Jones, A. N. Gomez, Ł. Kaiser, and I. Polosukhin. "
        "Attention Is All You Need. In Advances in Neural Information Processing Systems 30, 2017. arXiv:1706.03762",
        ("Attention Is All You Need", 2017, "A. Vaswani"),
        id="initials, year behind the venue, arXiv id last",
    ),
    pytest.param(
        "D. Dai, Y. Sun, L. Dong, and F. Wei. Why Can GPT Learn In-Context? Language Models Implicitly Perform "
        "Gradient Descent as Meta-Optimizers. In Findings of ACL, pages 4005–4019, 2023.",
        (
            "Why Can GPT Learn In-Context? Language Models Implicitly Perform Gradient Descent as Meta-Optimizers",
            2023,
            "D. Dai",
        ),
        id="a question within the title",
    ),
    pytest.param(
        "Jimmy J. Lin. 2008. Is searching full text more effective than searching abstracts? BMC Bioinformatics, 10:46.",
        ("Is searching full text more effective than searching abstracts?", 2008, "Jimmy J. Lin"),
        id="a question ends the title",
    ),
    pytest.param(
        "Kahneman, D., & Tversky, A. (1979). Prospect theory: An analysis of decision under risk. Econometrica, "
        "47(2), 263–291. https://doi.org/10.2307/1914185",
        ("Prospect theory: An analysis of decision under risk", 1979, "Kahneman, D."),
        id="APA",
    ),
    pytest.param(
        "Bates DM, DebRoy S (2003). “Converting a Large R Package to S4 Classes and Methods.” In K Hornik (ed.), "
        "Proceedings of the 3rd International Workshop on Distributed Statistical Computing, Vienna.",
        ("Converting a Large R Package to S4 Classes and Methods", 2003, "Bates DM"),
        id="JSS, quoted",
    ),
    pytest.param(
        "Sarkar D (2008). lattice: Multivariate Data Visualization with R. Springer-Verlag, New York.",
        ("lattice: Multivariate Data Visualization with R", 2008, "Sarkar D"),
        id="JSS, a book whose title ends in a letter",
    ),
    pytest.param(
        "R Core Team (2014). R: A Language and Environment for Statistical Computing. R Foundation, Vienna.",
        ("R: A Language and Environment for Statistical Computing", 2014, "R Core Team"),
        id="an organisation with year",
    ),
    pytest.param(
        "International Organization for Standardization. Document management — Portable document format — Part 2: "
        "PDF 2.0. ISO 32000-2:2020, 2020.",
        (
            "Document management — Portable document format — Part 2: PDF 2.0",
            2020,
            "International Organization for Standardization",
        ),
        id="an organisation without year",
    ),
    pytest.param(
        "Ronneberger, O., Fischer, P., Brox, T.: U-Net: convolutional networks for biomedical image segmentation. In: "
        "Navab, N. et al. (eds.) MICCAI 2015. LNCS, vol. 9351, pp. 234–241. Springer, Cham (2015)",
        ("U-Net: convolutional networks for biomedical image segmentation", 2015, "Ronneberger, O."),
        id="Springer LNCS",
    ),
    pytest.param(
        "LeCun, Y., Bengio, Y. & Hinton, G. Deep learning. Nature 521, 436–444 (2015).",
        ("Deep learning", 2015, "LeCun, Y."),
        id="Nature",
    ),
    pytest.param(
        "Jumper, J. et al. Highly accurate protein structure prediction with AlphaFold. Nature 596, 583–589 (2021).",
        ("Highly accurate protein structure prediction with AlphaFold", 2021, "Jumper, J."),
        id="Nature, et al.",
    ),
    pytest.param(
        "Page MJ, McKenzie JE, Bossuyt PM, Boutron I, Hoffmann TC, Mulrow CD, et al. The PRISMA 2020 statement: an "
        "updated guideline for reporting systematic reviews. BMJ. 2021;372:n71. doi:10.1136/bmj.n71",
        (
            "The PRISMA 2020 statement: an updated guideline for reporting systematic reviews",
            2021,
            "Page MJ",
        ),
        id="Vancouver",
    ),
    pytest.param(
        "S. Hochreiter, J. Schmidhuber, Long short-term memory, Neural Comput. 9 (8) (1997) 1735–1780.",
        ("Long short-term memory", 1997, "S. Hochreiter"),
        id="Elsevier",
    ),
    pytest.param(
        "I. Goodfellow, Y. Bengio, A. Courville, Deep Learning, MIT Press, 2016.",
        ("Deep Learning", 2016, "I. Goodfellow"),
        id="Elsevier, book",
    ),
    pytest.param(
        "Diederik P. Kingma and Jimmy Ba. 2014. Adam: A Method for Stochastic Optimization. CoRR abs/1412.6980 (2014).",
        ("Adam: A Method for Stochastic Optimization", 2014, "Diederik P. Kingma"),
        id="ACM",
    ),
    pytest.param(
        "Brown, T. et al.: Language Models are Few-Shot Learners, Advances in Neural Information Processing Systems, "
        "Vol. 33, pp. 1877–1901 (2020).",
        ("Language Models are Few-Shot Learners", 2020, "Brown, T."),
        id="IPSJ, English entry",
    ),
    pytest.param(
        "Levenshtein, V. I.: Binary Codes Capable of Correcting Deletions, Insertions, and Reversals, Soviet Physics "
        "Doklady, Vol. 10, No. 8, pp. 707–710 (1966).",
        (
            "Binary Codes Capable of Correcting Deletions, Insertions, and Reversals",
            1966,
            "Levenshtein, V. I.",
        ),
        id="IPSJ, commas within the title",
    ),
    pytest.param(
        "山田太郎，鈴木花子：大規模言語モデルによる論文要約の評価，情報処理学会論文誌，Vol. 64, No. 3, pp. 123–134 (2023).",
        ("大規模言語モデルによる論文要約の評価", 2023, "山田太郎"),
        id="IPSJ",
    ),
    pytest.param(
        "山田太郎, 鈴木花子. 単語埋め込みを用いた要約手法の検討. 言語処理学会第29回年次大会発表論文集, pp. 100-105, 2023.",
        ("単語埋め込みを用いた要約手法の検討", 2023, "山田太郎"),
        id="NLP, full stops",
    ),
    pytest.param(
        "山田太郎, 鈴木花子, “深層学習による画像認識の高速化,” 電子情報通信学会論文誌, vol.J105-D, no.4, pp.200–210, April 2022.",
        ("深層学習による画像認識の高速化", 2022, "山田太郎"),
        id="IEICE",
    ),
    pytest.param(
        "佐藤次郎 (2019) 「読書支援システムの設計」『教育工学研究』42(1), 15-27.",
        ("読書支援システムの設計", 2019, "佐藤次郎"),
        id="brackets of the humanities",
    ),
    pytest.param(
        "佐藤次郎（2019）．読書支援システムの設計　教育工学研究，42，15–27．",
        ("読書支援システムの設計", 2019, "佐藤次郎"),
        id="Japanese psychology",
    ),
]


@pytest.mark.parametrize(("text", "expected"), STYLES)
def test_an_entry_gives_title_year_and_first_author(text: str, expected: tuple[str, int, str]) -> None:
    entry = parse_entry(text)

    assert (entry.title, entry.year, entry.authors[0]) == expected


def test_the_doi_is_taken_without_the_sentence_around_it() -> None:
    assert (
        parse_entry("A. Author. A title. Venue, 2020. doi:10.1145/3292500.3330701.").doi
        == "10.1145/3292500.3330701"
    )
    assert (
        parse_entry("A. Author. A title. (see 10.1016/S0140-6736(20)30183-5).").doi
        == "10.1016/S0140-6736(20)30183-5"
    )


def test_every_author_is_listed() -> None:
    assert parse_entry(
        "Lester, B., Al-Rfou, R. and Constant, N.: The Power of Scale, Proc. EMNLP (2021)."
    ).authors == (
        "Lester, B.",
        "Al-Rfou, R.",
        "Constant, N.",
    )
    assert parse_entry(
        "Caleb M. Trujillo and Tammy M. Long. 2018. Document co-citation analysis. Nature."
    ).authors == (
        "Caleb M. Trujillo",
        "Tammy M. Long",
    )


@pytest.mark.parametrize(
    "text",
    [
        "Smith, J. (2011). A title about pages. Journal, 4, 1901–1987.",
        "J. Smith. A title about pages. Journal 4, 2011. https://example.org/2019/03/paper",
        "J. Smith. A title about pages. arXiv preprint arXiv:2006.14799, 2011.",
    ],
)
def test_pages_addresses_and_arxiv_numbers_are_no_years(text: str) -> None:
    assert parse_entry(text).year == 2011


def test_an_entry_without_a_year_has_none() -> None:
    assert parse_entry("J. Smith. A title about nothing. Journal of Things, vol. 4, in press.").year is None


@pytest.mark.parametrize(
    "text",
    [
        "A. " * 4000,
        "A, " * 4000,
        "Aa Bb, " * 2000,
        "(((((" * 2000,
        "“" * 5000,
        "山田，" * 3000,
        "1999, " * 2000,
        "a" * 20000,
    ],
)
def test_hostile_entries_take_no_time(text: str) -> None:
    started = time.process_time()
    parse_entry(text)
    assert time.process_time() - started < 0.5
