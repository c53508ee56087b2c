"""Behaviour > What comes next: the chance of every next step, and where customers end up."""

from pages.ui import alphabet, analysis

analysis.page("markov", workbench=alphabet.editor)
