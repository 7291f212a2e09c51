"""Trees that an object of the database keeps from their first entry on, and that no longer hold what has ended."""

from BTrees.OOBTree import OOBTree
from collections.abc import Callable
from itertools import chain
from itertools import islice
from typing import Any

#: How many other entries are looked at for having ended whenever one is put in: no tree outgrows what was put in lately.
_SWEEP = 8


def entries(home: Any, name: str) -> OOBTree:
    """Return the tree of that name, to look into; an empty one if nothing was put in yet."""
    tree = getattr(home, name, None)
    return OOBTree() if tree is None else tree


def tree(home: Any, name: str) -> OOBTree:
    """Return the tree of that name, to change; it is made if it is not there."""
    if getattr(home, name, None) is None:
        setattr(home, name, OOBTree())
    return getattr(home, name)


def put(tree: OOBTree, name: str, value: Any, *, ended: Callable[[Any], bool]) -> None:
    """Put an entry in, and remove some others that have ``ended``.

    Those that follow it, in a ring, are looked at: so each is now and then, however many there are.
    """
    following = chain(tree.items(min=name, excludemin=True), tree.items(max=name, excludemax=True))
    for other, held in list(islice(following, _SWEEP)):
        if ended(held):
            del tree[other]
    tree[name] = value
