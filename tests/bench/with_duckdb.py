"""Reads a CSV ledger with DuckDB and evaluates the conditions: python3 with_duckdb.py FILE THREADS"""

import sys

import duckdb
from conditions import KEY, RECORD, TYPED

path, threads = sys.argv[1:3]
engine = duckdb.connect()
engine.execute(f"SET threads = {int(threads)}")
typed = ", ".join(f"{text} AS {name}" for name, text in TYPED.items())
source = f"(SELECT *, {typed} FROM read_csv('{path}', header = true, all_varchar = true))"
counts = ", ".join(f"count(*) FILTER (WHERE {one})" for one in RECORD)
key = ", ".join(f'"{name}"' for name in KEY)
print(engine.execute(f"SELECT {counts} FROM {source}").fetchone())
print(engine.execute(f"SELECT count(*) FROM (SELECT {key} FROM {source} GROUP BY ALL HAVING count(*) > 1)").fetchone())
