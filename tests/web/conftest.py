"""The application over memory, and over a real data directory, for every test of the web."""

from __future__ import annotations

from served import api, house, whole_api

__all__ = ["api", "house", "whole_api"]
