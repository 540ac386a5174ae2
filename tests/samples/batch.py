"""A folder of ledgers, and the faults that were put into it with the places where they stand."""

import json
import pathlib

import openpyxl
import tomllib
from openpyxl.styles import Alignment, Border, Font, Side

import layouts
import sheets
from world import ROOT

FORM = tomllib.loads((ROOT / "rules" / "ledgers" / "quarterly-dispatch.toml").read_text(encoding="utf-8"))["form"]
# What each block is about, in our own words; the printed form has a longer text here.
ABOUT = ["牵头医院号源向基层开放", "基层有中高级职称医师坐诊", "两慢病长处方与家属代开药", "家庭医生联系签约居民", "老年人与儿童健康管理",
         "延长门诊服务时间", "先诊疗后结算", "分时段与周末接种", "慢病患者健康教育", "就医环境"]


class Batch:
    """One folder of `samples/`."""

    def __init__(self, out, name, zh, en, as_of):
        self.folder, self.name, self.zh, self.en, self.as_of = pathlib.Path(out) / name, name, zh, en, as_of
        self.files, self.faults, self.marks = [], [], []

    # ── faults ──

    def fault(self, row, measure, outcome, text):
        """Marks a record as faulty; its place is looked up when the files are written. `row` None: no row shows it."""
        self.marks.append((row, measure, outcome, text))

    def place(self, row, file, sheet, number):
        for marked, measure, outcome, text in self.marks:
            if marked is row:
                self.faults.append({"file": file, "sheet": sheet, "row": number, "measure": measure, "outcome": outcome, "what": text})

    # ── files ──

    def book(self, file, tables, kind="xlsx"):
        """A workbook of (sheet name, table) pairs."""
        (sheets.xls if kind == "xls" else sheets.xlsx)(self.folder / file, tables)
        for sheet, table in tables:
            for order, row in enumerate(table.rows):
                self.place(row, file, sheet, table.first_row() + order)
            self.place(table.slip, file, sheet, table.first_row() + len(table.rows))
        self.files.append(file)

    def csv(self, file, table, encoding="gb18030", delimiter=",", title=False):
        sheets.csv_file(self.folder / file, table, encoding, delimiter, title)
        for order, row in enumerate(table.rows):
            self.place(row, file, None, order + 2 + int(title))
        self.files.append(file)

    def form(self, file, record, kind="xlsx"):
        """The printed dispatch form."""
        lines = form_cells(record)
        if kind == "xlsx":
            form_xlsx(self.folder / file, lines)
        else:
            form_xls(self.folder / file, lines)
        self.place(record, file, "调度台账", None)
        self.files.append(file)

    def finish(self):
        for row, measure, outcome, text in self.marks:
            if row is None:
                self.faults.append({"file": None, "sheet": None, "row": None, "measure": measure, "outcome": outcome, "what": text})
        assert len(self.faults) == len(self.marks), f"{self.name}: a fault stands in no file"
        return {"batch": self.name, "zh": self.zh, "en": self.en, "as_of": self.as_of, "files": sorted(self.files), "faults": self.faults}


def numbered(rows):
    """The rows with their serial numbers."""
    for order, row in enumerate(rows, 1):
        row["序号"] = order
    return rows


# ── the printed form ──

def form_cells(record):
    """(row, column, last row, last column, text) of every cell of the form."""
    cells = [(0, 0, 0, 6, "陕西省基层卫生健康便民惠民每季度调度台账"), (1, 0, 1, 3, record["抬头"]), (1, 4, 1, 6, f"填报时间：{record['填报时间']}"),
             (2, 0, 2, 0, "序号"), (2, 1, 2, 1, "便民惠民服务举措"), (2, 2, 2, 2, "服务内容"), (2, 3, 2, 6, "工作台账")]
    row = 3
    for block, (title, _), about in zip(FORM["block"], layouts.DISPATCH_BLOCKS, ABOUT):
        cells += [(row, 0, row + 1, 0, block["number"]), (row, 1, row + 1, 1, title), (row, 2, row + 1, 2, about)]
        answers = block["answers"]
        step = 2 if len(answers) == 2 else 1
        for place, answer in enumerate(answers):
            first = 3 + place * step
            if "split" in answer:
                machines, patients = (part["field"] for part in answer["split"])
                value = record.get("代开药", f"机构{record[machines]}家，患者{record[patients]}人")
            else:
                value = record[answer["field"]]
            cells += [(row, first, row, first + step - 1, answer["heading"][0]), (row + 1, first, row + 1, first + step - 1, value)]
        row += 2
    cells.append((row, 0, row, 6, "注：此表由各市卫生健康行政部门于每季度末报送。"))
    cells.append((row + 1, 0, row + 1, 6, f"填表人：{record['填表人']}"))
    return cells


def form_xlsx(path, cells):
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "调度台账"
    thin = Side(style="thin")
    for r1, c1, r2, c2, text in cells:
        cell = sheet.cell(row=r1 + 1, column=c1 + 1, value=text)
        cell.alignment = Alignment(wrap_text=True, vertical="center", horizontal="center" if r1 == 0 else None)
        cell.font = Font(size=16 if r1 == 0 else 10, bold=r1 in (0, 2))
        if r1 > 1:
            cell.border = Border(left=thin, right=thin, top=thin, bottom=thin)
        if (r1, c1) != (r2, c2):
            sheet.merge_cells(start_row=r1 + 1, start_column=c1 + 1, end_row=r2 + 1, end_column=c2 + 1)
    for letter, width in zip("ABCDEFG", (6, 18, 24, 22, 22, 22, 22)):
        sheet.column_dimensions[letter].width = width
    sheets.save_xlsx(book, path)


def form_xls(path, cells):
    import xlwt

    book = xlwt.Workbook(encoding="utf-8")
    sheet = book.add_sheet("调度台账")
    for r1, c1, r2, c2, text in cells:
        if (r1, c1) == (r2, c2):
            sheet.write(r1, c1, text)
        else:
            sheet.write_merge(r1, r2, c1, c2, text)
    path.parent.mkdir(parents=True, exist_ok=True)
    book.save(str(path))


def dispatch_columns():
    """The columns of the form flattened to one unit a row."""
    columns = [("填报单位", "填报单位"), ("填报时间", "填报时间")]
    for block, (title, _) in zip(FORM["block"], layouts.DISPATCH_BLOCKS):
        head = f"{block['number']}.{title}"
        for answer in block["answers"]:
            if "split" in answer:
                columns += [((head, "落实代开药的机构数量"), "代开药机构数"), ((head, "代开药患者数量"), "代开药患者数")]
            else:
                columns.append(((head, answer["heading"][0]), answer["field"]))
    return columns


def dispatch_record(unit, day, scale, name):
    """A dispatch ledger without contradictions."""
    record = {"填报单位": unit, "抬头": unit, "填报时间": day, "填表人": name}
    yes = ["号源开放达标", "互认共享落实", "值守门诊统筹", "长处方全面实施", "代开药落实", "每季度联络落实", "上门诊疗开展", "老年台账更新", "儿童纳入签约", "延时服务实行",
           "先诊疗后结算落实", "分时段预约推行", "周末接种开展", "健康教育提供", "就诊指南设置", "轮椅座椅提供"]
    record.update({field: "是" for field in yes})
    record.update({"接受预约转诊人次": 37 * scale + 5, "未落实互认机构数": 0, "值守门诊机构数": 3 * scale + 1, "长处方机构数": 3 * scale + 2, "代开药机构数": 2 * scale + 1,
                   "代开药患者数": 19 * scale + 3, "随访履约人次": 2310 * scale + 17, "上门诊疗人次": 41 * scale + 7, "老年健康管理人次": 1270 * scale + 11, "纳入签约儿童数": 480 * scale + 9,
                   "延时服务机构数": scale + 1, "未落实先诊疗机构数": 0, "分时段预约机构数": 3 * scale + 2, "周末接种机构数": 2 * scale + 3, "健康教育人次": 530 * scale + 13,
                   "就诊指南机构数": 3 * scale + 2, "轮椅座椅机构数": 3 * scale + 2})
    return record


def write_json(path, batches):
    path.write_text(json.dumps(batches, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
