"""Behaviour > Rules: what goes together, and whom to offer it."""

from pages.ui import analysis

analysis.page("rules")
