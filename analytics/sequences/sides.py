"""Which two groups are held against each other, and the steps of each that count.

Every comparison of sequences begins here, whatever it then tests: patterns, transitions, states.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from analytics.dataset import Population, Scope
from analytics.memo import remember
from analytics.sequences import builder, outcome, windows
from analytics.sequences.builder import DAY_US, Log
from analytics.sequences.groups import group_of
from analytics.sequences.params import CompareParams
from analytics.sequences.windows import Windows
from analytics.text import Text

LOST, KEPT = Text("Lost", "流失"), Text("Kept", "留存")
HAD, NEVER = Text("With the outcome", "发生目标事件"), Text("Without it", "未发生")
REST = Text("All others", "其余")


@dataclass(frozen=True)
class Sides:
    """Two groups of customers and the steps of theirs that are compared.

    Args:
        kind: lost, event or groups.
        names: how people call group a and group b.
        held: one sequence per customer, with its group; codes are those of the log.
        counts: customers compared and left out.
        group: what tells one value of a breakdown from another; -1 otherwise.
    """

    kind: str
    names: tuple[Text, Text]
    held: Windows
    counts: dict[str, int]
    group: int = -1

    @property
    def cut_off(self) -> bool:
        """Whether every customer's steps end at a day of the own."""
        return len(self.held.cutoff) > 0


def choose(scope: Scope, population: Population, log: Log, params: CompareParams) -> Sides | None:
    """The comparison asked for, or None where the data hold no two groups large enough."""
    kind = params.compare if params.compare != "auto" else ("groups" if params.by else "lost")
    if kind == "none" or not len(log.at) or (kind == "lost" and params.lost_days is None):
        return None
    if kind == "groups":
        found = _one_and_the_rest(log, params, scope.as_of)
    else:
        found = _before_a_day(scope, population, log, params, kind)
    if found is None or not len(found.held.events.item):
        return None
    smaller = min(found.held.in_a.sum(), (~found.held.in_a).sum())
    return found if smaller >= params.min_group else None


def _before_a_day(scope: Scope, population: Population, log: Log, params: CompareParams, kind: str
                  ) -> Sides:  # fmt: skip
    """The lost and the kept, or those with and without an outcome, before their own index day."""
    life = remember(scope, population, None, "life", lambda: outcome.read_life(scope))
    since = outcome.NONE if log.since is None else log.since // DAY_US
    if kind == "lost":
        day = (scope.as_of - date(1970, 1, 1)).days
        chosen, names = outcome.lost_and_kept(life, day, params, since), (LOST, KEPT)
    else:
        had = outcome.read_outcome(scope, params.outcome_event)
        chosen, names = outcome.with_and_without(life, had, params, since), (HAD, NEVER)
    held = windows.before_index(log, chosen, params, params.exposure_days)
    return Sides(kind, names, held, chosen.counts)


def _one_and_the_rest(log: Log, params: CompareParams, as_of: date) -> Sides | None:
    """One value of the breakdown against the rest; by itself the smallest that is large enough."""
    built = builder.build(log, replace(params, unit="customer"), as_of)
    names, place = group_of(built)
    size = np.bincount(place[place >= 0], minlength=len(names))
    allowed = [k for k, name in enumerate(names) if name is not None and params.min_group <= size[k]
               and size.sum() - size[k] >= params.min_group and params.group_a in ("", name)]  # fmt: skip
    if not allowed:
        return None
    best = min(allowed, key=lambda k: (size[k], str(names[k])))
    name, held = str(names[best]), windows.whole(built, place == best)
    counts = {"compared_a": int(held.in_a.sum()), "compared_b": int((~held.in_a).sum())}
    return Sides("groups", (Text(name, name), REST), held, counts, best)
