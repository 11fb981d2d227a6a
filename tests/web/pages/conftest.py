"""Pages over the use cases in memory, and over everything."""

from __future__ import annotations

from served import api, house, whole_api

__all__ = ["api", "house", "whole_api"]
