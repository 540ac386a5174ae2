"""Jimo, 2017: the health ledgers of the registered poor, clean and with known faults (a pack of the past)."""

import datetime as dt

import layouts as at
from batch import Batch, numbered
from county import above
from people import People
from sheets import Table

HEAD = above("即墨市卫生和计划生育局", "2018年1月10日", "2017年")
ITEMS = "肿瘤标志物、腹部B超、心电图、血常规、尿常规、肝功能、肾功能、血糖、血脂、胸片"
INSTITUTION = [("序号", "序号"), ("机构名称", "机构名称"), ("机构类别", "机构类型"), ("镇街", "乡镇街道"), ("国医馆或中医综合诊疗区", "国医馆"), ("能否提供中医药服务", "中医药服务"), ("是否薄弱镇街卫生院", "薄弱镇街卫生院"), ("是否对口帮扶", "对口帮扶"), ("帮扶医院", "帮扶医院"),
               ("对口帮扶医院级别", "帮扶医院级别"), ("全科培训", "全科培训"), ("乡村医生培训", "乡村医生培训"), ("签约服务试点", "签约服务试点")]
VILLAGE = [("镇街", "乡镇街道"), ("行政村", "行政村"), ("常住人口", "常住人口"), ("有无村卫生室", "有无机构"), ("有无固定村医", "有无固定村医"), ("是否薄弱镇", "薄弱镇"), ("是否薄弱村", "薄弱村"), ("是否贫困村", "贫困村"), ("能否提供中医药服务", "中医药服务")]
SUBMISSION = [("序号", "序号"), ("单位名称", "填报单位"), ("工作类型", "报送类型"), ("所属期", "所属期"), ("开展日期", "报送日期"), ("发现问题", "存在问题"), ("是否整改", "整改")]


def ledgers(seed):
    people = People("370298", seed)
    hospitals = [("东关镇中心卫生院", "东关镇"), ("西岭镇卫生院", "西岭镇"), ("海滨街道卫生院", "海滨街道")]
    institutions = [{"机构名称": name, "机构类型": "乡镇卫生院", "乡镇街道": town, "国医馆": "已建", "中医药服务": "能", "薄弱镇街卫生院": "是" if town == "西岭镇" else "否", "对口帮扶": "是", "帮扶医院": "即墨市人民医院", "帮扶医院级别": "二级甲等",
                     "全科培训": "是", "乡村医生培训": "是", "签约服务试点": "是"} for name, town in hospitals]
    villages = []
    for town, names in (("东关镇", ["东大村", "前岭村"]), ("西岭镇", ["西沟村", "柳林村", "上泊村"]), ("海滨街道", ["海前村"])):
        for name in names:
            institutions.append({"机构名称": f"{name}卫生室", "机构类型": "村卫生室", "乡镇街道": town, "中医药服务": "能"})
            villages.append({"乡镇街道": town, "行政村": name, "常住人口": 700 + 90 * len(villages), "有无机构": "有", "有无固定村医": "有", "薄弱镇": "是" if town == "西岭镇" else "否", "薄弱村": "是" if name in ("西沟村", "上泊村") else "否",
                             "贫困村": "是" if name in ("前岭村", "柳林村") else "否", "中医药服务": "能"})
    poor = []
    for step in range(10):
        village, person = villages[step % len(villages)], people.person(1938 + 3 * step)
        admitted = step % 4 == 1
        poor.append({"乡镇街道": village["乡镇街道"], "行政村": village["行政村"], **person, "是否患病": "是", "患病病种": ["高血压", "2型糖尿病", "高血压、冠心病", "慢阻肺", "脑卒中"][step % 5], "免费服药": "是", "诊疗费减免": "已减免",
                     "使用中药": "是" if step % 3 == 0 else "否", "中药代煎": "是" if step % 3 == 0 else "", "先治疗后结算": "是", "低保": "是" if admitted else "否", "是否住院": "是" if admitted else "否", "住院押金": 2000 if admitted else "", "押金减免额": 1600 if admitted else "",
                     **{name: "√" for name in ("定点医院", "家庭医生", "承诺书", "健康卡", "健康档案", "健康查体", "健康会诊", "明白纸")}, "纳入老年人查体": "是" if step < 6 else "否", "查体项目": ITEMS if step < 6 else "", "是否残疾": "是" if step == 4 else "否",
                     "康复处方": "已出具" if step == 4 else "", "优先康复": "是" if step == 4 else ""})
    events = [{"乡镇街道": row["乡镇街道"], "行政村": row["行政村"], "日期": dt.date(2017, 4 + step, 12 + step), "承办医院": ["即墨市人民医院", "即墨市中医医院"][step % 2], "医院级别": "二级", "活动类型": "义诊和巡回医疗", "是否免费": "免费", "服务人次": 64 + 7 * step}
              for step, row in enumerate(row for row in villages if row["薄弱村"] == "是" or row["贫困村"] == "是")]
    work = []
    for name, _ in hospitals:
        work += [{"填报单位": name, "报送类型": "季度调度", "所属期": f"2017年第{'一二三四'[quarter]}季度", "报送日期": dt.date(2017, 3 * quarter + 3, 20), "存在问题": "无", "整改": ""} for quarter in range(4)]
        work += [{"填报单位": name, "报送类型": "半年督导", "所属期": f"2017年{half}半年", "报送日期": dt.date(2017, month, 22), "存在问题": "慢病档案更新不及时", "整改": "已整改"} for half, month in (("上", 6), ("下", 12))]
        work.append({"填报单位": name, "报送类型": "年度考核", "所属期": "2017年", "报送日期": dt.date(2017, 12, 27), "存在问题": "无", "整改": ""})
    return {"institution": numbered(institutions), "village": villages, "poor": poor, "event": events, "work": numbered(work)}


def write(batch, book):
    batch.book("即墨市农村医疗卫生机构台账2017年.xlsx", [("机构", Table("即墨市农村医疗卫生机构名册（2017年）", INSTITUTION, book["institution"], HEAD)), ("行政村", Table("即墨市行政村台账（2017年）", VILLAGE, book["village"], HEAD, total={"常住人口"}))])
    batch.book("即墨市贫困人口健康扶贫台账2017年.xls", [("健康扶贫", Table("即墨市建档立卡贫困人口健康扶贫台账（2017年）", at.POOR, book["poor"], HEAD))], kind="xls")
    batch.csv("即墨市义诊及巡回医疗记录2017年.csv", Table("", at.EVENT, book["event"]))
    batch.book("即墨市调度督导考核登记2017年.xlsx", [("登记", Table("即墨市健康扶贫季度调度、半年督导、年度考核登记（2017年）", SUBMISSION, book["work"], above("即墨市卫生和计划生育局", "2018年1月10日")))])


def clean(out):
    batch = Batch(out, "clean-jimo-2017", "即墨（历史规则包）无问题的一套台账", "Jimo (a pack of the past), nothing wrong", "2018-01-15")
    write(batch, ledgers(41))
    return batch.finish()


def faulty(out):
    batch = Batch(out, "jimo-2017", "即墨 2017 年健康扶贫台账，有清楚的错误", "Jimo, 2017: health ledgers of the registered poor, with known faults", "2018-01-15")
    book, say = ledgers(37), batch.fault
    for place, change, measure, text in [
        (0, {"免费服药": "否"}, "JM-01", "高血压患者没有免费服药"), (1, {"押金减免额": 1200}, "JM-01", "低保家庭成员住院押金减免 60%，低于 80%"), (3, {"中药代煎": "否"}, "JM-01", "使用中药而没有免费代煎"),
        (2, {"承诺书": "", "明白纸": "×"}, "JM-03", "八个一缺承诺书、明白纸"), (5, {"查体项目": "腹部B超、心电图、血常规、尿常规、血糖、血脂"}, "JM-04", "免费查体只有 6 项，且缺肿瘤标志物"), (4, {"康复处方": "未出具"}, "JM-04", "贫困残疾人没有康复处方"),
    ]:
        book["poor"][place].update(change)
        say(book["poor"][place], measure, "violated", text)
    gone = next(row for row in book["village"] if row["行政村"] == "上泊村")
    book["event"] = [row for row in book["event"] if row["行政村"] != "上泊村"]
    say(gone, "JM-02", "violated", "薄弱村全年没有一次义诊")
    first = book["event"][0]
    first.update({"承办医院": "东关镇中心卫生院", "医院级别": "一级"})
    say(next(row for row in book["village"] if row["行政村"] == first["行政村"]), "JM-02", "violated", "贫困村的义诊由一级机构承办，不算")
    row = book["institution"][1]
    row["国医馆"] = "未建"
    say(row, "JM-05", "not_yet_due", "镇卫生院没有国医馆，期限是 2018 年底，未到期")
    row["对口帮扶"] = "否"
    say(row, "JM-06", "violated", "薄弱镇街卫生院没有二级及以上医院对口帮扶")
    dropped = next(row for row in book["work"] if row["填报单位"] == "海滨街道卫生院" and row["所属期"] == "2017年第三季度")
    book["work"].remove(dropped)
    say(next(row for row in book["institution"] if row["机构名称"] == "海滨街道卫生院"), "JM-07", "violated", "第三季度没有调度")
    open_ = next(row for row in book["work"] if row["报送类型"] == "半年督导")
    open_["整改"] = "未整改"
    say(open_, "JM-07", "violated", "督导发现的问题没有整改")
    numbered(book["work"])
    write(batch, book)
    return batch.finish()
