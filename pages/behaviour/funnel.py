"""Behaviour > Funnel: who goes all the way, how soon, and who drops off where."""

from pages.ui import alphabet, analysis

analysis.page("funnel", workbench=alphabet.editor)
