"""The story on the page: pinning, frames, files, the presenter."""
