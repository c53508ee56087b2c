"""The child process: its answers, its limits, its end, and that nothing is left behind."""

import gzip
import threading
import zipfile

import pytest

from analytics.ingest import sandbox
from analytics.ingest.limits import Limits
from analytics.ingest.sandbox import read_in_child
from analytics.text import UserError


def test_results_come_back_in_order_with_their_names(tmp_path):
    (tmp_path / "a.csv").write_text("id,x\n1,2\n", encoding="utf-8")
    (tmp_path / "b.csv").write_text("id;y\n1;2\n3\n", encoding="utf-8")
    seen = []
    found = read_in_child(
        [tmp_path / "a.csv", tmp_path / "b.csv"], tmp_path / "work",
        progress=lambda step, share: seen.append((step, share)), names=["first.csv"],
    )  # fmt: skip
    assert [(r.name, r.columns, r.rows_in, len(r.rejects)) for one in found for r in one] == [
        ("first.csv", ("id", "x"), 1, 0),
        ("b.csv", ("id", "y"), 2, 1),
    ]
    assert all(0 <= share <= 1 for _, share in seen)


def _bomb(path):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("zeros.csv", b"0," * (36 << 20))


@pytest.mark.parametrize(
    ("name", "write", "code"),
    [
        ("page.csv", lambda p: p.write_text("<html><table></table>"), "wrong_format"),
        ("empty.csv", lambda p: p.write_bytes(b""), "empty"),
        ("cut.csv", lambda p: p.write_bytes(gzip.compress(b"a,b\n1,2\n" * 999)[:-20]), "damaged"),
        ("bomb.csv", _bomb, "too_large"),
    ],
)
def test_a_refusal_is_passed_on_and_leaves_nothing(tmp_path, name, write, code):
    write(tmp_path / name)
    with pytest.raises(UserError) as error:
        read_in_child([tmp_path / name], tmp_path / "work")
    assert error.value.code == code
    assert list((tmp_path / "work").iterdir()) == []


def test_too_little_memory_is_a_refusal_in_words(tmp_path):
    """Half of what reading needs even where every module is compiled already."""
    (tmp_path / "a.csv").write_text("id,x\n" + "1,2\n" * 10, encoding="utf-8")
    with pytest.raises(UserError) as error:
        read_in_child([tmp_path / "a.csv"], tmp_path / "work", memory_mb=30)
    assert error.value.code == "limit"
    assert list((tmp_path / "work").iterdir()) == []


def test_too_long_and_cancelled_end_the_child(tmp_path):
    big = tmp_path / "big.csv"
    big.write_bytes(b"id;note\n" + b'1;"a\n"\n' * 400_000)
    with pytest.raises(UserError) as slow:
        read_in_child([big], tmp_path / "slow", timeout_s=0.0)
    stop = threading.Event()
    stop.set()
    with pytest.raises(UserError) as stopped:
        read_in_child([big], tmp_path / "stopped", cancel=stop)
    assert (slow.value.code, stopped.value.code) == ("limit", "cancelled")
    assert not list((tmp_path / "slow").iterdir())
    assert not list((tmp_path / "stopped").iterdir())


def test_limits_travel_to_the_child(tmp_path):
    (tmp_path / "wide.csv").write_text(",".join("abcdefgh") + "\n", encoding="utf-8")
    with pytest.raises(UserError) as error:
        read_in_child([tmp_path / "wide.csv"], tmp_path / "work", limits=Limits(columns=7))
    assert error.value.code == "too_wide"


def test_an_end_without_an_answer_is_said(tmp_path):
    (tmp_path / sandbox._LOG).write_bytes(b"Segmentation fault")
    with pytest.raises(UserError) as error:
        sandbox._collect(tmp_path, -11, ["x.csv"])
    assert error.value.code == "limit"
