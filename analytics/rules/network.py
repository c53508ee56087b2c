"""The best rules as a network with computed positions: no chart library here lays one out.

Every connected part gets a cell of its own and is laid out there by stress majorization: the
drawn distance of two nodes comes as near as can be to the number of steps between them (Gansner,
Koren, North 2004, "Graph drawing by stress majorization"). Then names that would cover each other
are pushed apart. Nothing is random: the same rules always give the same picture.
"""

from __future__ import annotations

from weakref import WeakKeyDictionary

import numpy as np
import polars as pl
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components, shortest_path

from analytics.itemsets import Baskets
from analytics.ragged import Array
from analytics.rules.baskets import Holdings
from analytics.rules.discover import Listed

GRAPH_RULES = 25
STEP = 120  # pixels by which a drawing grows
STEPS, PUSHES = 40, 150
MARGIN = 0.2  # of a cell, on every side: room for a name above and below
BEYOND = 0.15  # how far names may reach beyond the outermost places, on both sides
# A letter of 11 pixels as a share of the drawing's width, where that is narrow (420 pixels); a line in pixels.
HAIR = 0.001  # names that cover each other by less than a pixel are apart
LETTER, WIDE_LETTER, GAP, DOT, LINE_PX = 0.0155, 0.026, 0.015, 0.03, 20


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
    rule = np.array([row for row, _, _ in ends], np.int64)
    at = np.array([place[item] for _, item, _ in ends], np.int64)
    names = [held.items[item] for item in items] + [""] * len(rules)
    where = _placed(held, names, np.stack([at, len(items) + rule], axis=1))
    of_item, of_rule = where[: len(items)], where[len(items) :]
    top = listed.frame.head(len(rules))
    return pl.DataFrame({
        "antecedent": top["antecedent"].gather(rule), "consequent": top["consequent"].gather(rule),
        "item": pl.Series([held.items[item] for _, item, _ in ends], dtype=pl.String),
        "role": pl.Series([role for _, _, role in ends], dtype=pl.String),
        "support": top["support"].gather(rule), "lift": top["lift"].gather(rule),
        "item_x": of_item[at, 0], "item_y": of_item[at, 1],
        "rule_x": of_rule[rule, 0], "rule_y": of_rule[rule, 1]})  # fmt: skip


# The last network of each Baskets, gone with it: a slider mostly leaves the best rules as they are.
_LAST: WeakKeyDictionary[Baskets, tuple[tuple[object, ...], Array]] = WeakKeyDictionary()


def _placed(held: Holdings, names: list[str], links: Array) -> Array:
    """Where every node stands, names apart; as before where the nodes and links are as before."""
    key = (*names, links.tobytes())
    last = _LAST.get(held.baskets)
    if last and last[0] == key:
        return last[1]
    where = apart(layout(len(names), links), names, LINE_PX / drawn_height(len(names)))
    _LAST[held.baskets] = key, where
    return where


def drawn_height(nodes: int) -> int:
    """Pixels a network of so many items and rules needs, so that one name fits above another.

    In steps: a chart of another height is built anew, and a moved slider waits for it.
    """
    return int(np.clip(-(-20 * nodes // STEP) * STEP, 360, 960))


def layout(nodes: int, links: Array) -> Array:
    """Positions in [0, 1]; every connected part in a cell of its own, the largest first.

    Why cells: parts that are not linked have no distance that a drawing could come near to.
    """
    where = np.zeros((nodes, 2))
    if not nodes:
        return where
    ends = coo_array((np.ones(len(links)), (links[:, 0], links[:, 1])), shape=(nodes, nodes))
    steps = shortest_path(ends.tocsr(), directed=False, unweighted=True)
    parts, label = connected_components(ends, directed=False)
    columns = min(parts, 2 if parts <= 12 else 3)  # names are wide
    sizes = np.bincount(label, minlength=parts)
    order = np.argsort(-sizes, kind="stable")
    height = sizes[order[::columns]] + 2.0  # of each row, by its largest part
    top = 1 - np.append(0, np.cumsum(height)) / height.sum()
    for place, part in enumerate(order):
        inside = np.flatnonzero(label == part)
        own = MARGIN + (1 - 2 * MARGIN) * by_stress(steps[np.ix_(inside, inside)])
        row = place // columns
        where[inside, 0] = (place % columns + own[:, 0]) / columns
        where[inside, 1] = top[row + 1] + own[:, 1] * (top[row] - top[row + 1])
    return where


def by_stress(steps: Array) -> Array:
    """Nodes of one connected part in [0, 1], from their distances in steps, (nodes, nodes).

    Starts at the plane that classical scaling gives, and takes a fixed number of majorizing steps.
    """
    n = len(steps)
    if n < 2:
        return np.full((n, 2), 0.5)
    centre = np.eye(n) - 1 / n
    values, vectors = np.linalg.eigh(-0.5 * centre @ steps**2 @ centre)
    where = vectors[:, -2:] * np.sqrt(np.maximum(values[-2:], 1e-3))
    where[:, 0] += 1e-3 * np.cos(np.arange(n))  # nodes of equal distances must not fall together
    weight = np.where(steps > 0, 1 / np.maximum(steps, 1) ** 2, 0.0)
    inverse = np.linalg.pinv(np.diag(weight.sum(axis=1)) - weight)
    for _ in range(STEPS):
        drawn = np.maximum(np.linalg.norm(where[:, None] - where[None, :], axis=2), 1e-6)
        pull = -weight * steps / drawn
        np.fill_diagonal(pull, -pull.sum(axis=1) + pull.diagonal())
        where = inverse @ (pull @ where)
    return np.asarray((where - where.min(axis=0)) / np.maximum(np.ptp(where, axis=0), 1e-9))


def apart(where: Array, names: list[str], line: float) -> Array:
    """The positions moved as little as needed so that the names written there do not touch.

    `line` is the height of a name as a share of the drawing's; a rule has the empty name, and its dot.
    """
    width = np.array([sum(WIDE_LETTER if ord(sign) > 0x2E80 else LETTER for sign in name) for name in names])  # fmt: skip
    size = np.stack([np.maximum(width, DOT) + GAP, np.full(len(names), line)], axis=1).reshape(
        -1, 2
    )
    room = (size[:, None] + size[None, :]) / 2
    found = where.copy()
    for _ in range(PUSHES):
        gap = found[:, None] - found[None, :]
        over = room - np.abs(gap)  # by how much two names cover each other, both ways
        touching = (over > HAIR).all(axis=2) & ~np.eye(len(names), dtype=bool)
        if not touching.any():
            break
        upwards = (over[:, :, 1] <= over[:, :, 0]) & touching
        sign = np.where(gap != 0, np.sign(gap), np.sign(np.subtract.outer(range(len(names)), range(len(names))))[:, :, None])  # fmt: skip
        found[:, 1] += 0.5 * (np.where(upwards, over[:, :, 1], 0) * sign[:, :, 1]).sum(axis=1)
        found[:, 0] += 0.5 * (np.where(touching & ~upwards, over[:, :, 0], 0) * sign[:, :, 0]).sum(axis=1)  # fmt: skip
        reach = np.minimum(width / 2, 0.5 + BEYOND) - BEYOND  # a name ends inside the drawing
        found = np.stack(
            [np.clip(found[:, 0], reach, 1 - reach), np.clip(found[:, 1], 0, 1)], axis=1
        )
    return found
