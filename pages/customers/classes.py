"""Classes: which label fits customers by what they do."""

from pages.ui import analysis

analysis.page("classes")
