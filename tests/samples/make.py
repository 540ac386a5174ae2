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


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--out", default=ROOT / "samples", type=pathlib.Path)
    out = arguments.parse_args().out
    batches = [make(out) for pack in (shaanxi, heilongjiang, xiamen, jimo) for make in (pack.faulty, pack.clean)]
    write_json(pathlib.Path(__file__).resolve().parent / "faults.json", batches)


if __name__ == "__main__":
    main()
