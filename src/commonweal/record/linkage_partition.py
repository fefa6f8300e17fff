"""Which subjects are one person: connected components that obey the rules.

Links make components. A component is refused where it would hold two different verified numbers or a pair that must
not be linked; such components (few) are rebuilt link by link, strongest first, leaving out each link that would break
a rule. The result depends on the set of links only, never on their order.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

NO_NUMBER = -1


@dataclass(frozen=True)
class Links:
    """Links between nodes: `left`, `right` (integers; 0 to n-1 for `partition`), `weight` (float64; larger binds first), and
    `binding` (bool): a human's link, which two different numbers do not stop."""

    left: np.ndarray
    right: np.ndarray
    weight: np.ndarray
    binding: np.ndarray

    @classmethod
    def plain(cls, left: np.ndarray, right: np.ndarray, weight: np.ndarray | float = 0.0) -> Links:
        weights = np.broadcast_to(np.asarray(weight, dtype=np.float64), left.shape)
        return cls(left, right, weights, np.zeros(left.shape, dtype=bool))

    def __add__(self, other: Links) -> Links:
        return Links(
            np.concatenate([self.left, other.left]),
            np.concatenate([self.right, other.right]),
            np.concatenate([self.weight, other.weight]),
            np.concatenate([self.binding, other.binding]),
        )

    def __getitem__(self, chosen: np.ndarray) -> Links:
        return Links(self.left[chosen], self.right[chosen], self.weight[chosen], self.binding[chosen])


@dataclass(frozen=True)
class Partition:
    """`label`: one int32 a node, equal within a person. `refused`: positions of the links left out by a rule."""

    label: np.ndarray
    refused: np.ndarray

    @property
    def parts(self) -> int:
        return int(self.label.max()) + 1 if self.label.size else 0


def partition(nodes: int, links: Links, numbers: np.ndarray, apart: np.ndarray) -> Partition:
    """Components of `links` over `nodes`.

    `numbers`: one int32 a node, equal where the verified number is equal, `NO_NUMBER` where there is none. `apart`:
    shape (k, 2), pairs of nodes that must never be together.
    """
    label = _components(nodes, links)
    bad = _offending(label, numbers, apart)
    if not bad.size:
        return Partition(label, np.empty(0, dtype=np.int64))
    offends = np.zeros(int(label.max()) + 1, dtype=bool)
    offends[bad] = True
    positions = np.flatnonzero(offends[label[links.left]])
    refused = _greedy(links, positions, numbers, apart)
    kept = np.ones(links.left.size, dtype=bool)
    kept[refused] = False
    return Partition(_components(nodes, links[kept]), refused)


def _components(nodes: int, links: Links) -> np.ndarray:
    graph = coo_matrix(
        (np.ones(links.left.size, dtype=np.int8), (links.left, links.right)), shape=(nodes, nodes)
    ).tocsr()
    return connected_components(graph, directed=False)[1]


def _offending(label: np.ndarray, numbers: np.ndarray, apart: np.ndarray) -> np.ndarray:
    """The labels of components that break a rule."""
    has_number = numbers != NO_NUMBER
    pairs = label[has_number].astype(np.int64)  # in place from here on: one of these is 8 bytes for everyone
    pairs <<= 32
    pairs |= numbers[has_number]
    pairs.sort()
    differ = pairs[1:] != pairs[:-1]
    pairs >>= 32
    owners = pairs.astype(label.dtype)
    del pairs
    several = owners[1:][(owners[1:] == owners[:-1]) & differ]
    together = label[apart[label[apart[:, 0]] == label[apart[:, 1]], 0]] if apart.size else several[:0]
    return np.unique(np.concatenate([several, together]))


def _greedy(links: Links, positions: np.ndarray, numbers: np.ndarray, apart: np.ndarray) -> np.ndarray:
    """The positions of the links to leave out, taking binding links first and then the strongest.

    Plain Python over the links of offending components only.
    """
    low, high = np.minimum(links.left, links.right)[positions], np.maximum(links.left, links.right)[positions]
    order = np.lexsort((high, low, -links.weight[positions], ~links.binding[positions]))
    forbidden: dict[int, set[int]] = {}
    for left, right in apart.tolist():
        forbidden.setdefault(left, set()).add(right)
        forbidden.setdefault(right, set()).add(left)
    parent: dict[int, int] = {}
    members: dict[int, set[int]] = {}
    held: dict[int, set[int]] = {}

    def root_of(node: int) -> int:
        if node not in parent:
            parent[node], members[node] = node, {node}
            held[node] = {int(numbers[node])} - {NO_NUMBER}
        while parent[node] != node:
            parent[node] = parent[parent[node]]
            node = parent[node]
        return node

    refused = []
    for position in positions[order].tolist():
        left, right = root_of(int(links.left[position])), root_of(int(links.right[position]))
        if left == right:
            continue
        small, large = sorted((left, right), key=lambda root: len(members[root]))
        kept_apart = any(not forbidden.get(node, set()).isdisjoint(members[large]) for node in members[small])
        two_numbers = len(held[left] | held[right]) > max(1, len(held[left]), len(held[right]))
        if kept_apart or (two_numbers and not links.binding[position]):
            refused.append(position)
            continue
        parent[small] = large
        members[large] |= members.pop(small)
        held[large] |= held.pop(small)
    return np.asarray(sorted(refused), dtype=np.int64)
