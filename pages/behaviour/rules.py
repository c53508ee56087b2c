"""Behaviour > Rules: what goes together, and whom to offer it."""

from pages.ui import analysis, shuffles

analysis.page("rules", workbench=shuffles.panel)
