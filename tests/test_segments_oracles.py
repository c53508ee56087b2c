"""The engines against published figures (METHODS 1): iris by k-means, mclust's BIC, Yeo-Johnson."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import yeojohnson, yeojohnson_normmax
from sklearn.cluster import KMeans
from sklearn.datasets import load_iris
from sklearn.metrics import (
    adjusted_rand_score,
    calinski_harabasz_score,
    davies_bouldin_score,
    silhouette_score,
)

from analytics.segments import choose, engine, factors, lloyd, transform

IRIS = load_iris()
VALUES, SPECIES = IRIS.data, IRIS.target


def inertia(values, centres, labels) -> float:
    return float(((values - centres[labels]) ** 2).sum())


def test_kmeans_of_iris_recomputed_published_figures():
    model = engine.kmeans(VALUES, 3, seed=0)
    labels = model.predict(VALUES)
    assert inertia(VALUES, model.centres, labels) == pytest.approx(78.8514, abs=1e-3)
    assert calinski_harabasz_score(VALUES, labels) == pytest.approx(561.628, abs=1e-2)
    assert davies_bouldin_score(VALUES, labels) == pytest.approx(0.6620, abs=1e-3)
    assert silhouette_score(VALUES, labels) == pytest.approx(0.5528, abs=1e-4)
    assert adjusted_rand_score(SPECIES, labels) == pytest.approx(0.7302, abs=1e-4)


def test_silhouette_of_iris_by_number_of_segments_and_that_it_prefers_two():
    rows = choose.criteria(VALUES, 4, 5, 0.03, seed=0)
    assert rows.filter(k=2)["silhouette"][0] == pytest.approx(0.6810, abs=1e-4)
    assert rows.filter(k=3)["silhouette"][0] == pytest.approx(0.5528, abs=1e-3)


def test_mixture_bic_of_iris_is_mclusts():
    model = engine.mixture(VALUES, 2, seed=0, tolerance=1e-8, regular=1e-9, starts=20)
    assert -model.bic(VALUES) == pytest.approx(-574.0178, abs=1e-3)


def test_the_stacked_kmeans_reaches_the_librarys_inertia():
    stack = np.broadcast_to(VALUES, (20, *VALUES.shape))
    _, _, found = lloyd.fit(stack, np.ones(stack.shape[:2]), 3, np.random.default_rng(1))
    assert found.min() == pytest.approx(
        KMeans(3, n_init=10, random_state=0).fit(VALUES).inertia_, rel=1e-6
    )


def test_a_weight_of_two_is_a_row_twice():
    weights = np.where(np.arange(150) < 50, 2.0, 1.0)
    _, _, weighted = lloyd.fit(VALUES[None], weights[None], 2, np.random.default_rng(0))
    doubled = np.concatenate([VALUES, VALUES[:50]])
    assert weighted[0] == pytest.approx(
        KMeans(2, n_init=5, random_state=0).fit(doubled).inertia_, rel=1e-6
    )


@pytest.mark.parametrize("power", [-1.0, 0.0, 0.5, 1.0, 2.0, 3.0])
def test_yeo_johnson_is_scipys(power):
    values = np.array([-3.0, -0.5, 0.0, 0.7, 12.0])
    ours = transform.yeo_johnson(values[:, None], np.array([power]))[:, 0]
    assert ours == pytest.approx(yeojohnson(values, power))


@pytest.mark.parametrize("k_true", [3, 5])
def test_blobs_far_apart_are_counted_right(k_true):
    random = np.random.default_rng(k_true)
    centres = random.normal(size=(k_true, 6)) * 8
    labels = random.integers(0, k_true, 600)
    values = centres[labels] + random.normal(size=(600, 6))
    rows = choose.criteria(values, 7, 10, 0.03, seed=0)
    assert choose.chosen_k(rows) == k_true
    assert choose.structure(values, k_true, seed=0).p == 0.01


def test_pure_noise_has_no_number_of_segments():
    values = np.random.default_rng(0).normal(size=(500, 6))
    assert choose.chosen_k(choose.criteria(values, 6, 10, 0.03, seed=0)) is None
    assert not choose.structure(values, 3, seed=0).found


@pytest.mark.parametrize("name", ["yeo_johnson", "log", "robust", "none"])
def test_a_constant_feature_is_left_out(name):
    values = np.column_stack([np.full(50, 7.0), np.arange(50.0)])
    scaled = transform.fit(values, name, 0.0, np.random.default_rng(0)).apply(values)
    assert scaled.shape == (50, 1)
    assert np.isfinite(scaled).all()


def test_the_likeliest_power_is_scipys():
    random = np.random.default_rng(2)
    columns = [random.lognormal(2, 1, 300), random.normal(size=300), -random.gamma(2, 3, 300),
               np.where(random.random(300) < 0.6, 0, random.lognormal(1, 1, 300))]  # fmt: skip
    ours = transform.likeliest_powers(np.column_stack(columns))
    assert ours == pytest.approx([yeojohnson_normmax(one) for one in columns], abs=5e-3)


def test_agreement_of_two_groupings_is_scikit_learns():
    random = np.random.default_rng(3)
    one, two = random.integers(0, 4, 60), random.integers(0, 4, 60)
    mixed = np.where(random.random(60) < 0.5, one, two)
    tables = np.stack([choose.contingency(one, other, 4) for other in (one, two, mixed)])
    assert choose.agreement(tables) == pytest.approx(
        [adjusted_rand_score(one, other) for other in (one, two, mixed)]
    )


# R's help page of factanal: ability.cov, six ability tests of 112 persons
ABILITY = np.array([
    [24.641, 5.991, 33.520, 6.023, 20.755, 29.701], [5.991, 6.700, 18.137, 1.782, 4.936, 7.204],
    [33.520, 18.137, 149.831, 19.424, 31.430, 50.753], [6.023, 1.782, 19.424, 12.711, 4.757, 9.075],
    [20.755, 4.936, 31.430, 4.757, 52.604, 66.762], [29.701, 7.204, 50.753, 9.075, 66.762, 135.292]])  # fmt: skip
UNIQUE = {
    1: [0.535, 0.853, 0.748, 0.910, 0.232, 0.280],
    2: [0.455, 0.589, 0.218, 0.769, 0.052, 0.334],
}
LOADINGS = {1: [[0.682], [0.384], [0.502], [0.300], [0.877], [0.849]],
            2: [[0.499, 0.543], [0.156, 0.622], [0.206, 0.860], [0.109, 0.468], [0.956, 0.182], [0.785, 0.225]]}  # fmt: skip


@pytest.mark.parametrize("count", [1, 2])
def test_factors_of_the_ability_tests_are_factanals(count):
    width = np.sqrt(np.diag(ABILITY))
    drawn = np.random.default_rng(0).normal(size=(112, 6))
    drawn -= drawn.mean(axis=0)
    white = drawn @ np.linalg.inv(np.linalg.cholesky(np.cov(drawn.T, bias=True))).T
    values = white @ np.linalg.cholesky(ABILITY / np.outer(width, width)).T
    model = factors.factor_analysis(values, count)
    assert model.noise_variance_ == pytest.approx(UNIQUE[count], abs=2e-3)
    shown = factors.turned(model.components_.T)
    assert np.abs(shown - np.array(LOADINGS[count])).max() < 5e-3


@pytest.mark.parametrize("kind", ["factors", "parts"])
def test_two_planted_factors_are_found_and_told(kind):
    random = np.random.default_rng(1)
    hidden = np.abs(random.normal(size=(600, 2)))
    values = hidden[:, [0, 0, 0, 1, 1, 1]] + random.normal(scale=0.3, size=(600, 6))
    found = factors.fit((values - values.mean(axis=0)) / values.std(axis=0), kind, seed=0)
    own = np.abs(found.loadings).argmax(axis=1)
    assert found.loadings.shape == (6, 2)
    assert len(set(own[:3])) == len(set(own[3:])) == 1
    assert own[0] != own[3]


@pytest.mark.parametrize(("p", "z", "found"), [
    (0.01, 18.0, True),
    (0.01, 2.24, False),  # one of a hundred tables without connections beats all its copies so
    (0.02, 3.5, False),
])  # fmt: skip
def test_structure_is_clear_of_every_copy_or_none(p, z, found):
    assert choose.Structure(4, p, z, 99, 1000).found is found
