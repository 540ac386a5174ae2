"""Writes tables as a clerk would: title lines, headings with merged parents, totals and notes; as XLSX, XLS and CSV."""

import csv
import datetime as dt
import io
import pathlib
import zipfile

import openpyxl
import xlwt
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter

STAMP = (2024, 1, 5, 9, 0, 0)


class Table:
    """One table: `columns` are (heading path, key) pairs, `rows` dictionaries by key."""

    def __init__(self, title, columns, rows, above=(), below=(), total=None, slip=None):
        self.title, self.rows, self.above, self.below, self.total = title, rows, list(above), list(below), total
        # What is added to a total by mistake, by key.
        self.slip = {} if slip is None else slip
        self.columns = [((path,) if isinstance(path, str) else tuple(path), key) for path, key in columns]

    def depth(self):
        return max(len(path) for path, _ in self.columns)

    def first_row(self):
        """The row of the first record, counted from 1, on a sheet."""
        return 1 + (1 if self.title else 0) + len(self.above) + self.depth()

    def line(self, row):
        return [row.get(key, "") for _, key in self.columns]

    def totals(self):
        if self.total is None:
            return None
        line = [""] * len(self.columns)
        line[0] = "合计"
        for place, (_, key) in enumerate(self.columns):
            if key in self.total:
                line[place] = sum(row[key] for row in self.rows if isinstance(row.get(key), (int, float))) + self.slip.get(key, 0)
        return line


def grid(table):
    """All cells of a table and its merged areas (rows and columns from 0)."""
    width, cells, merged = len(table.columns), [], []
    if table.title:
        cells.append([table.title] + [""] * (width - 1))
        merged.append((0, 0, 0, width - 1))
    for text in table.above:
        cells.append([text] + [""] * (width - 1))
        merged.append((len(cells) - 1, 0, len(cells) - 1, width - 1))
    top, depth = len(cells), table.depth()
    heads = [[""] * width for _ in range(depth)]
    for place, (path, _) in enumerate(table.columns):
        for level in range(depth):
            shared = place > 0 and level < len(path) - 1 and table.columns[place - 1][0][: level + 1] == path[: level + 1]
            if level < len(path) and not shared:
                heads[level][place] = path[level]
                last = place
                while level < len(path) - 1 and last + 1 < width and table.columns[last + 1][0][: level + 1] == path[: level + 1]:
                    last += 1
                bottom = depth - 1 if level == len(path) - 1 else level
                if last > place or bottom > level:
                    merged.append((top + level, place, top + bottom, last))
    cells += heads
    cells += [table.line(row) for row in table.rows]
    if table.totals():
        cells.append(table.totals())
    for text in table.below:
        cells.append([text] + [""] * (width - 1))
        merged.append((len(cells) - 1, 0, len(cells) - 1, width - 1))
    return cells, merged, top, depth


def fill_xlsx(sheet, table):
    cells, merged, top, depth = grid(table)
    thin = Side(style="thin", color="808080")
    for r, line in enumerate(cells):
        for c, value in enumerate(line):
            cell = sheet.cell(row=r + 1, column=c + 1)
            if value != "":
                cell.value = value
                if isinstance(value, dt.date):
                    cell.number_format = "yyyy-mm-dd"
            if r >= top:
                cell.border = Border(left=thin, right=thin, top=thin, bottom=thin)
                cell.alignment = Alignment(wrap_text=True, vertical="center")
            if top <= r < top + depth:
                cell.font, cell.fill = Font(bold=True), PatternFill("solid", fgColor="DDEBF7")
                cell.alignment = Alignment(wrap_text=True, vertical="center", horizontal="center")
    if table.title:
        sheet["A1"].font = Font(size=16, bold=True)
        sheet["A1"].alignment = Alignment(horizontal="center")
    for r1, c1, r2, c2 in merged:
        sheet.merge_cells(start_row=r1 + 1, start_column=c1 + 1, end_row=r2 + 1, end_column=c2 + 1)
    for c, (path, key) in enumerate(table.columns):
        longest = max([len(str(row.get(key, ""))) for row in table.rows] + [min(len(path[-1]), 14)])
        sheet.column_dimensions[get_column_letter(c + 1)].width = min(8 + longest, 26)
    sheet.freeze_panes = sheet.cell(row=top + depth + 1, column=1)


def save_xlsx(book, path):
    """Saves without the time of writing, so that the same input gives the same bytes."""
    book.properties.created = book.properties.modified = dt.datetime(*STAMP)
    book.properties.creator = "填表人"
    raw = io.BytesIO()
    book.save(raw)
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(raw) as old, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for name in sorted(old.namelist()):
            data = old.read(name)
            if name == "docProps/core.xml":
                data = core_without_time(data)
            new.writestr(zipfile.ZipInfo(name, STAMP), data, zipfile.ZIP_DEFLATED)


def core_without_time(data):
    """The document properties with the fixed time (openpyxl stamps the moment of saving)."""
    import re

    return re.sub(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", b"%04d-%02d-%02dT%02d:%02d:%02dZ" % STAMP, data)


def xlsx(path, sheets):
    """`sheets`: list of (sheet name, table)."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, table in sheets:
        fill_xlsx(book.create_sheet(name), table)
    save_xlsx(book, pathlib.Path(path))


def xls(path, sheets):
    """The same as BIFF8, with dates as numbers and a date format."""
    book = xlwt.Workbook(encoding="utf-8")
    day = xlwt.easyxf(num_format_str="yyyy-mm-dd")
    for name, table in sheets:
        sheet = book.add_sheet(name)
        cells, merged, _, _ = grid(table)
        covered = {}
        for r1, c1, r2, c2 in merged:
            sheet.write_merge(r1, r2, c1, c2, cells[r1][c1])
            covered.update({(r, c): True for r in range(r1, r2 + 1) for c in range(c1, c2 + 1)})
        for r, line in enumerate(cells):
            for c, value in enumerate(line):
                if value != "" and (r, c) not in covered:
                    sheet.write(r, c, value, day) if isinstance(value, dt.date) else sheet.write(r, c, value)
    pathlib.Path(path).parent.mkdir(parents=True, exist_ok=True)
    book.save(str(path))


def text(value):
    if isinstance(value, dt.date):
        return f"{value.year}/{value.month}/{value.day}"
    return str(value)


def csv_file(path, table, encoding="gb18030", delimiter=",", title=False):
    """A plain table: one row of headings (parents joined in front) and the records."""
    path = pathlib.Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter, lineterminator="\r\n")
    if title:
        writer.writerow([table.title])
    writer.writerow(["".join(heading) for heading, _ in table.columns])
    for row in table.rows:
        writer.writerow([text(value) for value in table.line(row)])
    path.write_bytes(out.getvalue().encode(encoding))
