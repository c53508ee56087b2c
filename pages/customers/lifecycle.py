"""Customers > Lifecycle: where customers stand, who moves, who is about to leave."""

from pages.ui import analysis

analysis.page("lifecycle")
