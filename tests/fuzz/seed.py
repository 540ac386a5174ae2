#!/usr/bin/env python3
"""Makes the seed corpus of every fuzz target from the samples, the fixtures and the packs of this project.

Needs nothing but Python:
    python3 tests/fuzz/seed.py [FOLDER]        (default: tests/fuzz/corpus)
Each target gets a folder of its own, with the parts cut out as the target expects them.
"""
import hashlib
import os
import re
import struct
import sys
import tomllib
import zipfile

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
OUT = sys.argv[1] if len(sys.argv) > 1 else os.path.join(HERE, "corpus")
LARGEST = 32_768


def write(target, data):
    """A seed; one that is too large is cut off, since the fuzzer does well with small ones only."""
    if isinstance(data, str):
        data = data.encode()
    data = data[:LARGEST]
    folder = os.path.join(OUT, target)
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, hashlib.sha1(data).hexdigest()), "wb") as file:
        file.write(data)


def files(*folders):
    for folder in folders:
        for place, _, names in sorted(os.walk(os.path.join(ROOT, folder))):
            for name in sorted(names):
                path = os.path.join(place, name)
                with open(path, "rb") as file:
                    yield name, path, file.read()


def stream(book):
    """The workbook stream of a compound file without its first record, following the chain of its sectors."""
    shift, = struct.unpack_from("<H", book, 30)
    size = 1 << shift
    table_sectors, directory = struct.unpack_from("<II", book, 44)
    sector = lambda number: book[(number + 1) * size:(number + 2) * size]
    table = b"".join(sector(number) for number in struct.unpack_from(f"<{min(table_sectors, 109)}I", book, 76))

    def chain(number):
        found = []
        while number < 0xFFFF_FFFA and number * 4 + 4 <= len(table) and len(found) * size < len(book):
            found.append(sector(number))
            number, = struct.unpack_from("<I", table, number * 4)
        return b"".join(found)

    entries = chain(directory)
    for at in range(0, len(entries) - 127, 128):
        length, = struct.unpack_from("<H", entries, at + 64)
        name = entries[at:at + max(length - 2, 0)].decode("utf-16-le", "replace")
        if name in ("Workbook", "Book"):
            start, length = struct.unpack_from("<II", entries, at + 116)
            records = chain(start)[:length]
            return records[4 + struct.unpack_from("<H", records, 2)[0]:]
    return b""


def part(data):
    return struct.pack("<H", min(len(data), 0xFFFF)) + data[:0xFFFF]


def record(kind, data):
    """A record of XLSB."""
    head = bytes([kind]) if kind < 0x80 else bytes([kind & 0x7F | 0x80, kind >> 7])
    return head + bytes([len(data)]) + data


def wide(text):
    return struct.pack("<I", len(text)) + text.encode("utf-16-le")


LINES = [
    ["某县2023年四季度中高级职称医师值守台账"],
    ["填报单位：某县卫生健康局", "", "", "单位：人次"],
    ["序号", "机构名称", "值守情况", ""],
    ["", "", "值守日期", "职称"],
    ["1", "城关镇卫生院", "2023-12-04", "主治医师"],
    ["2", "〃", "12月5日", "副主任医师"],
    ["合计", "", "2", ""],
    ["注：节假日除外。"],
]


def tables():
    """Small tables in every way of writing them."""
    for delimiter in ",\t;|，":
        for end in ("\n", "\r\n"):
            yield end.join(delimiter.join(line) for line in LINES) + end
    quoted = "\r\n".join(",".join('"' + cell.replace("号", '号""\n') + '"' for cell in line) for line in LINES)
    yield quoted
    # Beside each other, stacked, transposed, wide, and a form.
    yield "\n".join(",".join((line + [""] * 4)[:4] + ["", *(line + [""] * 4)[:4]]) for line in LINES)
    yield "\n".join(",".join(line) for line in LINES + [[""]] + LINES)
    yield "\n".join(",".join(cells) for cells in zip(["机构名称", "职称", "值守日期"], ["甲卫生院", "主治医师", "2023-12-04"]))
    yield "机构名称,周一,周二,周三\n甲卫生院,张某,李某,\n乙卫生院,,王某,赵某\n"
    yield "填报单位：某市,,填报时间：2024年1月8日\n机构数,12,患者数,340\n累计开具长期处方（张）,95\n"


SHEETS = """<Worksheet ss:Name="a"><Table><Column ss:Hidden="1" ss:Index="2" ss:Span="1"/>
<Row><Cell ss:MergeAcross="2"><Data ss:Type="String">台账</Data></Cell></Row>
<Row ss:Index="3" ss:Hidden="1"><Cell ss:MergeDown="1"><Data ss:Type="String">甲&amp;乙</Data></Cell>
<Cell ss:Index="3" ss:StyleID="s1"><Data ss:Type="Number">0.2</Data></Cell>
<Cell><Data ss:Type="DateTime">2023-12-04T08:30:00.000</Data></Cell></Row>
<Row><Cell ss:Formula="=1+1"/><Cell><Data ss:Type="Boolean">1</Data></Cell><Cell><Data ss:Type="Error">#REF!</Data></Cell>
</Row></Table><WorksheetOptions><Visible>SheetHidden</Visible></WorksheetOptions></Worksheet></Workbook>"""
STYLES = """<Styles><Style ss:ID="s1"><NumberFormat ss:Format="Percent"/></Style>
<Style ss:ID="s2"><NumberFormat ss:Format="yyyy&quot;年&quot;m&quot;月&quot;"/></Style></Styles>"""
PAGES = [
    "<th rowspan=2>机构名称</th><th colspan=2>联络情况</th></tr><tr><th>一季度</th><th>二季度</th></tr>"
    "<tr style='display: none'><td>甲<br>卫生院</td><td>2023-12-04</td><td>&lt;3 次</tr></table>",
    "<td>甲<td>乙<table><tr><td>内</table></table><table><tr><td rowspan=99999 colspan=99999>丙</table>",
]
MAILS = [
    "\r\n--x\r\nContent-Type: text/csv; name=a.csv\r\nContent-Disposition: attachment\r\n\r\na,b\r\n--x--\r\n",
    "\r\n--x\r\nContent-Type: application/octet-stream; name=\"=?GB2312?B?zKjVyi5jc3Y=?=\"\r\n"
    "Content-Transfer-Encoding: base64\r\n\r\nYSxiCjEsMgo=\r\n--x\r\nContent-Type: message/rfc822\r\n\r\n"
    "Subject: a\r\nContent-Type: text/csv; name=b.csv\r\n\r\na,b\r\n--x--\r\n",
]
VALUES = """是|否|有|无|√|×|Y|已完成|未|达标|☑是 ☐否|是☑ 否☐|是/否|/|—|1,234|１２３|约120|120人|1.2万|二十|120（含远程）|'120|20%|0.2
２０％|二成|1:5|百分之二十|2024-03-05|2024/3/5|2024.3.5|20240305|2024年3月5日|二〇二四年三月五日|3月5日|2024年3月|2024年一季度
2023年第四季度|2023年下半年|上半年|45264|11010519491231002X|61012519900307451X|机构 12 家，患者 340 人|上午8:30|2023-12-04 15:30:00
长期|至今|9月10日前完成|2023.12.4-12.8|12月4日、5日、8日|星期一至星期五|民国一一二年十二月四日|-3|１，２３４．５|3.5.2|1e309|∞""".replace("\n", "|")


def main():
    for text in tables():
        for data in (text.encode(), text.encode("gb18030"), text.encode("utf-16")):
            write("csv", data)
            write("sniff", data)
        write("csv", text.translate(str.maketrans("机构台账号", "機構臺賬號")).encode("big5", "replace"))
        write("headings", text)
    for name, _, data in files("samples"):
        if name.endswith(".csv"):
            write("csv", b"\n".join(data.split(b"\n")[:12]))
            write("headings", b"\n".join(data.split(b"\n")[:12]))
    for name, path, data in files("tests/fixtures/read", "samples/clean-shaanxi-2023q4"):
        if name.endswith((".py", ".csv", ".md")):
            continue
        if len(data) <= LARGEST:
            write("sniff", data)
        if data.startswith(b"\xD0\xCF"):
            write("compound", data[8:])
            if records := stream(data):
                write("xls", records)
        if zipfile.is_zipfile(path):
            archive = zipfile.ZipFile(path)
            if any(member.flag_bits & 1 for member in archive.infolist()):
                continue
            names = archive.namelist()
            if "content.xml" in names:
                write("ods", archive.read("content.xml"))
            for sheet in [member for member in names if member.startswith("xl/worksheets/sheet")][:3]:
                strings = archive.read("xl/sharedStrings.xml") if "xl/sharedStrings.xml" in names else b""
                for target in ("xlsx", "plain"):
                    write(target, archive.read(sheet)[:20_000] + b"\0" + strings[:10_000])
        if name.endswith(".fods"):
            write("ods", data)
        if name.endswith(".html"):
            write("html", data)
    numbers = lambda *values: struct.pack(f"<{len(values)}I", *values)
    cells = [
        record(0, numbers(0, 0) + b"\0\0\0\x10\0"), record(7, numbers(0, 0, 0)),
        record(2, numbers(1, 1, 45264 << 2 | 2)), record(5, numbers(2, 1) + struct.pack("<d", 0.125)),
        record(3, numbers(3, 0) + b"\x17"), record(8, numbers(4, 0) + wide("甲乙")), record(13, numbers(0, 7)),
    ]
    sheet = [record(60, numbers(1, 2, 2560, 0) + b"\1\0"), record(145, b""), *cells, record(146, b"")]
    sheet.append(record(176, numbers(0, 0, 0, 1)))
    strings = record(19, b"\0" + wide("机构名称")) + record(19, b"\1" + wide("富文本") + b"\x09" * 8)
    styles = record(44, struct.pack("<H", 176) + wide("yyyy年m月")) + record(617, numbers(2))
    styles += record(47, b"\xFF\xFF\0\0") + record(47, b"\0\0\xB0\0") + record(618, b"")
    write("xlsb", part(b"".join(sheet)) + part(strings) + part(styles))
    write("xml2003", STYLES + SHEETS)
    write("xml2003", SHEETS)
    for page in PAGES:
        write("html", page)
    for mail in MAILS:
        write("eml", mail)
    for value in VALUES.split("|"):
        write("values", value)
    for number in (45264.0, 0.2, 1e308, -1.0, float("inf")):
        write("values", struct.pack(">d", number))
    for name, path, data in files("rules"):
        if not name.endswith(".toml") or "/ledgers/" in path or "/lists/" in path:
            continue
        if b"[[rule]]" in data:
            for rule in re.split(rb"(?=\[\[rule\]\])", data)[1:6]:
                write("packs", re.sub(rb'measure *= *"[^"]*"', b'measure = "F-01"', rule))
        for rule in tomllib.loads(data.decode()).get("rule", []):
            for key in ("where", "applies", "require"):
                if isinstance(rule.get(key), str):
                    write("expressions", rule[key])


main()
