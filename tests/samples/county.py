"""The ledgers of one county, in the mixture of formats that arrives."""

import layouts as at
from batch import numbered
from sheets import Table
from world import DAY


def above(unit, day, period=None):
    """The line between title and headings."""
    between = f"　　　　所属期：{period}" if period else ""
    return [f"填报单位：{unit}{between}　　　　填报时间：{day}"]


def ledgers(world):
    """All ledgers of the county without a fault."""
    contracts = world.contracts()
    postings = world.postings(world.hospital)
    return {
        "institution": numbered(world.institutions), "slots": world.slots(world.hospital), "duty": world.duty(), "prescription": world.prescriptions(),
        "contract": numbered(contracts), "visit": world.visits(contracts), "contact": world.contacts(contracts),
        "elderly": world.elderly(), "children": world.children(), "chronic": world.chronic(),
        "vaccination": world.vaccinations(), "posting": postings, "attendance": world.attendance(postings), "village": world.villages, "round": world.rounds(),
    }


def weeks_of(rows):
    """Duty rows of one institution as one row a week with a column for each weekday."""
    weeks = {}
    for row in rows:
        monday = row["值守日期"] - DAY * row["值守日期"].weekday()
        week = weeks.setdefault(monday, {"机构名称": row["机构名称"], "周次": f"{monday:%Y-%m-%d}至{monday + 6 * DAY:%Y-%m-%d}"})
        week[row["值守日期"].weekday()] = f"{row['医师姓名']}（{row['职称']}，{row['值守方式']}）"
    return list(weeks.values())


def write_county(batch, world, book, more=()):
    """Writes the ledgers of a county; `more` are further columns of the register of institutions."""
    county, unit = world.county, f"{world.city}{world.county}卫生健康局"
    label, quarter = f"{world.year}年四季度", f"{world.year}年第四季度"
    day = f"{world.year + 1}年1月5日"
    head, annual = above(unit, day), above(unit, day, f"{world.year}年")
    foot = ["注：以上数据由各机构上报汇总。"]
    columns = at.INSTITUTION[:-1] + list(more) + at.INSTITUTION[-1:]
    batch.book(f"{county}医疗卫生机构名册及便民服务台账.xlsx", [("机构名册", Table(f"{county}医疗卫生机构名册及便民服务台账（{quarter}）", columns, book["institution"], head, foot))])
    batch.csv(f"{county}门诊号源台账{label}.csv", Table("", at.SLOTS, book["slots"]))
    first = next(row["机构名称"] for row in world.served() if row["机构类型"] == "乡镇卫生院")
    weekly = [row for row in book["duty"] if row["机构名称"] == first]
    listed = [row for row in book["duty"] if row["机构名称"] != first]
    batch.book(f"中高级职称医师值守门诊排班表{label}.xlsx", [
        ("排班", Table(f"{county}中高级职称医师值守门诊排班表（{quarter}）", at.DUTY, listed, head, ["填表人：方知远"])),
        (first.removeprefix(county), Table(f"{first}坐诊排班表（{quarter}）", at.DUTY_WEEK, weeks_of(weekly), above(first, day)))])
    batch.csv(f"长期处方登记台账（{world.year}年第4季度）.csv", Table("", at.PRESCRIPTION, book["prescription"]))
    batch.book(f"家庭医生签约服务台账{world.year}年度.xlsx", [("签约居民", Table(f"{county}家庭医生签约服务台账（{world.year}年度）", at.CONTRACT, book["contract"], annual, foot))])
    batch.csv(f"联络随访记录{label}.csv", Table("", at.CONTACT, book["contact"]), encoding="utf-16", delimiter="\t")
    batch.csv(f"上门服务记录{label}.csv", Table("", at.VISIT, book["visit"]), encoding="utf-8-sig")
    batch.book(f"65岁及以上老年人健康服务台账{label}.xlsx", [("老年人", Table(f"{county}65岁及以上老年人健康服务台账（{quarter}）", at.ELDERLY, book["elderly"], head))])
    batch.book(f"儿童及慢病台账{world.year}年度.xls", [
        ("0-6岁儿童", Table(f"{county}0-6岁儿童健康管理台账（{quarter}）", at.CHILDREN, book["children"], head)),
        ("慢病管理", Table(f"{county}慢性病患者管理台账（{world.year}年度）", at.CHRONIC, book["chronic"], annual))], kind="xls")
    batch.csv(f"预防接种场次{label}.csv", Table("", at.VACCINATION, book["vaccination"]), encoding="utf-8")
    batch.book(f"派驻人员台账{label}.xlsx", [
        ("派驻人员", Table(f"{county}派驻人员台账（{quarter}）", at.POSTING, book["posting"], head)),
        ("派驻考勤", Table(f"{county}村级派驻人员考勤表（{quarter}）", at.ATTENDANCE, book["attendance"], head))])
    batch.book(f"行政村及巡诊台账{label}.xlsx", [
        ("行政村", Table(f"{county}行政村医疗卫生服务覆盖台账（{quarter}）", at.VILLAGE, book["village"], head, total={"常住人口", "村医人数"}, slip=book.get("village slip"))),
        ("巡诊记录", Table(f"{county}村级巡诊记录（{quarter}）", at.ROUND, book["round"], head))])
