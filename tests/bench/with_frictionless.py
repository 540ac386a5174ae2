"""Validates a CSV ledger with frictionless: python3 with_frictionless.py FILE

Its schema can ask less than the conditions of the other engines: types, lists, bounds, patterns and the key, but nothing
that compares two fields and no check digit.
"""

import sys
from pathlib import Path

from conditions import KEY
from frictionless import Resource, Schema, fields

DATES = {"出生日期", "开具日期", "授权日期"}
LISTS = {"性别": ["男", "女"], "病种": ["高血压", "2型糖尿病"], "病情是否稳定": ["是"], "是否签约": ["是", "否"], "是否代开": ["是", "否"]}


def field(name):
    if name in DATES:
        return fields.DateField(name=name)
    if name == "处方天数":
        return fields.IntegerField(name=name, constraints={"required": True, "minimum": 28, "maximum": 84})
    constraints = {"enum": LISTS[name]} if name in LISTS else {}
    if name == "身份证号":
        constraints = {"required": True, "pattern": "[0-9]{17}[0-9X]"}
    return fields.StringField(name=name, constraints=constraints)


path = Path(sys.argv[1]).resolve()
with open(path, encoding="utf-8-sig") as file:
    names = file.readline().strip().split(",")
schema = Schema(fields=[field(name) for name in names], primary_key=KEY)
report = Resource(path=path.name, basepath=str(path.parent), schema=schema).validate()
print(report.stats)
