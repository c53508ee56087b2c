"""What only the risk pages show: the list to review, the card of a case, verdicts, the gate."""
