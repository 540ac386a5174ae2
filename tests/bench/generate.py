#!/usr/bin/env python3
"""Writes seeded ledgers for benchmarks: python3 generate.py OUT ROWS FAULTY_SHARE [--encoding gb18030] [--xlsx] [--files N]

The ledger is the one of long prescriptions with twenty columns. FAULTY_SHARE (0 to 1) of the rows prescribe too few days
for a stable patient. The same arguments give the same bytes.
"""

import argparse
import csv
import random
from pathlib import Path

HEADINGS = [
    "序号", "机构名称", "机构编码", "机构类型", "县区", "姓名", "身份证号", "出生日期", "性别", "病种",
    "病情是否稳定", "开具日期", "处方天数", "药品名称", "是否签约", "是否代开", "代开原因", "代开人关系", "授权日期", "备注",
]
WEIGHTS = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]
SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨"
GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平"


def id_number(rng, birth):
    body = f"610302{birth}{rng.randrange(1000):03d}"
    check = sum(int(digit) * weight for digit, weight in zip(body, WEIGHTS)) % 11
    return body + "10X98765432"[check]


def rows(count, faulty, seed=7):
    rng = random.Random(seed)
    diseases = ["高血压", "2型糖尿病"]
    for number in range(1, count + 1):
        unit = number % 400
        year, month, day = 1935 + number % 50, 1 + number % 12, 1 + number % 28
        birth = f"{year}{month:02d}{day:02d}"
        identity = id_number(rng, birth)
        wrong = rng.random() < faulty
        proxy = number % 25 == 0 and year < 1943
        yield [
            number, f"第{unit}镇卫生院", "", "乡镇卫生院", "金台区",
            rng.choice(SURNAMES) + rng.choice(GIVEN) + rng.choice(GIVEN), identity, f"{year}-{month:02d}-{day:02d}",
            "男" if int(identity[16]) % 2 else "女", diseases[number % 2], "是",
            f"2023-{10 + number % 3}-{1 + number % 28:02d}", 14 if wrong else 28 + number % 57, "苯磺酸氨氯地平片", "是",
            "是" if proxy else "否", "高龄" if proxy else "", "子女" if proxy else "", "2023-09-01" if proxy else "", "",
        ]


def write_csv(path, count, faulty, encoding, seed=7):
    with open(path, "w", encoding=encoding, newline="") as out:
        writer = csv.writer(out)
        writer.writerow(HEADINGS)
        writer.writerows(rows(count, faulty, seed))


def write_xlsx(path, count, faulty, seed=7):
    import xlsxwriter

    book = xlsxwriter.Workbook(str(path), {"constant_memory": True})
    sheet = book.add_worksheet("长期处方台账")
    sheet.write_row(0, 0, HEADINGS)
    for index, row in enumerate(rows(count, faulty, seed), start=1):
        sheet.write_row(index, 0, row)
    book.close()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("rows", type=int)
    parser.add_argument("faulty", type=float)
    parser.add_argument("--encoding", default="utf-8")
    parser.add_argument("--xlsx", action="store_true")
    parser.add_argument("--files", type=int, default=0, help="so many files of ROWS rows in the folder OUT")
    options = parser.parse_args()
    if options.files:
        options.out.mkdir(parents=True, exist_ok=True)
        for number in range(options.files):
            path = options.out / f"{number:05d}.{'xlsx' if options.xlsx else 'csv'}"
            if options.xlsx:
                write_xlsx(path, options.rows, options.faulty, seed=number)
            else:
                write_csv(path, options.rows, options.faulty, options.encoding, seed=number)
    elif options.xlsx:
        write_xlsx(options.out, options.rows, options.faulty)
    else:
        write_csv(options.out, options.rows, options.faulty, options.encoding)


if __name__ == "__main__":
    main()
