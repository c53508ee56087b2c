"""Risk > Anomalies: who moves money unusually, and why."""

from pages.ui import analysis

analysis.page("anomalies")
