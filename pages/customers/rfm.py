"""Customers > RFM: who the best customers are, and who has gone quiet."""

from pages.ui import analysis

analysis.page("rfm")
