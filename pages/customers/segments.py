"""Segments: which customers bank alike."""

from pages.ui import analysis

analysis.page("segments")
