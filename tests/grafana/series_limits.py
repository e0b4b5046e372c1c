"""Whether an expression gives few series whatever the number of hosts: as much of PromQL as the dashboards use."""
import re

# Labels with few values, whatever the number of hosts.
FEW_VALUED = {"code", "le", "job", "result", "path"}
# Loosest first; of one level the last one splits, as they associate to the left.
LEVELS = (r"\bor\b", r"\b(?:and|unless)\b", r"[=!]=|[<>]=?", r"[+-](?!Inf)", r"[*/]")
MATCHING = re.compile(r"^\s*(?:bool\b\s*)?(?:(?:on|ignoring)\s*\([^)]*\)\s*)?(?:group_(?:left|right)\s*\([^)]*\)\s*)?")
AGGREGATION = re.compile(r"^(?:sum|min|max|avg|count)\s*(?:by\s*\(([^)]*)\)\s*)?\(")
PICK = re.compile(r"^(?:top|bottom)k\(")
CALL = re.compile(r"^(?:histogram_quantile\([\d.]+,|label_replace\()")
NUMBER = re.compile(r"^(?:[\d.]+|time\(\))$")


def outside(expr):
    """The same text with blanks for all that is within brackets or quotes, brackets included."""
    shown, depth, quoted = [], 0, False
    for before, char in zip(" " + expr, expr):
        if char == '"' and before != "\\":
            quoted = not quoted
        opening, closing = (char in "([{", char in ")]}") if not quoted else (False, False)
        depth += opening
        shown.append(" " if depth or quoted or char == '"' else char)
        depth -= closing
    return "".join(shown)


def split(expr):
    """(operator, left, right) at the loosest operator outside of brackets, or None."""
    bare = outside(expr)
    for level in LEVELS:
        found = list(re.finditer(level, bare))
        if found:
            return found[-1].group(), expr[:found[-1].start()].strip(), MATCHING.sub("", expr[found[-1].end():]).strip()
    return None


def is_limited(expr):
    expr = expr.strip()
    parts = split(expr)
    if parts:
        operator, left, right = parts
        if operator == "or":
            return is_limited(left) and is_limited(right)
        if operator == "unless" or NUMBER.match(right):
            return is_limited(left)
        # Only what is on both sides stays.
        return is_limited(left) or is_limited(right)
    if expr.startswith("("):
        return is_limited(expr[1:-1])
    aggregation = AGGREGATION.match(expr)
    if aggregation:
        return set(filter(None, (aggregation.group(1) or "").split(", "))) <= FEW_VALUED
    call = CALL.match(expr)
    if call:
        inside = expr[call.end():-1]
        return is_limited(inside[:(outside(inside) + ",").index(",")])
    return bool(PICK.match(expr))
