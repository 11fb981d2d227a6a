"""What the command line says about a setting that cannot be."""

from __future__ import annotations

import pytest
from pydantic import ValidationError
from server.cli.setting_words import what_is_wrong
from server.settings import Settings


@pytest.mark.parametrize(
    ("name", "value", "ja", "en"),
    [
        ("YOMI_DAILY_BUDGET_USD", "much", "数にしてください。", "it must be a number."),
        ("YOMI_DAILY_BUDGET_USD", "0", "0.0 より大きい数にしてください。", "it must be greater than 0.0."),
        ("YOMI_DAILY_BUDGET_USD", "inf", "数にしてください。", "it must be a number."),
        ("YOMI_RUNS", "many", "整数にしてください。", "it must be a whole number."),
        ("YOMI_RUNS", "0", "1 以上にしてください。", "it must be 1 or more."),
        ("YOMI_METRICS_PORT", "99999", "65535 以下にしてください。", "it must be 65535 or less."),
        (
            "YOMI_LOG_LEVEL",
            "loud",
            "debug, info, warning, error のどれかにしてください。",
            "it must be one of debug, info, warning, error.",
        ),
    ],
)
def test_it_says_in_both_languages_what_is_accepted(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, ja: str, en: str
) -> None:
    monkeypatch.setenv(name, value)

    with pytest.raises(ValidationError) as raised:
        Settings(_env_file=None)

    words = what_is_wrong(raised.value.errors()[0])
    assert (words.ja, words.en) == (ja, en)
