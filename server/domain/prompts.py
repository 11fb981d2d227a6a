"""What a model is sent: constant rules, the paper, then the persona."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Message:
    role: str
    """`system` or `user`."""
    content: str


@dataclass(frozen=True, slots=True)
class Prompt:
    """The whole prompt for one paper and persona. Everything before `persona` is the same for every persona of one
    extraction, byte for byte, so that a provider's prefix cache serves all readers."""

    rules: str
    """The system message: constant reading rules."""
    paper: str
    """First part of the user message: the paper between delimiters, pages marked."""
    persona: str
    """Second part: the persona's own messages in order, the identity and answer shape in words."""

    @property
    def messages(self) -> tuple[Message, ...]:
        return (Message("system", self.rules), Message("user", self.paper + self.persona))
