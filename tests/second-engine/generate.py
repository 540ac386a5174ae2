"""Ledgers of every kind with random records: blanks, what cannot be read, boundary values, odd dates, keys that meet.

generate(folder, seed, rows, kinds) writes CSV files into the folder and gives (file, kind) pairs. The same arguments
give the same bytes. Fields, types and code lists are those of the packs in rules/.
"""

import csv
import random
import tomllib
from datetime import date, timedelta
from pathlib import Path

RULES = Path(__file__).resolve().parents[2] / "rules"
WEIGHTS = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]
ODD_DATES = ["2024-02-29", "2023-12-31", "2024-01-01", "2023-10-02", "2023-10-01", "2024-03-31", "2023-06-30",
             "1949-10-01", "2038-01-19", "2023-09-30", "2023-10-07", "2024-02-04", "2016-06-15", "2017-12-31"]
PERIODS = ["2023Q4", "2023Q3", "2023年第四季度", "2023年", "2023年10月", "2023-11", "2023年下半年", "2024Q1", "2017年"]


def load():
    groups = {group["id"]: group["field"] for group in tomllib.loads((RULES / "ledgers/groups.toml").read_text())["group"]}
    lists = {}
    for path in (RULES / "lists").glob("*.toml"):
        read = tomllib.loads(path.read_text())
        lists[read["id"]] = [entry["code"] for entry in read["entry"]]
    kinds = {}
    for path in sorted((RULES / "ledgers").glob("*.toml")):
        if path.stem == "groups":
            continue
        read = tomllib.loads(path.read_text())
        fields = {}
        for group in read.get("groups", []):
            for field in groups[group]:
                fields[field["name"]] = dict(field)
        for field in read.get("field", []):
            fields[field["name"]] = {**fields.get(field["name"], {}), **field}
        # Records of made kinds come from the other ledgers; no sheet is of such a kind.
        if "made" in read:
            continue
        kinds[read["id"]] = list(fields.values())
    return kinds, lists


class World:
    """Small pools, so that records of different ledgers are about the same things."""

    def __init__(self, rng):
        self.rng = rng
        self.counties = ["甲县", "乙区", "丙市"]
        self.institutions = []
        for number in range(14):
            name = f"{'东西南北'[number % 4]}{'山河湖'[number % 3]}镇{['卫生院', '中心卫生院', '社区卫生服务中心'][number % 3]}"
            code = "" if number % 3 == 0 else f"61{number:04d}A"
            self.institutions.append((code, name, self.counties[number % 3]))
        # One name in two counties.
        self.institutions.append(("", self.institutions[0][1], "乙区"))
        self.persons = []
        for number in range(40):
            birth = date(1930 + number * 2, 1 + number % 12, 1 + number % 28)
            name = "赵钱孙李周吴郑王"[number % 8] + "伟芳娜敏静"[number % 5]
            self.persons.append((self.identity(birth, number), name, birth.isoformat()))

    def identity(self, birth, number):
        body = f"610302{birth:%Y%m%d}{number * 7 % 1000:03d}"
        check = "10X98765432"[sum(int(digit) * weight for digit, weight in zip(body, WEIGHTS)) % 11]
        return body + (check if number % 9 else "0")


def written_date(rng, day):
    return rng.choice([day.isoformat(), day.isoformat(), f"{day.year}年{day.month}月{day.day}日", f"{day.year}/{day.month}/{day.day}"])


def day(rng):
    if rng.random() < 0.15:
        return date.fromisoformat(rng.choice(ODD_DATES))
    return date(2023, 7, 1) + timedelta(days=rng.randrange(300))


def number(rng, is_whole):
    if rng.random() < 0.5:
        return str(rng.choice([0, 1, 2, 3, 4, 5, 7, 10, 12, 20, 28, 30, 50, 60, 65, 80, 84, 100, 200, 1000]))
    if rng.random() < 0.1:
        return rng.choice(["-1", "1,234", "123456789012", "０", "3次" if is_whole else "0.5"])
    return str(rng.randrange(120)) if is_whole else rng.choice(["0.2", "0.199999999", "1.5", "20.5", "99.99", "12.000000001"])


def cell(rng, world, field, lists, institution, person, unit):
    name, kind = field["name"], field["type"]
    if rng.random() < 0.07:
        return ""
    if rng.random() < 0.02:
        return rng.choice(["不详", "？？", "见附件", "#N/A"])
    if name == "机构编码":
        return institution[0]
    if kind == "text" and ("机构" in name or "医院" in name or "单位" in name) and name not in ("填报单位",):
        text = institution[1]
        return text.replace("镇", " 镇") if rng.random() < 0.1 else text
    if name == "填报单位":
        return unit
    if name == "县区":
        return institution[2]
    if "身份证" in name:
        return person[0].lower() if rng.random() < 0.1 else person[0]
    if name in ("出生日期",):
        return person[2]
    if name == "年龄":
        return str(2023 - int(person[2][:4]) + rng.randrange(2))
    if "姓名" in name:
        return person[1]
    if kind == "text" and "村" in name:
        return rng.choice(["一村", "二村", "三村", "四村"])
    if kind == "text" and "镇" in name:
        return rng.choice(["东镇", "西镇"])
    if kind == "text":
        return rng.choice(["甲", "乙", "丙", "Ａ1", "a1", "丁 戊", "丁戊", "杨凌示范区", "西安市"])
    if kind == "id-number":
        return person[0]
    if kind == "yes-no":
        return rng.choice(["是", "是", "否", "√", "已开通", "未开通", "有", "无"])
    if kind == "integer":
        return number(rng, True)
    if kind == "decimal":
        return number(rng, False)
    if kind == "ratio":
        return rng.choice(["20%", "0.2", "19.99%", "100%", "0", "50％"])
    if kind == "date":
        never = field.get("never")
        if never and rng.random() < 0.1:
            return rng.choice(never)
        return written_date(rng, day(rng))
    if kind == "dates":
        return "、".join(day(rng).isoformat() for _ in range(1 + rng.randrange(4)))
    if kind == "period":
        return rng.choice(PERIODS)
    codes = lists[kind.split(":")[1]]
    if kind.startswith("codes:"):
        return "、".join(rng.sample(codes, min(len(codes), 1 + rng.randrange(3))))
    return rng.choice(codes)


def generate(folder, seed, rows, wanted=None):
    kinds, lists = load()
    folder.mkdir(parents=True, exist_ok=True)
    files = []
    for position, (kind, fields) in enumerate(kinds.items()):
        if wanted is not None and kind not in wanted:
            continue
        for part in range(2):
            rng = random.Random(f"{seed}/{kind}/{part}")
            world = World(rng)
            units = ["甲县卫生健康局", "西安市卫生健康委", "乙区卫生健康局"][: 1 + 2 * part]
            # The second file lacks some columns.
            shown = [field for field in fields if field.get("essential") or part == 0 or rng.random() > 0.12]
            path = folder / f"{position:02d}-{kind}-{part}.csv"
            with open(path, "w", encoding="utf-8", newline="") as out:
                writer = csv.writer(out)
                writer.writerow([field["name"] for field in shown])
                for _ in range(rows):
                    institution, person = rng.choice(world.institutions), rng.choice(world.persons)
                    unit = rng.choice(units)
                    writer.writerow([cell(rng, world, field, lists, institution, person, unit) for field in shown])
            files.append((path, kind))
    return files
