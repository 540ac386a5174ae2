"""Heilongjiang, fourth quarter of 2024: the ledgers of one county, clean and with known faults."""

import datetime as dt

import layouts as at
from batch import Batch, numbered
from county import above, ledgers, write_county
from sheets import Table
from world import DAY, World

START, END = dt.date(2024, 10, 1), dt.date(2024, 12, 31)
MORE = [("远程医疗开通时间", "远程医疗开通日期"), ("四预约服务", "四预约"), ("流动小药箱", "流动小药箱"), ("慢病一体化门诊", "慢病一体化门诊"), ("是否开展家庭病床", "家庭病床")]
BOOKINGS = "预约转诊、预约专家、预约检查、预约床位"
MEDICINES = ["阿司匹林肠溶片", "苯磺酸氨氯地平片", "盐酸二甲双胍片", "阿莫西林胶囊", "复方甘草片", "布洛芬缓释胶囊"]


def county(seed):
    """The made-up county 北河县 of 绥化市."""
    world = World("绥化市", "北河县", "231298", START, END, seed)
    world.hospital = world.add_institution("北河县人民医院", "二级医院", 是否牵头医院="是", 有无急诊="有", 年门急诊人次=281000)
    for step, township in enumerate(("双榆镇中心", "靠山乡", "永兴镇")):
        world.add_institution(f"北河县{township}卫生院", "乡镇卫生院", 远程医疗开通日期=dt.date(2024, 3, 18 + step), 四预约=BOOKINGS, 流动小药箱="有", 慢病一体化门诊="有", 家庭病床="是")
    for step, village in enumerate(("前屯村", "后屯村", "三合村")):
        world.add_institution(f"北河县{village}卫生室", "村卫生室", 远程医疗开通日期=dt.date(2024, 6, 3 + step), 四预约=BOOKINGS,
                              医保定点日期=dt.date(2024, 8, 12 + step), 医保结算日期=dt.date(2024, 9, 2 + step))
    world.add_village("双榆镇", "前屯村", 1450, "固定村医")
    world.add_village("靠山乡", "后屯村", 870, "固定村医")
    world.add_village("永兴镇", "三合村", 930, "固定村医")
    world.add_village("靠山乡", "小东沟村", 260, "巡诊", clinic=False)
    world.add_village("永兴镇", "兴隆村", 1880, "派驻")
    return world


def beds(world):
    rows = []
    for step, institution in enumerate(world.served()):
        person = world.people.person(1941 + step)
        rows.append({**world.base(institution), **person, "病种": ["脑梗死后遗症", "慢阻肺", "帕金森病"][step % 3], "诊断明确": "是", "病情稳定": "是", "符合住院条件": "是", "适合居家": "是", "需定期上门": "是",
                     "失能情况": ["长期卧床", "失能", "生活不能自理"][step % 3], "近两年诊疗记录日期": dt.date(2024, 2, 11 + step), "诊疗医院级别": "二级", "建床日期": dt.date(2024, 10, 14 + step), "撤床日期": "", "医联体专家巡诊会诊": "是"})
    return rows


def stock(world):
    rows = []
    for place, institution in enumerate(row for row in world.institutions if row["机构类型"] == "村卫生室"):
        for step, name in enumerate(MEDICINES):
            rows.append({"机构名称": institution["机构名称"], "药品名称": name, "规格": "0.25g×24", "批号": f"2024{3 + step:02d}{11 + place:02d}", "有效期至": dt.date(2026, 3 + step, 28), "库存": 12 + 5 * step,
                         "是否常用清单": "是", "国家基药": "是", "医保目录": "甲类", "统一采购": "是", "统一目录": "是", "代售": "否", "调配来源": "双榆镇中心卫生院"})
    return rows


def requests(world):
    rows = []
    for step in range(6):
        institution = [row for row in world.institutions if row["机构类型"] == "村卫生室"][step % 3]
        person, day = world.people.person(1956 + step), START + DAY * (8 + 9 * step)
        rows.append({"机构名称": institution["机构名称"], "姓名": person["姓名"], "身份证号": person["身份证号"], "药品名称": ["百令胶囊", "甲钴胺片", "碳酸钙D3片"][step % 3], "需求日期": day,
                     "方式": ["代购", "协助网购"][step % 2], "完成日期": day + DAY * (2 + step), "经办村医": world.people.name()})
    return rows


def watched(world):
    rows = []
    for step in range(8):
        village, person = world.villages[step % len(world.villages)], world.people.person(1952 + 4 * step)
        day = START + DAY * (5 + 6 * step)
        rows.append({"乡镇街道": village["乡镇街道"], "行政村": village["行政村"], "户编号": f"H{231298}{step // 2 + 1:04d}", **person, "人群类别": ["脱贫", "边缘易致贫户", "突发困难"][step % 3],
                     "患病病种": ["高血压", "脑卒中", "2型糖尿病", "恶性肿瘤"][step % 4], "核实日期": day, "随访日期": day + 7 * DAY, "录入日期": day + 8 * DAY, "监测": day + 20 * DAY,
                     "户策": "是", "人策": "是", "患策": "是", "风险": "有风险" if step % 4 == 3 else "无风险", "帮扶措施": "大病保险报销、医疗救助" if step % 4 == 3 else ""})
    return rows


def write_more(batch, world, book):
    """The ledgers that only Heilongjiang's measures ask for."""
    head = above(f"{world.city}{world.county}卫生健康局", "2025年1月6日")
    batch.book("家庭病床及药品台账2024年四季度.xlsx", [
        ("家庭病床", Table("北河县家庭病床台账（2024年第四季度）", at.BED, book["bed"], head)),
        ("村卫生室药品", Table("北河县村卫生室药品库存台账（2024年第四季度）", at.STOCK, book["stock"], head))])
    batch.csv("村卫生室药品代购登记2024年四季度.csv", Table("", at.REQUEST, book["request"]))
    batch.book("防止因病返贫动态监测台账2024年四季度.xls", [("监测台账", Table("北河县防止因病返贫动态监测台账（2024年第四季度）", at.WATCH, book["watch"], head))], kind="xls")


def everything(world):
    return {**ledgers(world), "bed": beds(world), "stock": stock(world), "request": requests(world), "watch": watched(world)}


def clean(out):
    batch = Batch(out, "clean-heilongjiang-2024q4", "黑龙江无问题的一套台账", "Heilongjiang, nothing wrong", "2025-01-15")
    world = county(17)
    book = everything(world)
    write_county(batch, world, book, MORE)
    write_more(batch, world, book)
    return batch.finish()


def faulty(out):
    batch = Batch(out, "heilongjiang-2024q4", "黑龙江 2024 年第四季度：一个县的台账，有清楚的错误", "Heilongjiang, fourth quarter of 2024: one county, with known faults", "2025-01-15")
    world = county(11)
    book, say = everything(world), batch.fault
    by_name = {row["机构名称"]: row for row in book["institution"]}
    row = by_name["北河县靠山乡卫生院"]
    row["远程医疗开通日期"] = dt.date(2024, 5, 20)
    say(row, "HLJ-08", "violated", "乡镇卫生院 5 月 20 日才开通远程医疗，迟于 4 月 30 日")
    row = by_name["北河县后屯村卫生室"]
    row["远程医疗开通日期"] = "未开通"
    say(row, "HLJ-08", "violated", "村卫生室没有开通远程医疗，期限已过")
    row = by_name["北河县三合村卫生室"]
    row["医保结算日期"] = ""
    say(row, "HLJ-11", "undetermined", "医保结算日期空白，无法判定")
    row = by_name["北河县永兴镇卫生院"]
    row.update({"四预约": "预约转诊、预约检查", "一人一诊室": "否"})
    say(row, "HLJ-05", "violated", "四预约缺预约专家、预约床位")
    say(row, "HLJ-12", "violated", "没有做到一人一诊室")
    book["slots"][0].update({"向基层开放号源数": 8262, "开放比例": "17%"})
    say(book["slots"][0], "HLJ-05", "violated", "牵头医院开放号源 17%，不足 20%")
    for place, change, measure, outcome, text in [
        (0, {"病情稳定": "否"}, "HLJ-06", "violated", "病情不稳定而建床"),
        (1, {"近两年诊疗记录日期": dt.date(2022, 9, 1)}, "HLJ-06", "violated", "建床前两年内没有住院或门诊记录"),
    ]:
        book["bed"][place].update(change)
        say(book["bed"][place], measure, outcome, text)
    book["stock"][1]["有效期至"] = dt.date(2024, 11, 30)
    say(book["stock"][1], "HLJ-09", "violated", "药品已过期而仍有库存")
    book["stock"][2]["有效期至"] = dt.date(2025, 4, 30)
    say(book["stock"][2], "HLJ-09", "violated", "临近过期而没有进入县乡两级代售")
    book["stock"][3]["库存"] = 0
    say(book["stock"][3], "HLJ-09", "advice", "常用清单内药品库存为 0")
    book["request"][2]["完成日期"] = ""
    say(book["request"][2], "HLJ-09", "advice", "代购超过 15 天没有完成")
    book["watch"][0]["录入日期"] = ""
    say(book["watch"][0], "HLJ-01", "violated", "没有录入日期")
    book["watch"][3]["帮扶措施"] = ""
    say(book["watch"][3], "HLJ-01", "violated", "识别为有风险而没有保障或救助措施")
    book["watch"][5]["随访日期"] = book["watch"][5]["核实日期"] - 10 * DAY
    say(book["watch"][5], "HLJ-01", "violated", "随访早于核实")
    book["watch"][6]["患策"] = "否"
    say(book["watch"][6], "HLJ-01", "violated", "缺一患一策")
    needed = next(row for row in book["contract"] if row["是否需要上门服务"] == "是")
    book["visit"] = [row for row in book["visit"] if row["身份证号"] != needed["身份证号"]]
    say(needed, "HLJ-02", "violated", "确有需求而没有上门服务记录")
    book["visit"][0]["服务种类"] = "理发"
    say(book["visit"][0], "HLJ-02", "violated", "上门服务种类不在七类之内")
    book["elderly"][4]["辅助检查"] = ""
    say(book["elderly"][4], "HLJ-04", "violated", "健康管理缺辅助检查")
    patient = next(row for row in book["chronic"] if row["病种"] == "精神分裂症")
    patient.update({"随访3": "", "随访4": ""})
    say(patient, "HLJ-03", "violated", "严重精神障碍患者全年随访 2 次，应有 4 次")
    person = book["elderly"][2]
    book["bed"][2].update({key: person[key] for key in ("姓名", "身份证号", "性别", "出生日期") if key in person})
    book["bed"][2]["出生日期"] = person["出生日期"] + DAY
    # A wrong check digit in both ledgers: with a right number, DQ-01 alone would tell the wrong birth date.
    wrong = person["身份证号"][:-1] + ("1" if person["身份证号"][-1] != "1" else "2")
    person["身份证号"] = book["bed"][2]["身份证号"] = wrong
    say(person, "DQ-01", "violated", "身份证号校验码不正确")
    say(book["bed"][2], "DQ-08", "violated", "出生日期与老年人台账不同")
    book["village slip"] = {"常住人口": 100}
    say(book["village slip"], "DQ-10", "violated", "常住人口合计比各行之和多 100")
    village = next(row for row in book["posting"] if row["派驻层级"] == "村级")
    village.update({"包干村": "兴旺村、兴业村", "包干村数": 2})
    say(village, "HLJ-07", "violated", "村级派驻另包干 2 个行政村，超过 1 个")
    monday = dt.date(2024, 11, 11)
    week = [row for row in book["attendance"] if row["姓名"] == village["姓名"] and monday <= row["日期"] <= monday + 4 * DAY]
    book["attendance"] = [row for row in book["attendance"] if row not in week[3:]]
    say(week[0], "HLJ-07", "violated", "村级派驻人员当周只有 3 日在村")
    write_county(batch, world, book, MORE)
    write_more(batch, world, book)
    # The ledger of the quarter before with the same content: the copy is at fault, not one of its rows.
    copied = {}
    say(copied, "DQ-09", "violated", "代购登记与四季度的完全相同")
    before = "村卫生室药品代购登记2024年三季度.csv"
    batch.csv(before, Table("", at.REQUEST, [dict(row) for row in book["request"]]))
    batch.place(copied, before, None, None)
    return batch.finish()
