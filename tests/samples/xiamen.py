"""Xiamen, 2024: the ledgers of a made-up district, clean and with known faults."""

import datetime as dt

import layouts as at
from batch import Batch, numbered
from county import above
from sheets import Table
from world import DAY, World

HEAD = above("厦门市鹭东区卫生健康局", "2025年1月8日", "2024年")
YES = {
    "医联体": ["医联体共建", "医联体考核", "驻点巡诊", "专家派驻", "远程会诊", "共享病房"], "公共卫生": ["公卫科室标准化", "分级分流机制", "应急队伍", "重点人群疫苗接种"],
    "中医药": ["中医特色科室", "中医馆", "共享中药房", "中医适宜技术培训"], "信息化": ["电子病历互通", "体检档案互通", "健康档案互通", "检查检验互认", "远程影像", "远程心电", "互联网复诊", "双向转诊"],
    "医保药械": ["用药目录衔接", "药价保监管", "药械集采", "优先采购中选产品", "集采结余留用", "同城同价"], "人才队伍": ["全科转岗培训", "全科考核", "全科进修", "药师继续教育", "岗位练兵", "两个允许", "绩效工资核定"],
    "养老": ["与养老机构协作", "老年友善机构"],
}
HEADS = {"医联体考核": "医联体纳入考核", "公卫科室标准化": "公共卫生科室标准化", "检查检验互认": "检查检验结果互认", "互联网复诊": "互联网复诊", "老年友善机构": "老年友善医疗机构", "药价保监管": "药、价、保监管制度"}
MORE = [((group, HEADS.get(field, field)), field) for group, fields in YES.items() for field in fields] + [
    ("优势专科数", "优势专科数"), ("是否开展静脉输液", "静脉输液"), ("静脉输液是否授权", "静脉输液授权"), ("传染病培训次数", "培训次数"), ("健康讲座次数", "健康宣传次数"), ("已配设备", "设备"), ("核定编制数", "编制数"), ("实有在编人数", "实有人数"), ("是否使用周转编制", "周转编制"),
    ("乡村一体化管理", "一体化管理"), ("基本药物零差率", "基药零差率"), ("是否执行一般诊疗费", "一般诊疗费"), ("中医非药物治疗资质", "中医非药物资质"), ("医保视频监控", "视频监控"), ("药品统筹调配", "药品统筹调配"), ("医保基金第一责任人", "医保基金第一责任人")]


def district(seed):
    world = World("厦门市", "鹭东区", "350298", dt.date(2024, 1, 1), dt.date(2024, 12, 31), seed, lifted=False)
    every = {field: "是" for fields in YES.values() for field in fields}
    every.update({"优势专科数": 2, "静脉输液": "是", "静脉输液授权": "是", "培训次数": 3, "设备": "除颤仪、简易肺功能仪、供氧、中医诊疗设备、无创呼吸机、CT、急救车", "编制数": 62, "实有人数": 60, "周转编制": "否", "健康宣传次数": 12})
    world.add_institution("鹭东区海湾社区卫生服务中心", "社区卫生服务中心", **every)
    world.add_institution("鹭东区榕溪街道社区卫生服务中心", "社区卫生服务中心", **every)
    world.add_institution("鹭东区莲洲镇卫生院", "乡镇卫生院", **every)
    for village in ("东坑村", "山前村", "下潭村"):
        world.add_institution(f"鹭东区{village}卫生室", "村卫生室", 一体化管理="是", 基药零差率="是", 一般诊疗费="是", 中医非药物资质="有", 视频监控="已安装", 药品统筹调配="是", 医保基金第一责任人="已明确",
                              用药目录衔接="是", 药价保监管="已建立", 培训次数=2, 健康宣传="是", 静脉输液="否", 健康宣传次数=4)
    for place, (village, residents) in enumerate((("东坑村", 1900), ("山前村", 2100), ("下潭村", 960))):
        world.add_village("莲洲镇", village, residents, "固定村医", 村医月工资=6200 + 50 * place, 所在区编外人员工资标准=6000, 医疗责任保险年度="2024年", 养老保障="是", 公共卫生委员会="已设立", 人员="已落实", 经费="已落实", 场地="已落实",
                          委员会绩效考核="是", 与基层机构联系机制="已建立")
    return world


VILLAGE = at.VILLAGE[:-1] + [("村医月工资（元）", "村医月工资"), ("编外人员工资标准（元）", "所在区编外人员工资标准"), ("医疗责任保险年度", "医疗责任保险年度"), ("养老保险", "养老保障"), (("公共卫生委员会", "是否设立公共卫生委员会"), "公共卫生委员会"), (("公共卫生委员会", "人员落实"), "人员"),
           (("公共卫生委员会", "经费落实"), "经费"), (("公共卫生委员会", "场地落实"), "场地"), (("公共卫生委员会", "绩效考核"), "委员会绩效考核"), (("公共卫生委员会", "与基层机构联系机制"), "与基层机构联系机制")]


def ledgers(world):
    clinics = [row for row in world.institutions if row["机构类型"] == "村卫生室"]
    served = world.served()
    stock = [{"机构名称": row["机构名称"], "药品名称": name, "规格": "10mg×28", "批号": f"24{step + 4:02d}{place:02d}", "有效期至": dt.date(2026, 5 + step, 30), "库存": 20 + step, "是否常用清单": "是", "国家基药": basic, "医保目录": "乙类",
              "统一采购": "是", "统一目录": "是", "代售": "否", "调配来源": "莲洲镇卫生院"} for place, row in enumerate(clinics) for step, (name, basic) in enumerate((("瑞舒伐他汀钙片", "是"), ("沙格列汀片", "否"), ("阿卡波糖片", "是")))]
    charges = [{"机构名称": row["机构名称"], "日期": dt.date(2024, 9, 3 + 5 * step), "流水号": f"{place}{step:03d}", "项目": item, "金额": amount, "是否医保结算": "是", "中医类别": kind, "资质": "有" if kind == "针灸" else "", "视频监控": "已安装" if kind == "针灸" else ""}
               for place, row in enumerate(clinics) for step, (item, amount, kind) in enumerate((("一般诊疗费", 10, "非中医"), ("中药饮片费", 46.5, "中药饮片"), ("普通针刺", 24, "针灸")))]
    benefits = []
    for year, per_head in ((2023, 210), (2024, 230)):
        for level, share, threshold in (("基层", "70%", ""), ("一级", "65%", 200), ("二级", "55%", 400), ("三级", "50%", 800), ("村卫生室", "70%", "")):
            primary = level in ("基层", "一级", "村卫生室")
            benefits.append({"统筹区": "厦门市", "年度": f"{year}年", "险种人群": "城乡居民", "机构级别": level, "门诊报销比例": share, "住院起付标准": threshold, "基药门诊起付标准": 0 if primary else 300, "村卫生室人头标准": per_head if level == "村卫生室" else "",
                             "结余留用": "是", "总额向基层倾斜": "是"})
    appraisal = [{"单位": row["机构名称"], "年度": "2024年", **{name: "是" for name in ("就诊率", "合理转诊", "费用控制", "成本控制", "收入结构", "运行绩效", "社会满意度", "财政补助挂钩", "医保支付挂钩", "薪酬总额挂钩", "负责人薪酬挂钩", "奖励", "按服务结果拨付",
                  "社会力量准入考核退出制度", "人才库", "编制统筹", "医联体纳入考核", "药价保监管", "两个允许", "绩效工资核定")}, "预算数": 320 + 10 * step, "到位数": 320 + 10 * step, "服务能力标准": ["推荐标准", "基本标准"][step % 2]} for step, row in enumerate(served)]
    recruit = [{"单位": row["机构名称"], "岗位": post, "年度": "2024年", "专业类别": kind, "是否急需紧缺": urgent, "招聘人数": 2, "报名人数": applicants, "是否开考": "是", "招录人数": 2, "首注专业": first}
               for row in served for post, kind, urgent, applicants, first in (("全科医师", "临床", "是", 4, "全科医学"), ("护士", "护理", "否", 9, ""))]
    plans = [{"项目": name, "乡镇街道": town, "常住人口": residents, "服务能力人口": able, "同步规划": "是", "同步建设": "是", "同步投用": "是", "步行分钟": minutes, "建筑面积": area, "资源不足区域": short, "是否新建": "新建", "增设安排": "已安排"}
             for name, town, residents, able, minutes, area, short in (("海湾一里居住区", "海湾街道", 52000, 60000, 8, 4200, "否"), ("榕溪新城", "榕溪街道", 88000, 70000, 12, 10800, "是"), ("莲洲安置房", "莲洲镇", 31000, 35000, 15, 3600, "否"))]
    beds = []
    for step, row in enumerate(served):
        person = world.people.person(1940 + step)
        beds.append({**world.base(row), **person, "病种": "脑梗死后遗症", "诊断明确": "是", "病情稳定": "是", "符合住院条件": "是", "适合居家": "是", "需定期上门": "是", "失能情况": "长期卧床", "近两年诊疗记录日期": dt.date(2024, 2, 3 + step), "诊疗医院级别": "三级",
                     "建床日期": dt.date(2024, 5, 6 + step), "撤床日期": dt.date(2024, 9, 6 + step), "医联体专家巡诊会诊": "是"})
    return {"institution": numbered(world.institutions), "village": world.villages, "stock": stock, "charge": charges, "benefit": benefits, "appraisal": appraisal, "recruit": recruit, "plan": plans, "bed": beds,
            "contract": numbered([{**row, "团队专科医生": "有"} for row in world.contracts()]), "chronic": world.chronic()}


def write(batch, book):
    columns = at.INSTITUTION[:-1] + MORE + at.INSTITUTION[-1:]
    batch.book("鹭东区基层医疗卫生机构台账2024年.xlsx", [("机构台账", Table("鹭东区基层医疗卫生机构名册及便民服务台账（2024年）", columns, book["institution"], HEAD))])
    batch.book("鹭东区村居及村卫生室台账2024年.xlsx", [
        ("行政村", Table("鹭东区行政村台账（2024年）", VILLAGE, book["village"], HEAD, total={"常住人口", "村医人数"})),
        ("村卫生室药品", Table("鹭东区村卫生室药品库存台账（2024年）", at.STOCK, book["stock"], HEAD)),
        ("收费明细", Table("鹭东区村卫生室收费明细（2024年）", at.CHARGE, book["charge"], HEAD))])
    batch.csv("厦门市医保待遇标准.csv", Table("", at.BENEFIT, book["benefit"]))
    batch.book("鹭东区考核招聘建设台账2024年.xls", [
        ("考核及财政保障", Table("鹭东区考核及财政保障台账（2024年）", at.APPRAISAL, book["appraisal"], HEAD)), ("招聘", Table("鹭东区基层医疗卫生机构招聘台账（2024年）", at.RECRUIT, book["recruit"], HEAD)),
        ("居住区及机构建设", Table("鹭东区居住区及机构建设台账（2024年）", at.PLAN, book["plan"], HEAD))], kind="xls")
    batch.book("鹭东区签约慢病及家庭病床台账2024年.xlsx", [
        ("签约居民", Table("鹭东区家庭医生签约服务台账（2024年度）", at.CONTRACT[:8] + [("团队有无专科医生", "团队专科医生")] + at.CONTRACT[8:], book["contract"], HEAD)), ("慢病管理", Table("鹭东区慢性病患者管理台账（2024年度）", at.CHRONIC, book["chronic"], HEAD)),
        ("家庭病床", Table("鹭东区家庭病床台账（2024年）", at.BED, book["bed"], HEAD))])


def clean(out):
    batch = Batch(out, "clean-xiamen-2024", "厦门无问题的一套台账", "Xiamen, nothing wrong", "2025-01-15")
    write(batch, ledgers(district(29)))
    return batch.finish()


def faulty(out):
    batch = Batch(out, "xiamen-2024", "厦门 2024 年：一个区的台账，有清楚的错误", "Xiamen, 2024: one district, with known faults", "2025-01-15")
    book, say = ledgers(district(23)), batch.fault

    def spoil(kind, place, change, measure, outcome, text):
        book[kind][place].update(change)
        say(book[kind][place], measure, outcome, text)

    spoil("institution", 0, {"设备": "除颤仪、供氧、中医诊疗设备、无创呼吸机、CT、急救车"}, "XM-08", "violated", "缺必备设备：简易肺功能仪")
    spoil("institution", 0, {"优势专科数": 3}, "XM-04", "advice", "优势专科 3 个，超过 2 个")
    spoil("institution", 1, {"实有人数": 66}, "XM-18", "violated", "实有 66 人，超过编制 62 名而没有使用周转编制")
    spoil("institution", 1, {"静脉输液授权": "否"}, "XM-04", "violated", "开展静脉输液而没有上级医院指导或授权")
    spoil("institution", 2, {"互联网复诊": "否"}, "XM-24", "violated", "远程医疗五项缺互联网复诊")
    spoil("institution", 2, {"培训次数": 0}, "XM-07", "violated", "全年没有接受传染病、突发公卫事件培训")
    spoil("institution", 3, {"一般诊疗费": "否"}, "XM-16", "violated", "一体化管理且零差率的村卫生室没有执行一般诊疗费")
    spoil("village", 0, {"村医人数": 1}, "XM-20", "violated", "1900 人 1 名村医，缺 1 名")
    spoil("village", 1, {"村医月工资": 5200}, "XM-20", "violated", "村医工资低于区编外人员标准")
    spoil("village", 2, {"医疗责任保险年度": "2023年"}, "XM-20", "violated", "没有购买 2024 年医疗责任保险")
    spoil("village", 2, {"经费": "未落实"}, "XM-28", "violated", "公共卫生委员会经费没有落实")
    spoil("stock", 1, {"医保目录": "目录外"}, "XM-09", "violated", "目录外药品不在医保药品目录内")
    spoil("charge", 2, {"视频监控": "未安装"}, "XM-14", "violated", "没有医保视频监控而中医非药物治疗已医保结算")
    book["charge"].append({**book["charge"][0], "流水号": "0009", "项目": "注射费", "金额": 3})
    say(book["charge"][-1], "XM-16", "violated", "执行一般诊疗费又单收注射费")
    spoil("benefit", 5, {"门诊报销比例": "55%"}, "XM-12", "violated", "2024 年基层门诊报销比例没有高于二级")
    spoil("benefit", 9, {"村卫生室人头标准": 200}, "XM-13", "violated", "村卫生室人头标准比上年降低")
    spoil("appraisal", 0, {"到位数": 290}, "XM-27", "violated", "到位数少于预算数")
    spoil("appraisal", 1, {"收入结构": "否"}, "XM-30", "violated", "七项考核指标缺收入结构")
    spoil("recruit", 1, {"报名人数": 5}, "XM-21", "violated", "非急需紧缺岗位报名不足 1:3 而开考")
    spoil("recruit", 2, {"首注专业": "内科"}, "XM-19", "advice", "新招录临床人员首注不是全科")
    spoil("plan", 1, {"增设安排": "未安排"}, "XM-01", "violated", "常住人口超服务能力而没有增设或扩建安排")
    spoil("plan", 2, {"步行分钟": 22}, "XM-01", "violated", "到最近机构步行 22 分钟")
    spoil("chronic", 3, {"干预": "否"}, "XM-07", "violated", "慢病五环节缺干预")
    spoil("bed", 0, {"医联体专家巡诊会诊": "否"}, "XM-11", "violated", "家庭病床没有医联体专家巡诊会诊")
    write(batch, book)
    return batch.finish()
