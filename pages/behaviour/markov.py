"""Behaviour > What comes next: the chance of every next step, and where customers end up."""

from pages.ui import analysis

analysis.page("markov")
