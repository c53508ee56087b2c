"""Behaviour > Paths: which step follows which, layer by layer."""

from pages.ui import alphabet, analysis

analysis.page("paths", workbench=alphabet.editor)
