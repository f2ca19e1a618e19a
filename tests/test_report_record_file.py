import json
import math
from dataclasses import replace

import pytest
import report_records as records

from autograder.errors import CourseError
from autograder.files import write_file
from autograder.report.record_file import as_result, read_record, render_json


@pytest.mark.parametrize("kind", records.KINDS)
def test_what_was_written_is_read(kind, tmp_path):
    record = records.KINDS[kind]()
    path = tmp_path / "results" / "bptt" / "s01.json"
    write_file(path, render_json(record))
    assert read_record(path) == record
    assert [file.name for file in path.parent.iterdir()] == ["s01.json"]


def test_numbers_that_json_lacks():
    check = replace(records.check("values", 1.0, 2.0), measures={"loss": math.inf, "f1": 0.5})
    record = records.result(questions=(records.question("f", 1.0, 2.0, checks=(check,)),))
    data = json.loads(render_json(record), parse_constant=pytest.fail)
    assert data["questions"][0]["checks"][0]["measures"] == {"loss": None, "f1": 0.5}
    measures = as_result(data).questions[0].checks[0].measures
    assert math.isnan(measures["loss"])


def test_keys_may_be_added():
    data = records.mixed().as_dict()
    data["new"] = 1
    data["questions"][0]["new"] = 1
    data["questions"][1]["checks"][0]["new"] = 1
    assert as_result(data) == records.mixed()


def test_only_the_keys_of_the_contract_are_needed():
    data = {
        "assignment": "bptt",
        "student": "s01",
        "status": "graded",
        "score": 3.0,
        "max_score": 4.0,
        "questions": [{"id": "f", "score": 3.0, "max_score": 4.0, "status": "failed"}],
    }
    assert as_result(data).questions[0].title == "f"


@pytest.mark.parametrize(
    "content", ["", "{", "[]", "3", '{"assignment": 1}', '{"questions": [1]}', "\xff\xfe"]
)
def test_no_record(content, tmp_path):
    path = tmp_path / "s01.json"
    path.write_bytes(content.encode("latin-1"))
    with pytest.raises(CourseError, match="no result record"):
        read_record(path)


def test_no_file(tmp_path):
    with pytest.raises(CourseError, match=r"s01\.json: cannot be read"):
        read_record(tmp_path / "s01.json")
