"""Shaanxi, fourth quarter of 2023: a mixed folder with known faults, and clean folders."""

import datetime as dt

import layouts as at
from batch import Batch, dispatch_columns, dispatch_record, numbered
from county import ledgers, write_county
from sheets import Table
from world import DAY, World

START, END = dt.date(2023, 10, 1), dt.date(2023, 12, 31)
CITIES = ["西安市", "铜川市", "宝鸡市", "咸阳市", "渭南市", "延安市", "汉中市", "榆林市", "安康市", "商洛市", "杨凌示范区", "韩城市"]


def county(seed=3):
    """The made-up county 南塬县 of 咸阳市."""
    world = World("咸阳市", "南塬县", "610498", START, END, seed)
    world.hospital = world.add_institution("南塬县人民医院", "二级医院", 是否牵头医院="是", 有无急诊="有", 年门急诊人次=326000)
    world.add_institution("南塬县城关社区卫生服务中心", "社区卫生服务中心")
    for township in ("清水镇中心", "柳树塬镇", "白杨镇", "石坡镇"):
        world.add_institution(f"南塬县{township}卫生院", "乡镇卫生院")
    world.add_institution("南塬县东街社区卫生服务站", "社区卫生服务站")
    for village in ("东沟村", "上塬村", "北坡村"):
        world.add_institution(f"南塬县{village}卫生室", "村卫生室")
    world.add_village("清水镇", "东沟村", 1630, "固定村医")
    world.add_village("柳树塬镇", "上塬村", 980, "固定村医")
    world.add_village("白杨镇", "北坡村", 860, "固定村医")
    world.add_village("白杨镇", "后岭村", 640, "邻村", clinic=False)
    world.add_village("石坡镇", "石门沟村", 310, "巡诊", clinic=False)
    world.add_village("石坡镇", "高崖村", 270, "巡诊", clinic=False)
    world.add_village("柳树塬镇", "大槐村", 2100, "派驻", 村医人数=0)
    world.add_village("清水镇", "新家园安置点", 420, "巡诊", clinic=False, 类型="移民安置点")
    return world


def dispatches():
    records = {}
    for order, city in enumerate(CITIES):
        unit = {"杨凌示范区": "杨凌示范区卫生健康局", "韩城市": "韩城市卫生健康局"}.get(city, f"{city}卫生健康委")
        records[city] = dispatch_record(unit, dt.date(2023, 12, 1 + order % 4), 9 - order % 7 + order // 4, "方知远")
    return records


def submissions():
    rows = []
    for city in CITIES:
        rows.append({"填报单位": f"{city}卫健委", "报送类型": "季度台账", "所属期": "2023年第四季度", "报送日期": dt.date(2023, 12, 4)})
    for order, city in enumerate(CITIES):
        rows.append({"填报单位": f"{city}卫健委", "报送类型": "半年报告", "所属期": "2023年下半年", "报送日期": dt.date(2024, 1, 8 + order),
                     "宣传渠道": "微信公众号、微博、客户端、报刊、广播、电视、签约平台、医师节活动", "宣传次数": 12 + order})
    return numbered(rows)


def write_dispatch(batch, records, forms):
    """The forms of the cities in `forms` ((city, format) pairs) and one table of the others."""
    for city, kind in forms:
        record = records[city]
        record["抬头"] = record["填报单位"]
        day = record["填报时间"]
        batch.form(f"{city}2023年第四季度调度台账.{kind}", shown(record), kind)
    rest = [records[city] for city in CITIES if city in records and city not in [city for city, _ in forms]]
    batch.book("各市2023年第四季度调度台账汇总.xlsx", [("汇总", Table("陕西省基层卫生健康便民惠民每季度调度台账汇总（2023年第四季度）", dispatch_columns(), rest))])


def shown(record):
    """The record with its day written out, in place, so that faults keep pointing at it."""
    day = record["填报时间"]
    record["填报时间"] = f"{day.year}年{day.month}月{day.day}日"
    return record


def clean(out):
    batch = Batch(out, "clean-shaanxi-2023q4", "陕西（含国家两个规则包）无问题的一套台账", "Shaanxi with both national packs, nothing wrong", "2024-01-31")
    world = county(5)
    write_county(batch, world, ledgers(world))
    write_dispatch(batch, dispatches(), [("西安市", "xlsx"), ("咸阳市", "xls")])
    batch.book("陕西省报送登记.xlsx", [("报送登记", Table("基层卫生健康便民惠民材料报送登记", at.SUBMISSION, submissions(), total=set()))])
    return batch.finish()


def faulty(out):
    batch = Batch(out, "shaanxi-2023q4", "陕西 2023 年第四季度：市级调度台账与一个县的各类台账，有清楚的错误", "Shaanxi, fourth quarter of 2023: dispatch forms and the ledgers of one county, with known faults", "2024-01-31")
    world = county()
    book = ledgers(world)
    by_name = {row["机构名称"]: row for row in book["institution"]}
    say = batch.fault

    # ── institutions ──
    row = by_name["南塬县城关社区卫生服务中心"]
    row.update({"延时小时": 0.5, "周末节假日门诊": "否"})
    say(row, "GJ-06", "violated", "无急诊、年门急诊 6.2 万人次，工作日只延时 0.5 小时，周末节假日也没有增加门诊")
    row = by_name["南塬县清水镇中心卫生院"]
    row["付费渠道"] = "现金"
    say(row, "GJ-07", "violated", "付费渠道只有 1 种")
    row = by_name["南塬县白杨镇卫生院"]
    row["洗手液皂"] = "无"
    say(row, "GJ-10", "violated", "门诊卫生间没有洗手液（皂）")
    row = by_name["南塬县柳树塬镇卫生院"]
    row["老年人友好岗位"] = ""
    say(row, "GJ-05", "undetermined", "老年人友好服务岗位一栏空白，无法判定")
    row = by_name["南塬县石坡镇卫生院"]
    row["统一社会信用代码"] = row["统一社会信用代码"][:-1] + ("A" if row["统一社会信用代码"][-1] != "A" else "B")
    say(row, "DQ-02", "violated", "统一社会信用代码校验位不对")

    # ── slots ──
    row = book["slots"][0]
    row.update({"向基层开放号源数": 8748, "开放比例": "18%"})
    say(row, "SX-01", "violated", "牵头医院向基层开放号源占 18%，不足 20%")
    book["slots"] += world.slots({"机构名称": "南塬县中医医院", "机构编码": "6104980091"}, 20000, 4000)
    book["slots"] += world.slots({"机构名称": "南塬县第二人民医院", "机构编码": "6104980092"}, 9000, 450)
    book["slots"][2]["是否牵头医院"] = "否"

    # ── duty ──
    book["duty"] = [row for row in book["duty"] if row["机构名称"] != "南塬县石坡镇卫生院"]
    say(by_name["南塬县石坡镇卫生院"], "SX-02", "violated", "排班表中一条值守记录也没有，13 周都按 0 天判定")
    nurse = next(row for row in book["duty"] if row["机构名称"] == "南塬县柳树塬镇卫生院" and row["值守日期"] > dt.date(2023, 10, 16))
    nurse.update({"职称": "主管护师", "专业类别": "护理"})
    say(nurse, "SX-02", "violated", "主管护师不计入，当周只有 2 个工作日")
    remote = next(row for row in book["duty"] if row["机构名称"] == "南塬县城关社区卫生服务中心" and row["值守日期"] > dt.date(2023, 11, 6))
    remote["值守方式"] = "远程"
    say(remote, "SX-02", "violated", "社区卫生服务中心的远程值守不计入，当周只有 2 个工作日")
    for row in book["duty"]:
        if row["机构名称"] == "南塬县白杨镇卫生院" and row["值守日期"].month == 11:
            row["值守方式"] = "远程"  # a township hospital in a county lifted from poverty: counts

    # ── prescriptions ──
    long = book["prescription"]
    for place, change, outcome, text in [
        (0, {"处方天数": 27}, "violated", "病情稳定的高血压患者处方 27 天，不足 4 周"),
        (1, {"处方天数": 90}, "violated", "病情稳定的糖尿病患者处方 90 天，超过 12 周"),
        (4, {"病情是否稳定": "否"}, "violated", "病情不稳定而开 28 天"),
        (5, {"处方天数": ""}, "undetermined", "处方天数空白，无法判定"),
    ]:
        long[place].update(change)
        say(long[place], "GJ-03", outcome, text)
    proxy = [row for row in long if row["是否代开"] == "是"]
    proxy[0]["授权日期"] = proxy[0]["开具日期"] + 5 * DAY
    say(proxy[0], "GJ-03", "violated", "家属代开药的授权日期晚于处方日期")
    proxy[1].update({"代开人关系": "邻居"})
    say(proxy[1], "GJ-03", "violated", "代开人不是家属")

    # ── contracts ──
    book["contract"][1].update({"日期3": "", "方式3": "", "内容3": ""})
    say(book["contract"][1], "GJ-04", "violated", "三季度没有联络记录")
    book["contract"][8].update({f"{key}{quarter}": "" for quarter in range(1, 5) for key in ("日期", "方式", "内容")})
    say(book["contract"][8], "GJ-04", "violated", "全年没有任何联络记录")
    book["contact"][3]["方式"] = "托人带话"
    say(book["contact"][3], "GJ-04", "advice", "联络方式“托人带话”认不出，不计入联络")
    broken = book["contract"][14]
    broken["身份证号"] = broken["身份证号"][:-1] + ("1" if broken["身份证号"][-1] != "1" else "2")
    say(broken, "DQ-01", "violated", "身份证号校验位不对")

    # ── elderly, children, chronic ──
    row = book["elderly"][2]
    row["更新日期"] = dt.date(2023, 6, 2)
    say(row, "GJ-05", "violated", "台账 2023-06-02 以后没有更新，超过 92 天")
    row = book["elderly"][7]
    row["年龄"] += 6
    say(row, "GJ-05", "violated", "所填年龄与出生日期不符")
    row = book["children"][1]
    row.update({"是否纳入签约": "否", "签约日期": ""})
    say(row, "GJ-05", "violated", "0–6 岁儿童没有纳入签约")
    row = book["chronic"][0]
    row.update({"运动处方": "否", "饮食处方": "否"})
    say(row, "GJ-09", "violated", "首诊高血压患者没有运动、饮食处方")
    row = book["chronic"][6]
    row["减糖"] = "否"
    say(row, "GJ-09", "violated", "三减建议缺减糖")

    # ── vaccination ──
    weekend = "南塬县石坡镇卫生院"
    book["vaccination"] = [row for row in book["vaccination"] if row["机构名称"] != weekend or row["日期"].weekday() < 5]
    say(by_name[weekend], "GJ-08", "violated", "填报开展周末接种，但整个季度没有一个周六、周日的场次")

    # ── postings and rounds ──
    township = [row for row in book["posting"] if row["派驻层级"] == "乡级"]
    township[0]["职称"] = "住院医师"
    say(township[0], "GJX-04", "violated", "乡级派驻人员为初级职称")
    township[1].update({"派驻期月收入": township[1]["派驻前月收入"] - 600})
    say(township[1], "GJX-07", "violated", "派驻期间收入低于派出前")
    village = next(row for row in book["posting"] if row["派驻层级"] == "村级")
    village.update({"每周天数": 3})
    say(village, "GJX-04", "violated", "村级派驻每周只有 3 日")
    book["round"] = [row for row in book["round"] if row["行政村"] != "高崖村"]
    say(next(row for row in book["village"] if row["行政村"] == "高崖村"), "GJX-03", "violated", "巡诊村整个季度没有一次巡诊")
    short = [row for row in book["round"] if row["行政村"] == "石门沟村"][4]
    short["时长"] = 2
    say(short, "GJX-03", "violated", "巡诊 2 小时，不足半天，当周只算 1 次")
    row = next(row for row in book["village"] if row["行政村"] == "后岭村")
    row["覆盖方式"] = "未覆盖"
    say(row, "GJX-02", "advice", "行政村没有服务覆盖（2025 年底前为提示）")
    write_county(batch, world, book)

    # ── dispatch forms ──
    records = dispatches()
    del records["韩城市"]
    say(None, "SX-05", "violated", "韩城市没有报送 2023 年第四季度调度台账")
    xian = records["西安市"]
    xian.update({"未落实互认机构数": 3, "代开药": "机构12家，患者0人", "先诊疗后结算落实": "否", "健康教育提供": "是/否", "填报时间": dt.date(2023, 12, 6)})
    say(xian, "SX-T01", "violated", "互认共享填“是”而未落实机构数为 3")
    say(xian, "SX-T03", "violated", "代开药机构 12 家而患者 0 人")
    say(xian, "SX-T07", "violated", "先诊疗后结算填“否”，未落实机构数却为 0")
    say(xian, "SX-T09", "undetermined", "健康教育一栏留着印制的“是/否”没有填")
    say(xian, "SX-05", "violated", "12 月 6 日报送，晚于 12 月 4 日")
    records["渭南市"]["周末接种机构数"] = records["渭南市"]["分时段预约机构数"] + 4
    say(records["渭南市"], "SX-T08", "advice", "周末接种机构数多于分时段预约机构数")
    records["榆林市"]["号源开放达标"] = "否"
    say(records["榆林市"], "SX-T01", "violated", "填报没有开放 20% 号源")
    records["安康市"]["健康教育人次"] = -5
    say(records["安康市"], "SX-TX", "violated", "健康教育人次为负数")
    records["商洛市"]["上门诊疗人次"] = ""
    say(records["商洛市"], "SX-T04", "undetermined", "上门诊疗人次空白，无法判定")
    write_dispatch(batch, records, [("西安市", "xlsx"), ("咸阳市", "xls")])

    # ── register of submissions ──
    register = [row for row in submissions() if row["填报单位"] not in ("韩城市卫健委",) or row["报送类型"] != "季度台账"]
    register = [row for row in register if not (row["填报单位"] == "铜川市卫健委" and row["报送类型"] == "半年报告")]
    say(None, "SX-04", "violated", "铜川市没有报送 2023 年下半年的半年报告")
    late = next(row for row in register if row["填报单位"] == "延安市卫健委" and row["报送类型"] == "半年报告")
    late["报送日期"] = dt.date(2024, 1, 31)
    say(late, "SX-04", "advice", "半年报告 1 月 31 日报送，晚于半年结束后 30 天的默认期限")
    first = next(row for row in register if row["填报单位"] == "西安市卫健委" and row["报送类型"] == "季度台账")
    first["报送日期"] = dt.date(2023, 12, 6)
    twice = next(row for row in register if row["填报单位"] == "宝鸡市卫健委" and row["报送类型"] == "半年报告")
    register.append({**twice, "报送日期": dt.date(2024, 1, 19)})
    say(register[-1], "SX-04", "violated", "宝鸡市的半年报告报送两次")
    batch.book("陕西省报送登记.xlsx", [("报送登记", Table("基层卫生健康便民惠民材料报送登记", at.SUBMISSION, numbered(register)))])
    return batch.finish()
