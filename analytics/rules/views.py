"""What the charts show of a list of rules: matrix, lines, pairs, card, stability."""

from __future__ import annotations

import numpy as np
import polars as pl
from scipy.cluster.hierarchy import fcluster, linkage

from analytics.ragged import Array
from analytics.rules.baskets import Holdings
from analytics.rules.bits import Bits, bits_of
from analytics.rules.discover import Listed
from analytics.rules.mining import Rules
from analytics.statistics import newcombe, wilson

MOST_GROUPS, MOST_TARGETS = 15, 12  # rows and columns of the matrix
PARALLEL_RULES = 20
MOST_ITEMS = 16  # rows and columns of the co-occurrence map
STABLE_RULES = 12
COHORT_SHARE = 0.05


def pairs(held: Holdings) -> pl.DataFrame:
    """item_a, item_b (both ways), count, share of baskets, lift, phi; of the most held items."""
    counts = np.bincount(held.baskets.item, minlength=len(held.items))
    chosen = np.sort(np.argsort(-counts, kind="stable")[:MOST_ITEMS])
    bits, n = bits_of(held.baskets, chosen), max(held.baskets.n, 1)
    first, second = (x.ravel() for x in np.meshgrid(chosen, chosen, indexing="ij"))
    apart = first != second
    first, second = first[apart], second[apart]
    both = bits.count(np.stack([first, second], axis=1)) if len(first) else np.zeros(0, np.int64)
    a, c = counts[first].astype(float), counts[second].astype(float)
    names = np.array(held.items, object)
    spread = np.sqrt(a * c * (n - a) * (n - c))
    return pl.DataFrame({
        "item_a": pl.Series(names[first], dtype=pl.String), "item_b": pl.Series(names[second], dtype=pl.String),
        "count": pl.Series(both, dtype=pl.Int64), "share": both / n, "lift": both * n / np.maximum(a * c, 1),
        "phi": np.where(spread > 0, (both * n - a * c) / np.maximum(spread, 1), 0.0),
    }).sort("lift", "item_a", "item_b", descending=[True, False, False])  # fmt: skip


def matrix(listed: Listed) -> pl.DataFrame:
    """Antecedents in groups of like lift against consequents.

    Columns: group_number, antecedents (the most lifted one and how many more), consequent, rules,
    lift and support (medians). Groups are cut from an average-linkage tree over the lifts.
    """
    frame = listed.frame
    schema = {"group_number": pl.Int64, "antecedents": pl.String, "consequent": pl.String,
              "rules": pl.Int64, "lift": pl.Float64, "support": pl.Float64}  # fmt: skip
    if frame.is_empty():
        return pl.DataFrame(schema=schema)
    groups = antecedent_groups(frame)
    targets = frame["consequent"].unique(maintain_order=True).head(MOST_TARGETS)
    joined = frame.join(groups, on="antecedent").filter(
        pl.col("consequent").is_in(targets.implode())
    )
    return joined.group_by("group_number", "antecedents", "consequent").agg(
        pl.len().cast(pl.Int64).alias("rules"), pl.col("lift", "support").median(),
    ).sort("group_number", "lift", "consequent", descending=[False, True, False]).select(list(schema))  # fmt: skip


def antecedent_groups(frame: pl.DataFrame) -> pl.DataFrame:
    """antecedent, group_number, antecedents; groups in the order of their best rule."""
    lifts = frame.pivot(
        "consequent", index="antecedent", values="lift", maintain_order=True
    ).fill_null(1.0)
    number = np.arange(lifts.height)
    if lifts.height > MOST_GROUPS:
        tree = linkage(np.log(np.maximum(lifts.drop("antecedent").to_numpy(), 1e-3)), "average")
        cut = fcluster(tree, MOST_GROUPS, "maxclust")
        _, first, back = np.unique(cut, return_index=True, return_inverse=True)
        number = np.argsort(np.argsort(first))[back]
    found = lifts.select("antecedent").with_columns(group_number=pl.Series(number, dtype=pl.Int64))
    name = pl.col("antecedent").first() + pl.when(pl.len() > 1).then(
        pl.lit(" +") + (pl.len() - 1).cast(pl.String)).otherwise(pl.lit(""))  # fmt: skip
    return found.with_columns(antecedents=name.over("group_number"))


def parallel(listed: Listed, held: Holdings) -> pl.DataFrame:
    """The best rules as lines from item to item: the consequent at step 0, the antecedent before it.

    Columns: antecedent, consequent, step (0, -1, -2, ...), item, support, lift.
    """
    rules = listed.rules.take(np.arange(min(PARALLEL_RULES, len(listed.rules))))
    rows = [(rule, step, held.items[item]) for rule in range(len(rules))
            for step, item in [*((-1 - place, int(i)) for place, i in enumerate(rules.antecedent[rule]) if i >= 0),
                               (0, int(rules.consequent[rule, 0]))]]  # fmt: skip
    rule = [row for row, _, _ in rows]
    top = listed.frame.head(len(rules)).select("antecedent", "consequent", "support", "lift")
    return top[rule].with_columns(
        step=pl.Series([step for _, step, _ in rows], dtype=pl.Int64),
        item=pl.Series([item for _, _, item in rows], dtype=pl.String),
    ).select("antecedent", "consequent", "step", "item", "support", "lift")  # fmt: skip


def card(listed: Listed, number: int) -> pl.DataFrame:
    """The two-by-two table of the rule at that place: four rows.

    Columns: antecedent, consequent, antecedent_held, consequent_held, count, row_share.
    """
    row = (
        listed.frame.row(min(number, listed.frame.height) - 1, named=True)
        if listed.frame.height
        else None
    )
    cells = []
    if row is not None:
        a, c, both, n = (row[k] for k in ("antecedent_count", "consequent_count", "count", "n"))
        for x, y, size, of in ((True, True, both, a), (True, False, a - both, a),
                               (False, True, c - both, n - a), (False, False, n - a - c + both, n - a)):  # fmt: skip
            cells.append(
                (row["antecedent"], row["consequent"], x, y, size, size / of if of else None)
            )
    return pl.DataFrame(cells, orient="row", schema={
        "antecedent": pl.String, "consequent": pl.String, "antecedent_held": pl.Boolean,
        "consequent_held": pl.Boolean, "count": pl.Int64, "row_share": pl.Float64})  # fmt: skip


def cohorts(opened_on: pl.Series) -> pl.Series:
    """The years each customer may have joined in, as `2019` or `2003-2012`; null if unknown.

    Years are joined from the earliest on until they hold a twentieth of the customers.
    """
    years = opened_on.dt.year()
    counts = years.drop_nulls().value_counts(sort=False).sort(years.name)
    names: dict[int, str] = {}
    waiting: list[int] = []
    size = 0
    for year, many in counts.rows():
        waiting, size = [*waiting, year], size + many
        if size >= COHORT_SHARE * len(years) or year == counts[years.name][-1]:
            name = f"{waiting[0]}" if len(waiting) == 1 else f"{waiting[0]}-{waiting[-1]}"
            names |= dict.fromkeys(waiting, name)
            waiting, size = [], 0
    return years.replace_strict(names, default=None, return_dtype=pl.String).alias("cohort")


def stability(listed: Listed, held: Holdings, part: pl.Series, name: str) -> pl.DataFrame:
    """The best rules within each part of the customers, against all others.

    Args:
        listed: the rules; the best twelve are followed.
        held: the baskets.
        part: each customer's part (text), in the order of `held.customers`.
        name: what the column of parts is called.

    Returns: antecedent, consequent, `name`, n, antecedent_count, count, confidence with its
    interval, lift (within the part), rest_confidence, difference with its interval.
    """
    rules = listed.rules.take(np.arange(min(STABLE_RULES, len(listed.rules))))
    bits = bits_of(held.baskets, rules.antecedent, rules.consequent)
    whole = np.hstack([rules.antecedent, rules.consequent])
    of_basket = part.gather(np.maximum(held.owner, 0)) if part.len() else part
    found = []
    for value in part.unique().sort().to_list():
        inside = of_basket.eq_missing(pl.Series([value], dtype=part.dtype)).to_numpy() & (
            held.owner >= 0
        )
        found.append(_within(rules, listed.frame, bits, whole, inside).with_columns(
            pl.lit(value, dtype=part.dtype).alias(name)))  # fmt: skip
    if not found:
        return pl.DataFrame(
            schema={"antecedent": pl.String, "consequent": pl.String, name: part.dtype}
        )
    frame = pl.concat(found)
    first = ["antecedent", "consequent", name]
    return frame.sort("rule", name, nulls_last=True).select(*first, pl.exclude("rule", *first))


def _within(
    rules: Rules, frame: pl.DataFrame, bits: Bits, whole: Array, inside: Array
) -> pl.DataFrame:
    chosen, n = bits.pack(inside), int(inside.sum())
    a, c, both = (bits.count(x, chosen) for x in (rules.antecedent, rules.consequent, whole))
    rest_a, rest_both = rules.a - a, rules.both - both
    low, high = wilson(both, a)
    with np.errstate(divide="ignore", invalid="ignore"):
        diff_low, diff_high = newcombe(both, a, rest_both, rest_a)
        confidence, rest = both / a, rest_both / rest_a
        lift = confidence / (c / n)
    numbers = {"confidence": confidence, "confidence_low": low, "confidence_high": high, "lift": lift,
               "rest_confidence": rest, "difference": confidence - rest, "difference_low": diff_low,
               "difference_high": diff_high}  # fmt: skip
    return frame.head(len(rules)).select("antecedent", "consequent").with_row_index("rule").with_columns(
        n=pl.lit(n, dtype=pl.Int64), antecedent_count=pl.Series(a, dtype=pl.Int64), count=pl.Series(both, dtype=pl.Int64),
        **{k: pl.Series(v, dtype=pl.Float64).fill_nan(None) for k, v in numbers.items()})  # fmt: skip
