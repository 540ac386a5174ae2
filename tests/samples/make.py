"""Makes samples/: `python tests/samples/make.py` (needs openpyxl and xlwt). The same input gives the same bytes."""

import argparse
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import heilongjiang  # noqa: E402
import jimo  # noqa: E402
import shaanxi  # noqa: E402
import xiamen  # noqa: E402
from batch import write_json  # noqa: E402
from world import ROOT  # noqa: E402


OUTCOMES = {"violated": "不合规", "undetermined": "无法判定", "advice": "提示", "not_yet_due": "未到期"}
HEAD = """# Samples (样例台账)

Ledgers as clerks write them, made up from end to end: no person, identity number, institution, county or figure in them is real (the identity
numbers have right check digits, where nothing else is said, so that they can be read as such). `python tests/samples/make.py` makes this folder, and the lists below with it;
`tests/samples/faults.json` says the same for programs. Rows are counted as in the file, from 1; a fault whose whole point is that a record is missing
is found where the record should stand, so its place in the report may be another sheet.

样例台账全部为虚构。`clean-…` 中查不出问题；其余各文件夹的已知错误列在下面（行号与文件中一致）。同一处错误一般只由一条规则报出；由它引起的其他后果（如机构名称填错而查无此机构）可能另有指出。
"""


def readme(batches):
    """The list of the folders and of the faults that were put in."""
    lines = [HEAD]
    for batch in batches:
        lines += [f"## {batch['batch']}", "", f"{batch['zh']}。{batch['en']}.", "", "```", f"taizhang check samples/{batch['batch']} --as-of {batch['as_of']}", "```", ""]
        if batch["faults"]:
            lines += ["| 文件 | 行 | 错误 | 举措 | 结果 |", "|---|---|---|---|---|"]
            for fault in batch["faults"]:
                place = " ▸ ".join(part for part in (fault["file"], fault["sheet"]) if part) or "（没有报送）"
                lines.append(f"| {place} | {fault['row'] or ''} | {fault['what']} | {fault['measure']} | {OUTCOMES[fault['outcome']]} |")
            lines.append("")
    return "\n".join(lines).rstrip("\n") + "\n"


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--out", default=ROOT / "samples", type=pathlib.Path)
    out = arguments.parse_args().out
    batches = [make(out) for pack in (shaanxi, heilongjiang, xiamen, jimo) for make in (pack.faulty, pack.clean)]
    write_json(pathlib.Path(__file__).resolve().parent / "faults.json", batches)
    (out / "README.md").write_text(readme(batches), encoding="utf-8")


if __name__ == "__main__":
    main()
