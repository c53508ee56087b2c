"""Behaviour > Paths: which step follows which, layer by layer."""

from pages.ui import analysis

analysis.page("paths")
