"""A value from the data is shown as plain words, whatever it tries to be."""

import pytest

from pages.ui.words import safe_label

JOINER = "\u2060"  # invisible; breaks links, icons and emoji


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("North", "North"),
        ("[a](b)", r"\[a\]\(b\)"),
        ("$x$", r"\$x\$"),
        (":material/home:", f":{JOINER}material/home:{JOINER}"),
        ("http://a.b", f"http:{JOINER}//a.b"),
        ("www.a.b", f"www{JOINER}.a.b"),
        ("a@b.c", f"a@{JOINER}b.c"),
        ("a\nb\tc", "a b c"),
        ("a\u202eb", "ab"),
        ("客户", "客户"),
        ("x" * 100, "x" * 79 + "…"),
        (None, "None"),
    ],
)
def test_safe_label(value, shown):
    assert safe_label(value) == shown
