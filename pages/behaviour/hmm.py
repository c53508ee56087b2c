"""Behaviour > Hidden states: the moods behind what customers do."""

from pages.ui import analysis

analysis.page("hmm")
