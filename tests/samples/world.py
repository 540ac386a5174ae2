"""A made-up county in which everything is as the documents want it; the batches take it and put known faults in."""

import datetime as dt
import pathlib
import tomllib

from people import CHILDREN, GIVEN, Numbers, People, age_at, credit_code

ROOT = pathlib.Path(__file__).resolve().parents[2]
DAY = dt.timedelta(days=1)
TITLES = ["主治医师", "副主任医师", "主治中医师", "全科主治医师", "中医主治医师", "主任医师"]
CATEGORY = {"主治医师": "临床", "副主任医师": "临床", "主治中医师": "中医", "全科主治医师": "临床", "中医主治医师": "中医", "主任医师": "临床"}
METHODS = ["电话", "微信", "短信", "家医签约平台", "门诊随访", "入户"]


def calendar():
    """Day → whether people work on it, for the days that differ from Monday to Friday."""
    days = {}
    for file in sorted((ROOT / "rules" / "calendar").glob("*.toml")):
        year = tomllib.loads(file.read_text(encoding="utf-8"))
        days.update({day: False for day in year["days_off"]})
        days.update({day: True for day in year["workdays"]})
    return days


EXCEPTIONS = calendar()


def is_workday(day):
    return EXCEPTIONS.get(day, day.weekday() < 5)


class World:
    """One county in one quarter."""

    def __init__(self, city, county, area, start, end, seed, lifted=True, village_type="村卫生室", centre="社区卫生服务中心"):
        self.city, self.county, self.area, self.start, self.end = city, county, area, start, end
        self.people, self.numbers = People(area, seed), Numbers(seed + 77)
        self.lifted, self.centre = lifted, centre
        self.year = start.year
        self.institutions, self.villages = [], []
        self.chinese_year = f"{start.year}年"

    # ── institutions ──

    def add_institution(self, name, kind, **more):
        order = len(self.institutions) + 1
        row = {
            "市": self.city, "县区": self.county, "机构名称": name, "机构编码": f"{self.area}{order:04d}",
            "统一社会信用代码": credit_code(order + int(self.area[-2:]) * 10, self.area), "机构类型": kind,
            "是否脱贫县": "是" if self.lifted else "否", "是否城市": "城市" if kind == "社区卫生服务中心" else "农村",
            "是否牵头医院": "否", "有无急诊": "无", "年门急诊人次": 21000 + 900 * order, "延时小时": "", "周末节假日门诊": "",
            "延时补偿": "", "巡诊车需求": "否", "巡诊车配备": "否",
        }
        if kind in ("社区卫生服务中心", "乡镇卫生院"):
            row.update({
                "先诊疗后结算": "是", "付费渠道": "现金、微信支付、医保卡", "一人一诊室": "是", "就诊指南标识": "√", "轮椅座椅": "有",
                "流动洗手水": "有", "洗手液皂": "有", "无异味": "是", "健康宣传": "是", "老年人友好岗位": "已设置", "接种门诊": "有",
                "分时段预约": "是", "周末接种": "是", "长期处方开展": "是", "巡诊药品设备": "已配备",
            })
        if kind == "社区卫生服务中心":
            row.update({"年门急诊人次": 62000, "延时小时": 2, "周末节假日门诊": "是", "延时补偿": "轮休"})
        if kind == "乡镇卫生院":
            row.update({"有无急诊": "有", "延时小时": "", "周末节假日门诊": "是"})
        if kind == "村卫生室":
            row.update({"年门急诊人次": 2100 + 37 * order, "医保定点日期": dt.date(2022, 5, 1 + order % 20), "医保结算日期": dt.date(2022, 6, 1 + order % 20)})
        row.update(more)
        self.institutions.append(row)
        return row

    def served(self):
        """The institutions that owe the services: community centres and township hospitals."""
        return [row for row in self.institutions if row["机构类型"] in ("社区卫生服务中心", "乡镇卫生院")]

    def base(self, institution):
        return {"市": self.city, "县区": self.county, "机构名称": institution["机构名称"], "机构类型": institution["机构类型"]}

    # ── days ──

    def weeks(self):
        """The workdays of each week that lies wholly in the quarter."""
        monday = self.start + DAY * ((7 - self.start.weekday()) % 7)
        while monday + 6 * DAY <= self.end:
            yield [day for day in (monday + DAY * step for step in range(7)) if is_workday(day)]
            monday += 7 * DAY

    # ── ledgers ──

    def duty(self):
        rows = []
        for order, institution in enumerate(self.served()):
            doctors = [(self.people.name(), TITLES[(order + step) % len(TITLES)]) for step in range(2)]
            for number, days in enumerate(self.weeks()):
                chosen = days if len(days) <= 3 else [days[0], days[len(days) // 2], days[-1]]
                for place, day in enumerate(chosen):
                    name, title = doctors[(number + place) % 2]
                    rows.append({**self.base(institution), "值守日期": day, "医师姓名": name, "职称": title, "专业类别": CATEGORY[title], "值守方式": "现场"})
        return rows

    def prescriptions(self):
        rows = []
        for institution in self.served():
            for step, (disease, days) in enumerate([("高血压", 28), ("2型糖尿病", 56), ("高血压", 84), ("糖尿病", 30)]):
                person = self.people.person(1938 if step == 2 else 1950 + self.numbers.below(12))
                day = self.start + DAY * (10 + self.numbers.below(60))
                row = {**self.base(institution), **person, "病种": disease, "病情是否稳定": "是", "开具日期": day, "处方天数": days,
                       "药品名称": "苯磺酸氨氯地平片" if disease == "高血压" else "盐酸二甲双胍片", "是否签约": "是", "是否代开": "否",
                       "代开原因": "", "代开人关系": "", "授权日期": ""}
                if step == 2:
                    row.update({"是否代开": "是", "代开原因": "高龄", "代开人关系": "儿子", "授权日期": day - 20 * DAY})
                rows.append(row)
        return rows

    def contracts(self):
        rows = []
        groups = ["一般人群", "高血压患者", "65岁及以上老年人、高血压患者", "2型糖尿病患者", "65岁及以上老年人", "0-6岁儿童", "一般人群", "残疾人"]
        for institution in self.served():
            for step, group in enumerate(groups):
                born = {2: 1948, 4: 1953, 5: 2019}.get(step, 1962 + self.numbers.below(25))
                person = self.people.person(born, CHILDREN if step == 5 else GIVEN)
                row = {"市": self.city, "县区": self.county, **person, "签约机构": institution["机构名称"], "签约团队": f"{institution['机构名称'][-7:-3]}第{1 + step % 2}团队",
                       "签约日期": dt.date(self.year, 1, 3 + step), "到期日期": dt.date(self.year, 12, 31), "重点人群类别": group,
                       "是否行动不便": "否", "是否需要上门服务": "否"}
                for quarter in range(4):
                    row[f"日期{quarter + 1}"] = dt.date(self.year, 3 * quarter + 2, 2 + self.numbers.below(24))
                    row[f"方式{quarter + 1}"] = METHODS[self.numbers.below(len(METHODS))]
                    row[f"内容{quarter + 1}"] = "年度健康体检" if quarter == 1 and "65岁" in group else "慢病随访" if "患者" in group else "健康咨询"
                if step == 7:
                    row.update({"是否行动不便": "是", "是否需要上门服务": "是"})
                rows.append(row)
        return rows

    def contacts(self, contracts):
        """Contacts of the quarter beside those on the contract ledger."""
        return [
            {"机构名称": row["签约机构"], "姓名": row["姓名"], "身份证号": row["身份证号"], "日期": self.start + DAY * (20 + 5 * step), "方式": METHODS[step % 4],
             "内容": "用药与复诊提醒", "服务人员": self.people.name()}
            for step, row in enumerate(row for row in contracts if "高血压" in row["重点人群类别"])
        ]

    def visits(self, contracts):
        kinds = ["诊疗", "护理", "康复", "健康指导"]
        return [
            {"机构名称": row["签约机构"], "姓名": row["姓名"], "身份证号": row["身份证号"], "日期": self.start + DAY * (12 + 9 * step),
             "服务种类": kinds[step % len(kinds)], "服务人员": self.people.name()}
            for step, row in enumerate(row for row in contracts if row["是否需要上门服务"] == "是")
        ]

    def elderly(self):
        rows = []
        for institution in self.served():
            for step in range(5):
                person = self.people.person(1936 + self.numbers.below(20))
                rows.append({**self.base(institution), **person, "年龄": age_at(person["出生日期"], self.end), "建档日期": dt.date(self.year - 6, 3, 4 + step),
                             "更新日期": self.end - DAY * (10 + self.numbers.below(70)), "健康管理日期": dt.date(self.year, 4 + step, 12),
                             "生活方式评估": "√", "体格检查": "√", "辅助检查": "√", "健康指导": "√", "体质辨识": "√", "中医药保健指导": "√"})
        return rows

    def children(self):
        rows = []
        for institution in self.served():
            for step in range(4):
                person = self.people.person(self.year - 1 - step, CHILDREN)
                rows.append({**self.base(institution), **person, "监护人": self.people.name(), "是否纳入签约": "是",
                             "签约日期": dt.date(self.year, 1, 6 + step)})
        return rows

    def chronic(self):
        rows = []
        for institution in self.served():
            for step, disease in enumerate(["高血压", "2型糖尿病", "高脂血症", "肺结核", "精神分裂症"]):
                person = self.people.person(1951 + self.numbers.below(25))
                early = step < 3
                row = {**self.base(institution), **person, "病种": disease, "确诊日期": dt.date(self.year if early else self.year - 3, 2, 6 + step),
                       "是否首诊或初期": "是" if early else "否", "运动处方": "是" if early else "", "饮食处方": "是" if early else "",
                       "是否吸烟": "否" if step else "是", "是否饮酒": "否", "戒烟": "" if step else "是", "限酒": "",
                       "减油": "是" if early else "", "减盐": "是" if early else "", "减糖": "是" if early else "", "建档": "是",
                       "评估": "是", "干预": "是", "随访": "是", "监测": "是", "是否签约": "是"}
                for quarter in range(4):
                    row[f"随访{quarter + 1}"] = dt.date(self.year, 3 * quarter + 3, 3 + self.numbers.below(24))
                rows.append(row)
        return rows

    def vaccinations(self):
        rows = []
        for institution in self.served():
            for days in self.weeks():
                monday = days[0] - DAY * days[0].weekday()
                for step, (slot, count) in enumerate([("8:30-9:30", 30), ("9:30-10:30", 30)]):
                    for weekday in (2, 5):
                        day = monday + DAY * weekday
                        if weekday == 2 and not is_workday(day):
                            continue
                        rows.append({**self.base(institution), "日期": day, "时段": slot, "预约号数": count, "接种人数": 17 + self.numbers.below(12) - step})
        return rows

    def slots(self, hospital, total=48600, opened=10260):
        return [{"市": self.city, "县区": self.county, "医院名称": hospital["机构名称"], "机构编码": hospital["机构编码"], "医院级别": "二级甲等", "是否牵头医院": "是",
                 "门诊号源总数": total, "向基层开放号源数": opened, "开放比例": f"{round(opened * 100 / total)}%", "预约转诊人次": 1286,
                 "检查检验互认": "是", "未互认机构数": 0}]

    # ── villages ──

    def add_village(self, township, name, residents, way, clinic=True, **more):
        row = {"市": self.city, "县区": self.county, "乡镇街道": township, "行政村": name, "类型": "行政村", "常住人口": residents, "是否偏远": "否",
               "有无固定村医": "有" if way == "固定村医" else "无", "村医人数": -(-residents // 1000) if way == "固定村医" else 0,
               "有无机构": "有" if clinic else "无", "覆盖方式": way, "约定巡诊频次": ""}
        row.update(more)
        self.villages.append(row)
        return row

    def rounds(self):
        rows = []
        for order, village in enumerate(row for row in self.villages if row["覆盖方式"] == "巡诊"):
            team = f"{self.people.name()}（临床）、{self.people.name()}（中医）、{self.people.name()}（护士）"
            for days in self.weeks():
                for step, day in enumerate([days[min(1, len(days) - 1) if len(days) > 2 else 0], days[-1]]):
                    rows.append({"市": self.city, "县区": self.county, "乡镇街道": village["乡镇街道"], "行政村": village["行政村"], "日期": day,
                                 "上下午": "上午" if (step + order) % 2 else "下午", "时长": 3.5, "团队成员": team, "团队构成": "临床、中医、护士、公卫、辅助",
                                 "人员合格": "是", "承担机构": f"{self.county}{village['乡镇街道']}卫生院",
                                 "工作内容": "常见病多发病诊疗、基本公共卫生服务、家庭医生签约", "服务人次": 11 + self.numbers.below(15)})
        return rows

    def postings(self, hospital):
        rows = []
        for step, institution in enumerate(row for row in self.served() if row["机构类型"] == "乡镇卫生院"):
            person = self.people.person(1979 + step)
            rows.append({"市": self.city, "县区": self.county, **person, "派出机构": hospital["机构名称"], "派出机构类型": "县级医院", "派驻层级": "乡级",
                         "派驻单位": institution["机构名称"], "行政村": "", "职称": ["主治医师", "主管护师", "副主任医师"][step % 3],
                         "专业类别": ["临床", "护理", "临床"][step % 3], "开始日期": dt.date(self.year, 2, 6), "结束日期": "在驻", "每周天数": 5, "每日时长": 7,
                         "工作内容": "常见病诊疗、基本公共卫生服务、家庭医生签约、业务培训、带教", "派驻前月收入": 6800 + 210 * step,
                         "派驻期月收入": 7100 + 210 * step, "包干村": "", "包干村数": "", "药品设备配备": "是"})
        for step, village in enumerate(row for row in self.villages if row["覆盖方式"] == "派驻"):
            person = self.people.person(1986 + step)
            rows.append({"市": self.city, "县区": self.county, **person, "派出机构": f"{self.county}{village['乡镇街道']}卫生院", "派出机构类型": "乡镇卫生院",
                         "派驻层级": "村级", "派驻单位": f"{village['行政村']}卫生室", "行政村": village["行政村"], "职称": "执业助理医师", "专业类别": "临床",
                         "开始日期": dt.date(self.year, 3, 1), "结束日期": "在驻", "每周天数": 5, "每日时长": 6,
                         "工作内容": "常见病多发病诊疗、基本公共卫生服务、家庭医生签约", "派驻前月收入": 4600, "派驻期月收入": 4900,
                         "包干村": "", "包干村数": 0, "药品设备配备": "是"})
        return rows

    def attendance(self, postings):
        rows = []
        for posting in postings:
            if posting["派驻层级"] != "村级":
                continue
            day = self.start
            while day <= self.end:
                if is_workday(day):
                    rows.append({"姓名": posting["姓名"], "身份证号": posting["身份证号"], "行政村": posting["行政村"], "派驻层级": "村级", "日期": day, "上下午": "全天", "时长": 6})
                day += DAY
        return rows
