"""Customers > Value: who will come back, how often, and what that is worth."""

from pages.ui import analysis

analysis.page("value")
