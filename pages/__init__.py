"""Streamlit pages, one folder per navigation section. No page file stands directly in here."""
