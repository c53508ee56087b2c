"""Buy-till-you-die fits against the published CDNOW figures (Fader, Hardie and others)."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from analytics import btyd

END = date(1997, 9, 30)


@pytest.fixture(scope="module")
def cdnow(request) -> tuple[np.ndarray, ...]:
    """Repeat days, weeks to the last, weeks to the end, mean repeat amount; same days merged."""
    find: Callable[[str], Path] = request.getfixturevalue("shared_file")
    spent: dict[str, dict[date, float]] = {}
    for line in find("cdnow/CDNOW_sample.txt").read_text().splitlines():
        _, customer, day, _, amount = line.split()
        on = date(int(day[:4]), int(day[4:6]), int(day[6:]))
        days = spent.setdefault(customer, {})
        days[on] = days.get(on, 0.0) + float(amount)
    rows = []
    for days in spent.values():
        active = sorted(on for on in days if on <= END)
        mean = np.mean([days[on] for on in active[1:]]) if active[1:] else 0.0
        rows.append((len(active) - 1, (active[-1] - active[0]).days / 7,
                     (END - active[0]).days / 7, mean))  # fmt: skip
    return tuple(np.array(rows, float).T)


@pytest.mark.parametrize(
    ("model", "parameters", "log_likelihood"),
    [("bg_nbd", (0.243, 4.414, 0.793, 2.426), -9582.4),
     ("mbg_nbd", (0.525, 6.183, 0.891, 1.614), -9582.1),
     ("pareto_nbd", (0.553, 10.578, 0.606, 11.669), -9595.0)],
)  # fmt: skip
def test_published_fits(cdnow, model, parameters, log_likelihood):
    fitted = btyd.fit(model, *cdnow[:3])
    assert fitted.parameters == pytest.approx(parameters, abs=6e-4)
    assert fitted.log_likelihood == pytest.approx(log_likelihood, abs=0.05)


def test_expected_returns_of_the_paper(cdnow):
    fitted = btyd.fit("bg_nbd", *cdnow[:3])
    one = (np.array([2.0]), np.array([30.43]), np.array([38.86]))
    assert btyd.expected_returns(fitted, *one, horizon=39)[0] == pytest.approx(1.226, abs=5e-4)


def test_who_never_came_back_is_alive_for_certain_in_bg_only(cdnow):
    never = (np.array([0.0]), np.array([0.0]), np.array([38.86]))
    alive = {m: btyd.probability_alive(btyd.fit(m, *cdnow[:3]), *never)[0]
             for m in ("bg_nbd", "mbg_nbd", "pareto_nbd")}  # fmt: skip
    assert alive["bg_nbd"] == 1.0
    assert max(alive["mbg_nbd"], alive["pareto_nbd"]) < 0.5


def test_gamma_gamma_of_the_note(cdnow):
    repeat = cdnow[0] > 0
    fitted = btyd.fit_gamma_gamma(cdnow[0][repeat], cdnow[3][repeat])
    assert fitted.customers == 946
    assert fitted.parameters == pytest.approx((6.25, 3.74, 15.44), abs=6e-3)


def test_gamma_gamma_refuses_customers_without_repeats():
    with pytest.raises(ValueError, match="repeat units"):
        btyd.fit_gamma_gamma(np.array([0.0]), np.array([10.0]))


CDNOW_PARETO = btyd.Fit("pareto_nbd", (0.5534, 10.5802, 0.6061, 11.6562), 0.0, 2357)


def test_pareto_expectation_as_published():
    """The walkthrough of the R package BTYD: x 26, t_x 30.86, T 31; 52 weeks to come."""
    told = (np.array([26]), np.array([30.86]), np.array([31.0]))
    assert btyd.probability_alive(CDNOW_PARETO, *told)[0] == pytest.approx(0.9979, abs=1e-3)
    assert btyd.expected_returns(CDNOW_PARETO, *told, 52.0)[0] == pytest.approx(25.46, abs=0.05)


def test_pareto_chance_of_return_by_simulation():
    """Given alive at T, rates are gamma(r + x, alpha + T) and gamma(s, beta + T), independently."""
    random = np.random.default_rng(1)
    r, alpha, s, beta = CDNOW_PARETO.parameters
    x, age, horizon, n = 2, 38.86, 39.0, 400_000
    buys = random.exponential(1 / random.gamma(r + x, 1 / (alpha + age), n))
    drops = random.exponential(1 / random.gamma(s, 1 / (beta + age), n))
    simulated = np.mean((buys < drops) & (buys <= horizon))
    told = (np.array([x]), np.array([30.43]), np.array([age]))
    found = btyd.probability_return(CDNOW_PARETO, *told, horizon)[0]
    assert found / btyd.probability_alive(CDNOW_PARETO, *told)[0] == pytest.approx(
        simulated, abs=0.004
    )
