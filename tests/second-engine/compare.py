"""Runs the queries of `taizhang rules sql` over an export and holds them against the outcomes of taizhang itself."""

import csv
import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

csv.field_size_limit(1 << 24)

COLUMNS = ["rule", "item", "source", "line", "key", "period_from", "period_to", "outcome", "why"]
# Where a rule is not run for these reasons, its query simply gives no row.
WITHOUT_ROWS = {"not-in-force", "period-unknown"}


def native_outcomes(export):
    """Rule -> how often each unit came to each outcome, and why."""
    outcomes = {}
    for part in sorted((export / "_outcomes").glob("*.csv")):
        with open(part, encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                of_rule = outcomes.setdefault(row["rule"], Counter())
                if row["outcome"] == "not_run":
                    if row["why"] not in WITHOUT_ROWS:
                        of_rule[("", "", "", "", "", "", "not_run", "0")] += 1
                    continue
                of_rule[tuple(row[name] for name in
                              ("item", "source", "row", "key", "period_from", "period_to", "outcome", "why"))] += 1
    return outcomes


def text(value):
    return "" if value is None else str(value)


def queries(binary, dialect, export, packs, rules=()):
    command = [binary, "rules", "sql", *rules, "--dialect", dialect, "--data", str(export), "--format", "json"]
    for pack in packs:
        command += ["--pack", pack]
    printed = subprocess.run(command, capture_output=True, text=True)
    if printed.returncode != 0 and not printed.stdout:
        problems = []
        sys.exit(f"{' '.join(command)}: exit {printed.returncode} {problems}\n{printed.stderr}")
    return json.loads(printed.stdout)


def differences(rule, native, other, most=5):
    """Lines about the units for which the two engines disagree."""
    lines = []
    more, less = other - native, native - other
    for title, counter in (("taizhang only", less), ("other only", more)):
        for unit, count in sorted(counter.items())[:most]:
            lines.append(f"    {title} ×{count}: {unit}")
    if lines:
        lines.insert(0, f"{rule}: {sum(less.values())} and {sum(more.values())} rows that the other does not have")
    return lines


def summary(native):
    total = Counter()
    for of_rule in native.values():
        for unit, count in of_rule.items():
            total[unit[6]] += count
    return total
