"""Segments: which customers bank alike."""

from pages.ui import analysis, segment_tools

analysis.page("segments", workbench=segment_tools.workbench)
