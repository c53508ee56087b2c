"""Customers > Early warning: who is about to be lost, or to wake up, and why."""

from pages.ui import analysis

analysis.page("churn")
