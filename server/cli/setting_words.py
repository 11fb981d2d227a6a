"""What is wrong with the value of a setting, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from server.domain.words import Words, same

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

_SENTENCES = {
    "greater_than": Words(ja="{gt} より大きい数にしてください。", en="it must be greater than {gt}."),
    "greater_than_equal": Words(ja="{ge} 以上にしてください。", en="it must be {ge} or more."),
    "less_than_equal": Words(ja="{le} 以下にしてください。", en="it must be {le} or less."),
    "int_parsing": Words(ja="整数にしてください。", en="it must be a whole number."),
    "float_parsing": Words(ja="数にしてください。", en="it must be a number."),
    "finite_number": Words(ja="数にしてください。", en="it must be a number."),
    "literal_error": Words(ja="{expected} のどれかにしてください。", en="it must be one of {expected}."),
}


def what_is_wrong(error: ErrorDetails) -> Words:
    """The end of a sentence. What has no words of ours is said in the library's own, which are English."""
    values = dict(error.get("ctx", {}))
    if "expected" in values:
        values["expected"] = values["expected"].replace(" or ", ", ").replace("'", "")
    known = _SENTENCES.get(error["type"])
    return known.fill(**values) if known else same(f"{error['msg']}.")
