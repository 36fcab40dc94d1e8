"""Evaluates the part of CEL that our admission policies are written in: fields, `has`, `in`, `startsWith`, `==`, `&&`, `||`, `!`.

Anything else is an error, so that a policy cannot grow beyond what is tested here. Where CEL would find an error on one side
of `||` and true on the other, this one is stricter: it reads from left to right.
"""

import ast
import re
from collections.abc import Mapping
from typing import Any


class CelError(Exception):
    """A field that is not there, or an expression beyond this reader."""


_WORDS = {"&&": " and ", "||": " or ", "null": "None", "true": "True", "false": "False"}
_TOKEN = re.compile(r'"[^"]*"|&&|\|\||!=|!|[\w.]+|\s+|.')


def evaluate(expression: str, variables: Mapping[str, Any]) -> bool:
    """What the expression says. Raises CelError as an API server's evaluation would fail."""
    tokens = _TOKEN.findall(expression)
    if "and" in tokens or "or" in tokens or "not" in tokens:
        raise CelError("these words are Python's, not CEL's")
    text = "".join(" not " if token == "!" else _WORDS.get(token, token) for token in tokens)
    try:
        tree = ast.parse(text.strip(), mode="eval")
    except SyntaxError as error:
        raise CelError(f"not understood: {expression}") from error
    result = _value(tree.body, variables)
    if not isinstance(result, bool):
        raise CelError(f"neither true nor false: {expression}")
    return result


def _value(node: ast.expr, variables: Mapping[str, Any]) -> Any:
    match node:
        case ast.Constant(value=value):
            return value
        case ast.Name(id=name):
            return _item(variables, name)
        case ast.Attribute(value=inner, attr=name):
            return _item(_value(inner, variables), name)
        case ast.Subscript(value=inner, slice=key):
            return _item(_value(inner, variables), _value(key, variables))
        case ast.List(elts=items):
            return [_value(item, variables) for item in items]
        case ast.BoolOp(op=ast.And(), values=values):
            return all(_boolean(value, variables) for value in values)
        case ast.BoolOp(op=ast.Or(), values=values):
            return any(_boolean(value, variables) for value in values)
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return not _boolean(operand, variables)
        case ast.Compare(left=left, ops=[operator], comparators=[right]):
            return _compared(operator, _value(left, variables), _value(right, variables))
        case ast.Call(func=ast.Name(id="has"), args=[ast.Attribute(value=inner, attr=name)]):
            holder = _value(inner, variables)
            return isinstance(holder, Mapping) and name in holder
        case ast.Call(func=ast.Attribute(value=inner, attr="startsWith"), args=[prefix]):
            return str(_value(inner, variables)).startswith(str(_value(prefix, variables)))
    raise CelError(f"beyond this reader: {ast.unparse(node)}")


def _boolean(node: ast.expr, variables: Mapping[str, Any]) -> bool:
    value = _value(node, variables)
    if not isinstance(value, bool):
        raise CelError(f"neither true nor false: {ast.unparse(node)}")
    return value


def _item(holder: Any, name: str) -> Any:
    if not isinstance(holder, Mapping) or name not in holder:
        raise CelError(f"no such key: {name}")
    return holder[name]


def _compared(operator: ast.cmpop, left: Any, right: Any) -> bool:
    match operator:
        case ast.Eq():
            return bool(left == right)
        case ast.NotEq():
            return bool(left != right)
        case ast.In():
            return left in right
    raise CelError(f"beyond this reader: {type(operator).__name__}")
