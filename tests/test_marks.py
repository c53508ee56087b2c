"""Dated events in charts over months: what the extract holds, what an analyst types, how they are drawn."""

from __future__ import annotations

import itertools
from datetime import date

import pytest

from analytics.holidays import SPRING_FESTIVAL
from analytics.marks import Mark, key_line, of_extract, read_notes, with_marks, write_notes
from analytics.text import Text, UserError

AS_OF = date(2024, 6, 30)
PEOPLE = [f"p{n}" for n in range(20)]
SPEC = {"mark": "bar", "encoding": {"x": {"field": "month", "type": "ordinal"}}, "data": {"name": "d"},
        "datasets": {"d": [{"month": f"2024-{n:02d}-28"} for n in range(1, 13)]}}  # fmt: skip


def mark(day: str, label: str, sort: str = "campaign") -> Mark:
    return Mark(day=date.fromisoformat(day), label=Text(label, label), sort=sort)


def told(data, as_of=AS_OF):
    return [(one.sort, str(one.day), one.label.en) for one in of_extract(data, as_of)]


# -- what the extract holds ----------------------------------------------------------------------
def test_a_campaign_is_marked_on_its_first_day_if_it_reached_ten(bank):
    sent = [("spring", one, "2024-04-09") for one in PEOPLE] + [("spring", "p0", "2024-04-01")]
    sent += [("for p3", "p3", "2024-05-01"), *(("later", one, "2024-08-01") for one in PEOPLE)]
    assert told(bank(customers=PEOPLE, contacts=sent)) == [("campaign", "2024-04-01", "spring")]


LOGINS = [(one, f"2024-{month:02d}-03", "login") for one in PEOPLE for month in (1, 2, 3)]


@pytest.mark.parametrize(("rows", "expected"), [
    ([(None, "2024-02-10", "release 8.0"), (None, "2024-03-10", "release 8.0")],
     [("bank", "2024-02-10", "release 8.0"), ("bank", "2024-03-10", "release 8.0")]),
    ([(one, "2024-03-01", "fee notice") for one in PEOPLE[:10]], [("bank", "2024-03-01", "fee notice")]),
    ([(one, "2024-03-01", "fee notice") for one in PEOPLE[:9]], []),  # fewer than half
    ([(one, f"2024-03-0{n}", "visit") for n in (1, 2) for one in PEOPLE], []),  # two days: not one event
    ([(None, f"2024-03-{n:02d}", "anonymous visit") for n in range(1, 15)], []),  # traffic
])  # fmt: skip
def test_an_event_of_the_whole_bank_is_told_from_traffic(bank, rows, expected):
    assert told(bank(customers=PEOPLE, events=LOGINS + rows)) == expected


def test_an_extract_of_one_day_marks_nothing(bank):
    rows = [(one, "2024-03-01", "login") for one in PEOPLE]
    assert told(bank(customers=PEOPLE, events=rows)) == []
    assert told(bank(customers=["a"])) == []


@pytest.mark.parametrize(
    ("currency", "festivals"), [("CNY", 2024 - min(SPRING_FESTIVAL) + 1), ("EUR", 0)]
)
def test_the_spring_festival_is_marked_where_money_is_counted_in_yuan(bank, currency, festivals):
    rows = [{"customer_id": "a", "happened_at": "2024-01-01", "amount": 1, "currency": currency}]
    found = [one for one in told(bank(transactions=rows)) if one[0] == "holiday"]
    assert len(found) == festivals
    assert not festivals or found[-1] == ("holiday", "2024-02-10", "Spring Festival")


# -- what an analyst types -----------------------------------------------------------------------
@pytest.mark.parametrize(("line", "day", "words"), [
    ("2024-03-01 rate cut", "2024-03-01", "rate cut"), ("rate cut 2024-03-01", "2024-03-01", "rate cut"),
    ("2024年3月1日：降息", "2024-03-01", "降息"), ("20240301 降息", "2024-03-01", "降息"),
    ("2024/3/1 - new app, 2.0", "2024-03-01", "new app, 2.0"),
])  # fmt: skip
def test_a_note_is_read_however_its_day_is_written(line, day, words):
    assert [(str(one.day), one.label.zh, one.sort) for one in read_notes(line)] == [
        (day, words, "note")
    ]
    assert read_notes(write_notes(read_notes(line))) == read_notes(line)


@pytest.mark.parametrize(("text", "said"), [
    ("rate cut", "Line 1 holds no day"), ("2024-03-01 a\n2024-13-01 b", "Line 2 holds no day"),
    ("2024-03-01", "Line 1 says no more"), ("\n".join(["2024-03-01 a"] * 21), "At most 20"),
])  # fmt: skip
def test_a_note_that_cannot_be_read_is_refused_in_words(text, said):
    with pytest.raises(UserError, match=said):
        read_notes(text)


# -- how they are drawn --------------------------------------------------------------------------
def test_marks_stand_in_their_months_under_numbers_that_the_key_tells():
    marks = [mark("2024-04-15", "rate cut", "note"), mark("2024-04-01", "spring"), mark("2024-09-01", "autumn"),
             mark("2025-01-01", "outside")]  # fmt: skip
    drawn = with_marks(SPEC, marks)
    assert drawn["layer"][0]["mark"] == "bar"
    assert [(row["month"], row["number"]) for row in drawn["datasets"]["marks"]] == [
        ("2024-04-28", "1"), ("2024-09-28", "2")]  # fmt: skip
    assert (
        key_line(SPEC, marks, "en")
        == "1: 2024-04-01 spring; 2024-04-15 rate cut | 2: 2024-09-01 autumn"
    )
    assert key_line(SPEC, marks, "zh").endswith(" | 2：2024年9月1日 autumn")
    assert key_line(drawn, marks, "en") == key_line(SPEC, marks, "en")


def test_neighbours_that_would_touch_stand_in_rows():
    spec = {
        **SPEC,
        "datasets": {
            "d": [{"month": f"{y}-{m:02d}"} for y in (2022, 2023, 2024) for m in range(1, 13)]
        },
    }
    rows = with_marks(spec, [mark(f"2024-{n:02d}-01", "x") for n in range(1, 7)])["datasets"][
        "marks"
    ]
    places = {row["row"]: [] for row in rows}
    for row in rows:
        places[row["row"]].append(int(row["month"][-2:]))
    assert all(b - a >= 3 for months in places.values() for a, b in itertools.pairwise(months))


def test_notes_keep_their_place_where_there_are_too_many_campaigns():
    marks = [
        mark(f"2024-{n:02d}-{day:02d}", f"mail {n}.{day}") for n in range(1, 13) for day in (1, 20)
    ]
    lines = key_line(SPEC, [mark("2024-01-05", "rate cut", "note"), *marks], "en")
    assert "rate cut" in lines
    assert lines.count("mail") == 11
    assert "mail 12.20" in lines


@pytest.mark.parametrize(
    "rows", [[], [{"month": "North"}], [{"month": "2023-04-30"}], [{"other": 1}]]
)
def test_a_chart_without_these_months_stays_as_it_is(rows):
    spec, marks = {**SPEC, "datasets": {"d": rows}}, [mark("2024-04-01", "spring")]
    assert with_marks(spec, marks) == spec
    assert key_line(spec, marks, "en") == ""
