"""Customers > Retention: of those who came together, who is still coming."""

from pages.ui import analysis

analysis.page("retention")
