"""Customers > Deposit flow ledger: why the balance changed, to the cent."""

from pages.ui import analysis

analysis.page("ledger")
