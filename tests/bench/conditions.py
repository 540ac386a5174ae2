"""What the applicable rules ask of long prescriptions, as conditions for other engines: 24 on each record, 1 on groups.

Each is true where a record is at fault. AS_OF is the review date of the run. The texts are read as texts by both engines.
"""

AS_OF = "DATE '2024-01-15'"
ID, BIRTH, DATE, DAYS, GRANTED = '"身份证号"', 'birth', 'given', 'days', 'granted'
WEIGHTS = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]
CHECK = " + ".join(f"CAST(substr({ID}, {at + 1}, 1) AS INT) * {weight}" for at, weight in enumerate(WEIGHTS))

# Typed columns, made once.
TYPED = {
    "birth": 'TRY_CAST("出生日期" AS DATE)',
    "given": 'TRY_CAST("开具日期" AS DATE)',
    "granted": 'TRY_CAST("授权日期" AS DATE)',
    "days": 'TRY_CAST("处方天数" AS INT)',
}

RECORD = [
    f"length({ID}) <> 18",
    f"length({ID}) = 18 AND substr('10X98765432', ({CHECK}) % 11 + 1, 1) <> substr({ID}, 18, 1)",
    f"substr({ID}, 7, 8) <> replace(\"出生日期\", '-', '')",
    f"(CAST(substr({ID}, 17, 1) AS INT) % 2 = 1) <> (\"性别\" = '男')",
    f"{BIRTH} > {AS_OF}",
    f"{DATE} > {AS_OF}",
    f"{GRANTED} > {AS_OF}",
    f"{BIRTH} > {DATE}",
    f"{BIRTH} > {GRANTED}",
    f"{BIRTH} < DATE '1890-01-01'",
    f"{DAYS} < 0",
    f"{DAYS} < 28 AND \"病情是否稳定\" = '是'",
    f"{DAYS} > 84",
    "\"病情是否稳定\" = '否'",
    "\"病种\" NOT IN ('高血压', '2型糖尿病')",
    f"\"是否代开\" = '是' AND {GRANTED} IS NULL",
    f"\"是否代开\" = '是' AND {GRANTED} > {DATE}",
    "\"是否代开\" = '是' AND coalesce(\"代开原因\", '') NOT IN ('高龄', '行动不便', '病情稳定')",
    f"\"是否代开\" = '是' AND \"代开原因\" = '高龄' AND {BIRTH} > DATE '1944-01-15'",
    "\"是否代开\" = '是' AND coalesce(\"代开人关系\", '') NOT IN ('配偶', '父母', '子女', '其他亲属')",
    "\"机构名称\" IS NULL OR \"机构名称\" = ''",
    "\"姓名\" IS NULL OR \"姓名\" = ''",
    f"{DATE} IS NULL",
    f"{DAYS} IS NULL",
]
# Nothing is entered twice.
KEY = ["身份证号", "姓名", "病种", "开具日期"]
