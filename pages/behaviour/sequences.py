"""Behaviour > Patterns: what customers do in which order, and what sets the lost apart."""

from pages.ui import analysis

analysis.page("sequences")
