"""Tiers: value, frequency, risk preference and type of every customer."""

from pages.ui import analysis

analysis.page("tiers")
