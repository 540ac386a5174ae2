"""python3 duckdb_run.py BINARY EXPORT PACK[,PACK] [RULE…]: native outcomes against those of DuckDB."""

import sys
import time
from collections import Counter
from pathlib import Path

import duckdb

from compare import COLUMNS, differences, native_outcomes, queries, summary, text


def main():
    binary, export, packs, rules = sys.argv[1], Path(sys.argv[2]), sys.argv[3].split(","), sys.argv[4:]
    native = native_outcomes(export)
    script = queries(binary, "duckdb", export, packs, rules)
    engine = duckdb.connect()
    engine.execute("SET threads = 2")
    engine.execute(script["load"])
    faults, started = [], time.time()
    slowest = []
    for rule in script["rules"]:
        name, begun = rule["rule"], time.time()
        if "problem" in rule:
            faults.append(f"{name}: {rule['problem']}")
            continue
        try:
            rows = engine.execute(f"SELECT {', '.join(COLUMNS[1:])} FROM ({rule['sql']}) AS r").fetchall()
        except duckdb.Error as error:
            faults.append(f"{name}: {str(error)[:600]}")
            continue
        other = Counter(tuple(text(value) for value in row) for row in rows)
        faults += differences(name, native.get(name, Counter()), other)
        slowest.append((time.time() - begun, name))
    total = summary(native)
    counts = ", ".join(f"{count} {outcome}" for outcome, count in sorted(total.items()))
    print(f"{export.name}: {len(script['rules'])} rules in {time.time() - started:.1f} s; {counts}")
    if "-v" in sys.argv or time.time() - started > 60:
        print(sorted(slowest, reverse=True)[:5])
    print("\n".join(faults))
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
