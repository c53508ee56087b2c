"""Customers > Survival: how long until customers activate, go dormant, come back or close."""

from pages.ui import analysis

analysis.page("survival")
