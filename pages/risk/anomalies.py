"""Risk > Anomalies: who moves money unusually, and why."""

from pages.ui import analysis
from pages.ui.risk import worklist

analysis.page("anomalies", worklist.show)
