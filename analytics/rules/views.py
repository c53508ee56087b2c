"""What the charts show of a list of rules: matrix, graph, pairs, card, stability."""

from __future__ import annotations

import numpy as np
import polars as pl
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from analytics.ragged import Array
from analytics.rules.baskets import Holdings
from analytics.rules.bits import Bits
from analytics.rules.discover import Listed
from analytics.rules.mining import Rules
from analytics.statistics import newcombe, wilson

MOST_GROUPS, MOST_TARGETS = 15, 12  # rows and columns of the matrix
PARALLEL_RULES = 20
GRAPH_RULES, GRAPH_STEPS = 25, 200
MOST_ITEMS = 16  # rows and columns of the co-occurrence map
STABLE_RULES = 12
COHORT_SHARE = 0.05


def pairs(held: Holdings) -> pl.DataFrame:
    """item_a, item_b (both ways), count, share of baskets, lift, phi; of the most held items."""
    counts = np.bincount(held.baskets.item, minlength=len(held.items))
    chosen = np.sort(np.argsort(-counts, kind="stable")[:MOST_ITEMS])
    bits, n = Bits(held.baskets, chosen), max(held.baskets.n, 1)
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


def graph(listed: Listed, held: Holdings) -> pl.DataFrame:
    """The best rules as arrows item -> rule -> item with computed positions.

    Columns: antecedent, consequent, item, role (`from` or `to`), support, lift, item_x, item_y,
    rule_x, rule_y (in [0, 1]). A rule is a node of its own, so that several items can enter it.
    """
    rules = listed.rules.take(np.arange(min(GRAPH_RULES, len(listed.rules))))
    ends = [(row, int(item), role) for row in range(len(rules))
            for side, role in ((rules.antecedent, "from"), (rules.consequent, "to"))
            for item in side[row] if item >= 0]  # fmt: skip
    items = sorted({item for _, item, _ in ends})
    place = {item: i for i, item in enumerate(items)}
    links = np.array([(place[item], len(items) + row) for row, item, _ in ends], np.int64).reshape(
        -1, 2
    )
    where = layout(len(items) + len(rules), links)
    top = listed.frame.head(len(rules))
    rule = [row for row, _, _ in ends]
    at = np.array([place[item] for _, item, _ in ends], np.int64)
    return pl.DataFrame({
        "antecedent": top["antecedent"].gather(rule), "consequent": top["consequent"].gather(rule),
        "item": pl.Series([held.items[item] for _, item, _ in ends], dtype=pl.String),
        "role": pl.Series([role for _, _, role in ends], dtype=pl.String),
        "support": top["support"].gather(rule), "lift": top["lift"].gather(rule),
        "item_x": where[at, 0], "item_y": where[at, 1],
        "rule_x": where[len(items) + np.array(rule, np.int64), 0],
        "rule_y": where[len(items) + np.array(rule, np.int64), 1]})  # fmt: skip


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


def layout(nodes: int, links: Array) -> Array:
    """Positions in [0, 1]: every connected part in a cell of its own, laid out by springs there.

    Why cells: parts that are not linked push each other away until each is a knot.
    """
    where = np.zeros((nodes, 2))
    if not nodes:
        return where
    ends = (np.ones(len(links)), (links[:, 0], links[:, 1]))
    parts, label = connected_components(coo_array(ends, shape=(nodes, nodes)), directed=False)
    columns = max(1, int(np.ceil(np.sqrt(parts))))
    rows = -(-parts // columns)
    for place, part in enumerate(np.argsort(-np.bincount(label, minlength=parts), kind="stable")):
        inside = np.flatnonzero(label == part)
        number = np.full(nodes, -1)
        number[inside] = np.arange(len(inside))
        own = number[links[label[links[:, 0]] == part]]
        cell = np.array([place % columns, rows - 1 - place // columns])
        where[inside] = (cell + 0.14 + 0.72 * _springs(len(inside), own)) / [columns, rows]
    return where


def _springs(nodes: int, links: Array) -> Array:
    """One connected part in [0, 1], from a circle (Fruchterman & Reingold 1991)."""
    angle = 2 * np.pi * np.arange(nodes) / max(nodes, 1)
    where = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    ideal = 2 / np.sqrt(max(nodes, 1))
    for heat in np.linspace(0.2, 0.002, GRAPH_STEPS):
        apart = where[:, None, :] - where[None, :, :]
        distance = np.maximum(np.sqrt((apart**2).sum(axis=2)), 1e-3)
        move = (apart * (ideal**2 / distance**2)[:, :, None]).sum(axis=1)
        pull = where[links[:, 0]] - where[links[:, 1]]
        pull = pull * np.sqrt((pull**2).sum(axis=1, keepdims=True)) / ideal
        np.add.at(move, links[:, 0], -pull)
        np.add.at(move, links[:, 1], pull)
        size = np.maximum(np.sqrt((move**2).sum(axis=1, keepdims=True)), 1e-9)
        where = where + move / size * np.minimum(size, heat)
    found: Array = (where - where.min(axis=0)) / np.maximum(np.ptp(where, axis=0), 1e-9)
    return found


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
    bits = Bits(held.baskets, np.concatenate([rules.antecedent.ravel(), rules.consequent.ravel()]))
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
