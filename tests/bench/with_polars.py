"""Reads a CSV ledger with Polars and evaluates the conditions: python3 with_polars.py FILE THREADS"""

import os
import sys

os.environ["POLARS_MAX_THREADS"] = sys.argv[2]
import polars as pl
from conditions import KEY, RECORD, WEIGHTS

frame = pl.scan_csv(sys.argv[1], infer_schema=False)
dates = {"birth": "出生日期", "given": "开具日期", "granted": "授权日期"}
typed = frame.with_columns(
    [pl.col(text).str.to_date("%Y-%m-%d", strict=False).alias(name) for name, text in dates.items()]
    + [pl.col("处方天数").cast(pl.Int64, strict=False).alias("days")]
)
# The weighted sum is an expression of its own: as SQL text it would be parsed far slower than it runs.
number = pl.col("身份证号")
total = sum(number.str.slice(at, 1).cast(pl.Int32, strict=False) * weight for at, weight in enumerate(WEIGHTS))
marks = {index: mark for index, mark in enumerate("10X98765432")}
check = (number.str.len_chars() == 18) & (total % 11).replace_strict(marks, default=None).ne(number.str.slice(17, 1))
as_sql = [one for position, one in enumerate(RECORD) if position != 1]
counts = [pl.sql_expr(one).sum().alias(f"c{position}") for position, one in enumerate(as_sql)] + [check.sum().alias("check")]
twice = frame.group_by(KEY).len().filter(pl.col("len") > 1).select(pl.len())
for result in pl.collect_all([typed.select(counts), twice]):
    print(result.row(0))
