"""Puts a mutant into this process, in place of what was imported."""

from collections import defaultdict
from collections.abc import Iterator
from tools.mutants.mutations import Mutant
from types import CodeType
from types import FunctionType
from types import ModuleType
from typing import cast

import ast
import gc
import inspect
import sys


class CannotSwap(Exception):
    """The mistake is in something that cannot be reached, or that has other closures than before."""


class LiveModule:
    """An imported module with all functions made from its source, however they are wrapped, bound or registered."""

    def __init__(self, module: ModuleType, functions: list[FunctionType]) -> None:
        self.module = module
        self.file = str(module.__file__)
        self.source = inspect.getsource(module)
        self._functions = functions

    def put(self, mutant: Mutant) -> None:
        """Let this process go on with the mistake.

        :raises CannotSwap: it stays as it was.
        """
        tree = mutant.tree(self.source)
        if mutant.constant:
            self._rebind(mutant.constant, cast(ast.Assign | ast.AnnAssign, tree.body[mutant.steps[0][1] or 0]))
        else:
            self._swap(mutant, compile(tree, self.file, "exec"))

    def _swap(self, mutant: Mutant, code: CodeType) -> None:
        new = defaultdict(list)
        for inner in _codes(code):
            new[inner.co_name, inner.co_firstlineno].append(inner)
        keys = {(function.__code__.co_name, function.__code__.co_firstlineno) for function in self._functions}
        if mutant.function not in keys or len(new[mutant.function]) != 1:
            raise CannotSwap(mutant.function)
        for function in self._functions:
            former = function.__code__
            codes = new[former.co_name, former.co_firstlineno]
            if len(codes) == 1:
                if codes[0].co_freevars != former.co_freevars:
                    raise CannotSwap(mutant.function)
                function.__code__ = codes[0]

    def _rebind(self, name: str, statement: ast.Assign | ast.AnnAssign) -> None:
        """Give the constant its other value, here and where it was imported by its name."""
        code = compile(ast.Expression(cast(ast.expr, statement.value)), self.file, "eval")
        former, value = getattr(self.module, name), FunctionType(code, vars(self.module))()
        package = ".".join(self.module.__name__.split(".")[:2])
        for place, module in list(sys.modules.items()):
            if place.startswith(package) and vars(module).get(name) is former:
                setattr(module, name, value)


def live_modules(modules: list[ModuleType]) -> list[LiveModule]:
    """Return the modules with their functions: those that exist now, wherever they are kept."""
    functions = defaultdict(list)
    for one in gc.get_objects():
        if isinstance(one, FunctionType):
            functions[one.__code__.co_filename].append(one)
    return [LiveModule(module, functions[str(module.__file__)]) for module in modules]


def _codes(code: CodeType) -> Iterator[CodeType]:
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            yield inner
            yield from _codes(inner)
