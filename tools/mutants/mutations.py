"""The mistakes: what may be changed in the source of a module, one small thing at a time.

Changed are the bodies of functions, and constants of the module with a name in capitals. Left alone is what is only evaluated at import:
class attributes, fields, members of enumerations, defaults of arguments, decorators; also annotations, docstrings, logs and the words of
exceptions, which no test has to know.
"""

from collections.abc import Iterator
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import ast
import builtins
import inspect

_COMPARISONS = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
_ARITHMETIC = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.FloorDiv,
    ast.Pow: ast.Mult,
    ast.LShift: ast.RShift,
    ast.RShift: ast.LShift,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
}
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
_LONGEST = 60

#: The way from the root of a tree to a node: names of fields, with the number in the list if it is one.
Steps = tuple[tuple[str, int | None], ...]
#: The name of a function and the number of its first line, as its code has them.
Key = tuple[str, int]


@dataclass(frozen=True, kw_only=True)
class Mutant:
    """One mistake: ``node`` in place of what is found by ``steps``.

    ``lines`` are those of which one is run before the mistake is. ``function`` is the outermost function around it, ``constant`` the name
    of the constant if it is in none.
    """

    line: int
    what: str
    lines: range
    steps: Steps
    node: ast.AST
    function: Key | None
    constant: str

    def tree(self, source: str) -> ast.Module:
        """Return the tree of ``source``, from which the mutant was made, with the mistake."""
        tree = ast.parse(source)
        holder: Any = tree
        for field, number in self.steps[:-1]:
            holder = _child(holder, field, number)
        field, number = self.steps[-1]
        node = ast.copy_location(self.node, _child(holder, field, number))
        if number is None:
            setattr(holder, field, node)
        else:
            getattr(holder, field)[number] = node
        return ast.fix_missing_locations(tree)


@dataclass(frozen=True, kw_only=True)
class _Place:
    """A node with what is around it."""

    node: ast.AST
    parent: ast.AST | None = None
    field: str = ""
    steps: Steps = ()
    statement: Any = None
    function: Key | None = None
    constant: str = ""

    def below(self) -> Iterator["_Place"]:
        """Go through the nodes directly below."""
        for field, value in ast.iter_fields(self.node):
            function, constant = self.function or self._begins(field), self.constant or self._binds(field)
            for number, child in enumerate(value if isinstance(value, list) else [value]):
                if isinstance(child, ast.AST):
                    yield _Place(
                        node=child,
                        parent=self.node,
                        field=field,
                        steps=(*self.steps, (field, number if isinstance(value, list) else None)),
                        statement=child if isinstance(child, ast.stmt) else self.statement,
                        function=function,
                        constant="" if function else constant,
                    )

    @property
    def is_left_alone(self) -> bool:
        """Whether nothing is changed here or below."""
        node, parent = self.node, self.parent
        if self.field in ("annotation", "returns"):
            return True
        if isinstance(node, ast.Expr) and (isinstance(node.value, ast.Constant) or _is_call_of(node.value, "logger")):
            return True
        if isinstance(parent, ast.Call) and _is_call_of(parent, "cast"):
            return node is parent.args[0]
        raised = isinstance(self.statement, ast.Raise) and self.statement.exc is parent
        return raised and isinstance(node, ast.Constant | ast.JoinedStr)

    def _begins(self, field: str) -> Key | None:
        node: Any = self.node
        if not isinstance(node, _FUNCTIONS) or field != "body":
            return None
        if isinstance(node, ast.Lambda):
            return "<lambda>", node.lineno
        return node.name, min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])

    def _binds(self, field: str) -> str:
        node = self.node
        if not isinstance(self.parent, ast.Module) or field != "value":
            return ""
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        name = targets[0].id if len(targets) == 1 and isinstance(targets[0], ast.Name) else ""
        return name if name.isupper() else ""


def mutants_of(source: str, namespace: Mapping[str, Any]) -> list[Mutant]:
    """Return all mutants of a module. Its ``namespace`` tells which keyword arguments a call could do without."""
    return [
        Mutant(
            line=getattr(place.node, "lineno", place.statement.lineno),
            what=what,
            lines=range(
                place.statement.lineno, (getattr(place.node, "end_lineno", None) or place.statement.lineno) + 1
            ),
            steps=place.steps,
            node=node,
            function=place.function,
            constant=place.constant,
        )
        for place in _places(_Place(node=ast.parse(source)))
        if place.function or place.constant
        for what, node in _changes(place, namespace)
    ]


def _places(place: _Place) -> Iterator[_Place]:
    if not place.is_left_alone:
        yield place
        for child in place.below():
            yield from _places(child)


def _changes(place: _Place, namespace: Mapping[str, Any]) -> Iterator[tuple[str, ast.AST]]:
    """Go through what could be there instead, each with words for it."""
    node = place.node
    if place.field in ("test", "ifs") and not isinstance(node, ast.Compare | ast.UnaryOp):
        yield f"{_short(node)}: not added", ast.UnaryOp(ast.Not(), node)
    match node:
        case ast.Compare():
            yield from _other_comparisons(node)
        case ast.BoolOp():
            for number, operand in enumerate(node.values):
                left = node.values[:number] + node.values[number + 1 :]
                word = "and" if isinstance(node.op, ast.And) else "or"
                yield f"{word} {_short(operand)}: dropped", left[0] if len(left) == 1 else ast.BoolOp(node.op, left)
        case ast.UnaryOp(op=ast.Not()):
            yield f"{_short(node)}: not removed", node.operand
        case ast.BinOp() if type(node.op) in _ARITHMETIC:
            new: ast.AST = ast.BinOp(node.left, _ARITHMETIC[type(node.op)](), node.right)
            yield _became(node, new), new
        case ast.AugAssign() if type(node.op) in _ARITHMETIC:
            new = ast.AugAssign(node.target, _ARITHMETIC[type(node.op)](), node.value)
            yield _became(node, new), new
        case ast.Constant():
            for value in _other_values(node.value):
                yield f"{_short(node)} -> {value!r}", ast.Constant(value)
        case ast.Return(value=ast.expr()) if not (isinstance(node.value, ast.Constant) and node.value.value is None):
            yield f"{_short(node)}: None returned", ast.Return(ast.Constant(None))
        case ast.Expr(value=ast.Call()):
            yield f"{_short(node)}: removed", ast.Pass()
        case ast.Call():
            for number, keyword in enumerate(node.keywords):
                if keyword.arg and _can_do_without(node.func, keyword.arg, namespace):
                    others = node.keywords[:number] + node.keywords[number + 1 :]
                    yield f"{_short(node.func)}({_short(keyword)}): dropped", ast.Call(node.func, node.args, others)


def _other_comparisons(node: ast.Compare) -> Iterator[tuple[str, ast.AST]]:
    for number, operator in enumerate(node.ops):
        for other in _COMPARISONS[type(operator)]:
            new = ast.Compare(node.left, [*node.ops[:number], other(), *node.ops[number + 1 :]], node.comparators)
            yield _became(node, new), new


def _other_values(value: object) -> tuple[object, ...]:
    # one less than 0 makes [0] the last instead of the first
    if isinstance(value, bool):
        return (not value,)
    if isinstance(value, int | float):
        return value + 1, value - 1
    return (type(value)(),) if isinstance(value, str | bytes) and value else ()


def _can_do_without(function: ast.AST, keyword: str, namespace: Mapping[str, Any]) -> bool:
    """Tell whether a function that is called by its plain name has a default for that argument, or takes any."""
    if not isinstance(function, ast.Name):
        return False
    try:
        parameters = inspect.signature(namespace.get(function.id, getattr(builtins, function.id, None))).parameters
    except (TypeError, ValueError):  # none of Python's: then nothing is known
        return False
    if keyword in parameters:
        return parameters[keyword].default is not inspect.Parameter.empty
    return any(parameter.kind is inspect.Parameter.VAR_KEYWORD for parameter in parameters.values())


def _is_call_of(node: ast.AST, name: str) -> bool:
    function = node.func if isinstance(node, ast.Call) else None
    if isinstance(function, ast.Attribute):
        function = function.value
    return isinstance(function, ast.Name) and function.id == name


def _child(holder: Any, field: str, number: int | None) -> Any:
    value = getattr(holder, field)
    return value if number is None else value[number]


def _became(old: ast.AST, new: ast.AST) -> str:
    return f"{_short(old)} -> {_short(new)}"


def _short(node: ast.AST) -> str:
    words = " ".join(ast.unparse(node).split())
    return words if len(words) <= _LONGEST else f"{words[:_LONGEST]}…"
