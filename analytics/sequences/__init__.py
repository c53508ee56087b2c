"""Sequences: what customers do, and in which order."""
