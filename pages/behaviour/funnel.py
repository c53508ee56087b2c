"""Behaviour > Funnel: who goes all the way, how soon, and who drops off where."""

from pages.ui import analysis

analysis.page("funnel")
