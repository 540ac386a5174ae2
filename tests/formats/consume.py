"""Holds the machine formats of every sample to their schemas and reads them as their consumers do; tests/formats/run calls it."""

import csv
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import jsonschema
import junitparser

BINARY, ROOT, WORK = (Path(argument) for argument in sys.argv[1:4])
TOOLS = WORK / "venv/bin"


def run(arguments, codes, **options):
    """Runs a program that must end with one of the codes."""
    done = subprocess.run([str(part) for part in arguments], capture_output=True, text=True, **options)
    assert done.returncode in codes, f"{arguments}: {done.returncode}\n{done.stdout}{done.stderr}"
    return done.stdout


def validator(schema):
    kind = jsonschema.validators.validator_for(schema)
    kind.check_schema(schema)
    return kind(schema, format_checker=jsonschema.FormatChecker())


def hold(validator, value, name):
    faults = [f"{fault.json_path}: {fault.message[:200]}" for fault in validator.iter_errors(value)]
    assert not faults, f"{name}: {faults[:5]}"


def sarif_schema():
    metadata = json.loads((WORK / "schema/metadata.json").read_text())
    crate = next(package for package in metadata["packages"] if package["name"] == "serde-sarif")
    return json.loads((Path(crate["manifest_path"]).parent / "src/schema.json").read_text())


def same_findings(folder, report):
    """The other formats say what the JSON report says."""
    violated = [one for one in report["findings"] if one["outcome"] == "violated" and one["severity"] != "advice"]
    lines = [json.loads(line) for line in (folder / "a.ndjson").read_text().splitlines()]
    assert lines == report["findings"]
    with open(folder / "a.csv", newline="", encoding="utf-8-sig") as file:
        rows = list(csv.reader(file))
    assert len(rows) == len(report["findings"]) + 1 and len({len(row) for row in rows}) == 1
    log = json.loads((folder / "a.sarif").read_text())["runs"][0]
    assert sum(result["kind"] == "fail" and result["level"] != "note" for result in log["results"]) == len(violated)
    summary = run([TOOLS / "sarif", "summary", folder / "a.sarif"], [0])
    errors = sum(one["severity"] == "error" for one in violated)
    assert f"error: {errors}" in summary, summary
    suites = junitparser.JUnitXml.fromfile(str(folder / "a.xml"))
    assert suites.failures == sum(suite.failures for suite in suites) and suites.tests > 0
    assert (suites.failures > 0) == bool(violated)


def samples(folder):
    sarif = validator(sarif_schema())
    report_schema = validator(json.loads((ROOT / "src/render/json/json.schema.json").read_text()))
    count = 0
    for sample in sorted(path for path in (ROOT / "samples").iterdir() if path.is_dir()):
        for lang in ("zh", "en"):
            previous = ["--previous", folder / "before.json"] if lang == "en" else []
            outputs = [part for name in ("a.json", "a.ndjson", "a.csv", "a.sarif", "a.xml") for part in ("-o", folder / name)]
            run([BINARY, "check", sample, "--as-of", "2024-01-31", "--quiet", "--lang", lang, *outputs, *previous], [0, 1, 3, 4])
            report = json.loads((folder / "a.json").read_text())
            hold(report_schema, report, f"{sample.name} {lang} json")
            assert (report["follow_up"] is not None) == bool(previous)
            hold(sarif, json.loads((folder / "a.sarif").read_text()), f"{sample.name} {lang} sarif")
            same_findings(folder, report)
            (folder / "a.json").rename(folder / "before.json")
            count += 1
    # A validator that lets everything pass would prove nothing.
    broken = json.loads((folder / "a.sarif").read_text())
    broken["runs"][0]["invocations"][0]["executionSuccessful"] = "no"
    assert list(sarif.iter_errors(broken))
    return count


def examples(folder):
    """The CI examples keep to the schemas of their services, and pre-commit itself runs the hook."""
    examples = ROOT / "tests/ci-examples"
    for schema, name in (("vendor.github-workflows", "github.yml"), ("vendor.gitlab-ci", "gitlab.yml")):
        run([TOOLS / "check-jsonschema", "--builtin-schema", schema, examples / name], [0])
    run([TOOLS / "pre-commit", "validate-manifest", ROOT / ".pre-commit-hooks.yaml"], [0])
    run([TOOLS / "pre-commit", "validate-config", examples / "pre-commit.yaml"], [0])
    bin = folder / "bin"
    bin.mkdir()
    (bin / "taizhang").symlink_to(BINARY.resolve())
    environment = {
        **os.environ,
        "PATH": f"{bin}:{TOOLS}:{os.environ['PATH']}",
        "PRE_COMMIT_HOME": str(folder / "home"),
        "TAIZHANG_PACK": "national",
        "TAIZHANG_AS_OF": "2024-01-10",
    }

    def git(place, *arguments):
        author = ["-c", "user.name=test", "-c", "user.email=test@example.com"]
        return run(["git", *author, *arguments], [0], cwd=place, env=environment)

    def repository(name, files):
        place = folder / name
        place.mkdir()
        for file, text in files.items():
            (place / file).write_text(text)
        git(place, "init", "--quiet")
        git(place, "add", ".")
        git(place, "commit", "--quiet", "-m", "first")
        return place

    # The program is here already, so that the hook need not build it.
    hook = (ROOT / ".pre-commit-hooks.yaml").read_text().replace("language: rust", "language: system")
    hooks = repository("hooks", {".pre-commit-hooks.yaml": hook})
    slots = "医院名称,是否牵头医院,门诊号源总数,向基层开放号源数\n甲医院,是,1000,{}\n"
    ledgers = repository("ledgers", {"good.csv": slots.format(400)})
    attempt = ["pre-commit", "try-repo", hooks, "taizhang", "--all-files"]
    run(attempt, [0], cwd=ledgers, env=environment)
    (ledgers / "bad.csv").write_text(slots.format(10))
    git(ledgers, "add", "bad.csv")
    said = run(attempt, [1], cwd=ledgers, env=environment)
    assert "甲医院" in said, said


with tempfile.TemporaryDirectory() as folder:
    print(f"{samples(Path(folder))} reports keep to their schemas")
    examples(Path(folder))
    print("the CI examples keep to theirs, and pre-commit runs the hook")
