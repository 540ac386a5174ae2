"""Runs the queries of `taizhang rules sql` over exports of generated ledgers and holds them against taizhang's outcomes."""

import csv
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import generate

csv.field_size_limit(1 << 24)

COLUMNS = ["rule", "item", "source", "line", "key", "period_from", "period_to", "outcome", "why"]
UNIT = ["item", "source", "row", "key", "period_from", "period_to", "outcome", "why"]
# Where a rule is not run for these reasons, its query simply gives no row.
WITHOUT_ROWS = {"not-in-force", "period-unknown"}
# Rows of each of a ledger's two files.
ROWS = int(os.environ.get("SECOND_ENGINE_ROWS", "100"))
REGISTERS = {"institution", "contract", "village", "benefit-standard"}
# Seed, review date, reporting period, packs, rules (all where none is named), ledger kinds that are not submitted.
SCENARIOS = {
    "all": (1, "2024-01-15", "2023Q4", ["shaanxi", "heilongjiang", "national-outreach"], [], set()),
    "strict": (2, "2018-01-10", "2017", ["jimo"], ["JM-"], set()),
    "xiamen": (3, "2024-06-30", "2024", ["xiamen"], ["XM-"], set()),
    "no-register": (4, "2023-12-15", "2023", ["shaanxi"], ["GJ-02", "GJ-03", "GJ-04", "GJ-05", "GJ-08", "SX-"], REGISTERS),
}


def export(binary, scenario, folder, *options):
    """Generates the scenario's ledgers and exports them with every outcome."""
    seed, as_of, period, packs, _, without = SCENARIOS[scenario]
    wanted = set(generate.load()[0]) - without
    files = generate.generate(folder / "ledgers", seed, ROWS, wanted)
    command = [binary, "export", *(str(path) for path, _ in files), "-o", str(folder / "export"), "--outcomes",
               "--show-personal-data", "--as-of", as_of, "--period", period, "--pack", ",".join(packs), *options]
    for path, kind in files:
        command += ["--ledger", f"{path.name}={kind}"]
    printed = subprocess.run(command, capture_output=True, text=True)
    if printed.returncode != 0:
        sys.exit(f"export: exit {printed.returncode}\n{printed.stderr}")
    return folder / "export"


def native_outcomes(folder):
    """Rule -> how often each unit came to each outcome, and why."""
    outcomes = {}
    for part in sorted((folder / "_outcomes").glob("*.csv")):
        with open(part, encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                of_rule = outcomes.setdefault(row["rule"], Counter())
                if row["outcome"] == "not_run":
                    if row["why"] not in WITHOUT_ROWS:
                        of_rule[("", "", "", "", "", "", "not_run", "0")] += 1
                    continue
                of_rule[tuple(row[name] for name in UNIT)] += 1
    return outcomes


def queries(binary, dialect, folder, packs, rules):
    command = [binary, "rules", "sql", *rules, "--dialect", dialect, "--data", str(folder), "--format", "json",
               "--pack", ",".join(packs)]
    printed = subprocess.run(command, capture_output=True, text=True)
    if printed.returncode != 0:
        sys.exit(f"{' '.join(command)}: exit {printed.returncode}\n{printed.stderr}\n{printed.stdout[-2000:]}")
    return json.loads(printed.stdout)


def differences(rule, native, other, most=3):
    """Lines about the units for which the two engines disagree."""
    more, less = other - native, native - other
    lines = []
    for title, counter in (("taizhang only", less), ("other only", more)):
        for unit, count in sorted(counter.items())[:most]:
            lines.append(f"    {title} ×{count}: {unit}")
    if lines:
        lines.insert(0, f"{rule}: {sum(less.values())} rows of taizhang's and {sum(more.values())} of the other's differ")
    return lines


def text(value):
    return "" if value is None else str(value)


def main(dialect, connect, scenarios, export_options=()):
    """`connect(load)` gives a function from a query to its rows."""
    binary = str(Path(sys.argv[1]).resolve())
    scenarios = sys.argv[2:] or scenarios
    faults, judged = [], Counter()
    for scenario in scenarios:
        folder = Path(tempfile.mkdtemp(prefix="second-engine-"))
        started = time.time()
        packs, rules = SCENARIOS[scenario][3:5]
        exported = export(binary, scenario, folder, *export_options)
        native = native_outcomes(exported)
        script = queries(binary, dialect, exported, packs, rules)
        run = connect(script["load"])
        count = 0
        for rule in script["rules"]:
            name = rule["rule"]
            try:
                rows = run(f"SELECT {', '.join(COLUMNS[1:])} FROM ({rule['sql']}) AS r")
            except Exception as error:  # Every engine has errors of its own; each fails the test.
                faults.append(f"{scenario} {name}: {str(error)[:500]}")
                continue
            other = Counter(tuple(text(value) for value in row) for row in rows)
            of_rule = native.get(name, Counter())
            faults += [f"{scenario} {line}" for line in differences(name, of_rule, other)]
            for unit, units in of_rule.items():
                judged[unit[6]] += units
                count += units
        print(f"{scenario}: {len(script['rules'])} rules, {count} outcomes, {time.time() - started:.0f} s", flush=True)
        shutil.rmtree(folder)
    print(", ".join(f"{outcome} {count}" for outcome, count in sorted(judged.items())))
    if faults:
        print("\n".join(faults))
        sys.exit(1)
    print(f"taizhang and {dialect} agree")
