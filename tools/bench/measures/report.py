"""Rows of the table, their printing, and report.json."""
import dataclasses
import json

from . import machine


@dataclasses.dataclass
class Row:
    """One figure. `ratio` is how often the bar is reached (1 and more: met), whichever direction
    is better; None where a row has no bar of its own."""
    what: str
    bar: str
    measured: str
    ratio: float | None
    yardstick: str = ""
    details: dict = dataclasses.field(default_factory=dict)


def at_least(what, bar, value, unit, yardstick="", details=None, digits=0):
    return Row(what, f">= {bar:,} {unit}", f"{value:,.{digits}f} {unit}", value / bar, yardstick,
               details or {})


def at_most(what, bar, value, unit, yardstick="", details=None, digits=2):
    ratio = bar / value if value > 0 else None
    return Row(what, f"< {bar:,} {unit}", f"{value:,.{digits}f} {unit}", ratio, yardstick,
               details or {})


def plain(what, measured, yardstick="", details=None):
    return Row(what, "", measured, None, yardstick, details or {})


def failed(name, error):
    return Row(name, "", f"not measured: {error}", None)


HEADINGS = ("what", "bar", "measured", "ratio", "limit or yardstick")


def table(rows):
    """The rows as a Markdown table with aligned columns."""
    cells = [HEADINGS]
    for row in rows:
        ratio = "" if row.ratio is None else f"{row.ratio:.2f}"
        cells.append((row.what, row.bar, row.measured, ratio, row.yardstick))
    widths = [max(len(line[column]) for line in cells) for column in range(len(HEADINGS))]
    lines = ["| " + " | ".join(text.ljust(width) for text, width in zip(line, widths)) + " |"
             for line in cells]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(lines)


def write(rows, facts):
    """Writes build/bench/report.json and returns its path."""
    machine.WORK.mkdir(parents=True, exist_ok=True)
    path = machine.WORK / "report.json"
    content = {"machine": facts, "rows": [dataclasses.asdict(row) for row in rows]}
    path.write_text(json.dumps(content, indent=2) + "\n")
    return path
