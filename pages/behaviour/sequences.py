"""Behaviour > Patterns: what customers do in which order, and what sets the lost apart."""

from pages.ui import alphabet, analysis

analysis.page("sequences", workbench=alphabet.editor)
