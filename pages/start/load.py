"""Start > Load data."""
