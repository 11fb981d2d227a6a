"""What a handler is given by name: a use case or port of the application."""

from __future__ import annotations

from typing import TypeAlias, TypeVar

from litestar.di import NamedDependency
from litestar.params import SkipValidation

T = TypeVar("T")

Given: TypeAlias = NamedDependency[SkipValidation[T]]
"""Not validated: ports are protocols, which an instance check would refuse."""
