import pytest

from autograder.errors import SpecError
from autograder.strict_yaml import load_yaml


def write(tmp_path, text):
    path = tmp_path / "a.yaml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("text", ["1e-7", "1.0e-7", "1E-7", "+1e-07"])
def test_exponent_without_dot_is_a_number(tmp_path, text):
    assert load_yaml(write(tmp_path, f"tolerance: {text}")) == {"tolerance": 1e-7}


def test_words_that_look_like_numbers_stay_words(tmp_path):
    assert load_yaml(write(tmp_path, "a: e7\nb: 1e\nc: '1e-7'")) == {
        "a": "e7",
        "b": "1e",
        "c": "1e-7",
    }


def test_duplicate_key_is_an_error_with_its_line(tmp_path):
    with pytest.raises(SpecError, match=r"a\.yaml: line 3: the key 'points' stands twice"):
        load_yaml(write(tmp_path, "points: 1\nname: x\npoints: 2\n"))


def test_broken_yaml_names_the_line(tmp_path):
    with pytest.raises(SpecError, match="line 3"):
        load_yaml(write(tmp_path, "a: 1\nb: [1, 2\n"))


def test_missing_file_and_wrong_encoding(tmp_path):
    with pytest.raises(SpecError, match="no such file"):
        load_yaml(tmp_path / "none.yaml")
    (tmp_path / "latin.yaml").write_bytes(b"title: \xe9")
    with pytest.raises(SpecError, match="UTF-8"):
        load_yaml(tmp_path / "latin.yaml")
