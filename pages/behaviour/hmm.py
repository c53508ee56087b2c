"""Behaviour > Hidden states: the moods behind what customers do."""

from pages.ui import alphabet, analysis

analysis.page("hmm", workbench=alphabet.editor)
