"""Reads a CSV ledger with pandas and evaluates the conditions as pandera checks: python3 with_pandera.py FILE"""

import sys

import pandas as pd
import pandera.pandas as pa
from conditions import AS_OF, KEY, WEIGHTS

frame = pd.read_csv(sys.argv[1], dtype=str, keep_default_na=False)
as_of = pd.Timestamp(AS_OF.split("'")[1])
for name, text in {"birth": "出生日期", "given": "开具日期", "granted": "授权日期"}.items():
    frame[name] = pd.to_datetime(frame[text], format="%Y-%m-%d", errors="coerce")
frame["days"] = pd.to_numeric(frame["处方天数"], errors="coerce")
frame["check"] = sum(pd.to_numeric(frame["身份证号"].str[at], errors="coerce") * weight for at, weight in enumerate(WEIGHTS)) % 11
MARKS = dict(enumerate("10X98765432"))


def proxy(data):
    return data["是否代开"] == "是"


# The same 24 conditions as for the other engines; each gives the records at fault.
FAULTS = [
    lambda d: d["身份证号"].str.len() != 18,
    lambda d: (d["身份证号"].str.len() == 18) & (d["check"].map(MARKS) != d["身份证号"].str[17]),
    lambda d: d["身份证号"].str[6:14] != d["出生日期"].str.replace("-", ""),
    lambda d: (pd.to_numeric(d["身份证号"].str[16], errors="coerce") % 2 == 1) != (d["性别"] == "男"),
    lambda d: d["birth"] > as_of,
    lambda d: d["given"] > as_of,
    lambda d: d["granted"] > as_of,
    lambda d: d["birth"] > d["given"],
    lambda d: d["birth"] > d["granted"],
    lambda d: d["birth"] < pd.Timestamp("1890-01-01"),
    lambda d: d["days"] < 0,
    lambda d: (d["days"] < 28) & (d["病情是否稳定"] == "是"),
    lambda d: d["days"] > 84,
    lambda d: d["病情是否稳定"] == "否",
    lambda d: ~d["病种"].isin(["高血压", "2型糖尿病"]),
    lambda d: proxy(d) & d["granted"].isna(),
    lambda d: proxy(d) & (d["granted"] > d["given"]),
    lambda d: proxy(d) & ~d["代开原因"].isin(["高龄", "行动不便", "病情稳定"]),
    lambda d: proxy(d) & (d["代开原因"] == "高龄") & (d["birth"] > pd.Timestamp("1944-01-15")),
    lambda d: proxy(d) & ~d["代开人关系"].isin(["配偶", "父母", "子女", "其他亲属"]),
    lambda d: d["机构名称"] == "",
    lambda d: d["姓名"] == "",
    lambda d: d["given"].isna(),
    lambda d: d["days"].isna(),
]
schema = pa.DataFrameSchema(checks=[pa.Check(lambda data, fault=fault: ~fault(data)) for fault in FAULTS], unique=KEY)
try:
    schema.validate(frame, lazy=True)
except pa.errors.SchemaErrors as found:
    print(found.failure_cases["index"].nunique())
