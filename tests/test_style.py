"""Colours that stay apart for everybody and on both grounds; axes that speak both languages."""

from __future__ import annotations

import itertools
import tomllib
from pathlib import Path

import altair as alt
import numpy as np
import polars as pl
import pytest
import vl_convert

from analytics import style
from analytics.text import Text

# Machado, Oliveira, Fernandes 2009, severity 1.0, over linear RGB.
VISION = {
    "normal": np.eye(3),
    "protan": np.array([[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216],
                        [-0.003882, -0.048116, 1.051998]]),
    "deutan": np.array([[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413],
                        [-0.011820, 0.042940, 0.968881]]),
    "tritan": np.array([[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602],
                        [0.004733, 0.691367, 0.303900]]),
}  # fmt: skip


def linear(colour: str) -> np.ndarray:
    """A hex colour as linear RGB."""
    values = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def luminance(colour: str) -> float:
    """Relative luminance as WCAG 2 defines it."""
    return float(linear(colour) @ [0.2126, 0.7152, 0.0722])


def contrast(one: str, two: str) -> float:
    """WCAG 2 contrast ratio, 1 to 21."""
    low, high = sorted((luminance(one), luminance(two)))
    return (high + 0.05) / (low + 0.05)


def oklab(rgb: np.ndarray) -> np.ndarray:
    """Oklab of linear RGB (Ottosson 2020)."""
    cone = np.array([[0.4122214708, 0.5363325363, 0.0514459929],
                     [0.2119034982, 0.6806995451, 0.1073969566],
                     [0.0883024619, 0.2817188376, 0.6299787005]]) @ np.clip(rgb, 0, 1)  # fmt: skip
    return np.array([[0.2104542553, 0.793617785, -0.0040720468],
                     [1.9779984951, -2.428592205, 0.4505937099],
                     [0.0259040371, 0.7827717662, -0.808675766]]) @ np.cbrt(cone)  # fmt: skip


@pytest.mark.parametrize(("vision", "least"), [("normal", 0.1), ("protan", 0.1), ("deutan", 0.1),
                                               ("tritan", 0.07)])  # fmt: skip
def test_categorical_colours_stay_apart(vision, least):
    seen = [oklab(VISION[vision] @ linear(colour)) for colour in style.CATEGORICAL]
    assert len(seen) == 8
    assert min(np.linalg.norm(a - b) for a, b in itertools.combinations(seen, 2)) >= least


@pytest.mark.parametrize("ground", ["#FFFFFF", "#10161D"])
@pytest.mark.parametrize(
    "colour", [*style.CATEGORICAL, style.ACCENT, style.CONTRAST, style.NEUTRAL]
)
def test_marks_stand_out_on_both_grounds(colour, ground):
    assert contrast(colour, ground) >= 2.85


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_text_of_a_file_is_readable(theme):
    config = style.config(theme)
    assert contrast(config["axis"]["labelColor"], config["background"]) >= 7


def test_sequential_grows_darker_throughout():
    found = [luminance(colour) for colour in style.SEQUENTIAL]
    assert found == sorted(found, reverse=True)


def test_pages_use_the_same_palettes():
    theme = tomllib.loads((Path(__file__).parents[1] / ".streamlit/config.toml").read_text())[
        "theme"
    ]
    assert tuple(theme["chartCategoricalColors"]) == style.CATEGORICAL
    assert tuple(theme["chartSequentialColors"]) == style.SEQUENTIAL


# -- axes ----------------------------------------------------------------------------------------
@pytest.mark.parametrize(("lang", "top", "labels"), [
    ("en", 500, {"100", "500"}), ("en", 5_000_000, {"1m", "5m"}), ("en", 3e9, {"1bn", "3bn"}),
    ("zh", 5_000, {"1,000", "5,000"}), ("zh", 50_000, {"1万", "5万"}), ("zh", 3e8, {"1亿", "3亿"}),
])  # fmt: skip
def test_number_axes(lang, top, labels):
    rows = pl.DataFrame({"n": [0.0, float(top)]})
    chart = alt.Chart(style.values(rows)).mark_point().encode(
        alt.X("n:Q", title="n").axis(**style.number_axis(lang)))  # fmt: skip
    svg = vl_convert.vegalite_to_svg(chart.to_dict())
    assert all(f">{label}</text>" in svg for label in labels)


@pytest.mark.parametrize(("currency", "lang", "expected"), [
    ("CNY", "en", "Balance (CNY)"), ("CNY", "zh", "余额（CNY）"), (None, "en", "Balance"),
    ("=cmd()", "en", "Balance"),  # free text of the data is no unit
])  # fmt: skip
def test_units(currency, lang, expected):
    assert style.unit(Text("Balance", "余额"), currency, lang) == expected


def test_a_key_keeps_its_colour_and_the_rest_is_grey():
    scale = style.colours(["a", "b", "other"], rest="other").to_dict()
    assert scale == {"domain": ["a", "b", "other"],
                     "range": [*style.CATEGORICAL[:2], style.NEUTRAL]}  # fmt: skip
