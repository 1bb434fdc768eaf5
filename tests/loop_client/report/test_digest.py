"""Digests as files: what they say, and that text from outside stays text."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loop_client.mirror import Coverage, Resolution
from loop_client.query import DrillDown, Filters
from loop_client.report import Period, compared_periods
from loop_client.report.changes import Selection, changes, moved
from loop_client.report.clusters import Clustered
from loop_client.report.column_masks import Mask
from loop_client.report.comparison import share_change
from loop_client.report.digest import FORMATS, Digest, Shown, base_of, digest_of, message, pieces, plain, written
from loop_client.report.digest.lines import outside
from loop_client.report.digest.words import points, what_happened
from loop_client.report.export import About
from loop_client.report.masking import E_MAIL, People
from tests.frames import item, items_frame, snapshot_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from loop_client.report.changes import Both, Moved
    from loop_client.report.digest import Format

NOW: Final = datetime(2026, 6, 19, 14, 30, tzinfo=UTC)
HOSTILE: Final = [
    "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "](http://evil.example) ![x](http://evil.example/x.png) `code` ```",
    "\u202egnp.exe <!channel> @everyone https://evil.example",
    "| a | b |\n|---|---|\n# heading\n- item\x02\x03\x00",
]


def digest(  # noqa: PLR0913, PLR0917 - what differs between tests
    tag: str = "new",
    said: str = "The badge reader is dead",
    mask: Mask | None = None,
    limit: str = "a tag",
    both: Both | None = None,
    markers: Sequence[tuple[date, str]] = (),
    called: str | None = None,
    seen: Sequence[Resolution] = (),
) -> Digest:
    """A digest in which this tag is the first ever, and people write this.

    `limit`: the tag by which it is filtered. `both`: its periods, by default the last 7 days and the 7 before.
    `called`: the name of everybody in the team's file.
    """
    rows: list[dict[str, Any]] = [
        {"tag": "misc", "sentiment": "neutral", "message": f"All is well {number % 7}", "hours": 4 * number + 1}
        for number in range(170)
    ]
    rows += [{"tag": tag, "message": f"{said} {number}", "hours": 5 * number + 1} for number in range(30)]
    rows += [{"tag": "misc", "message": said, "hours": 400.0, "user_id": "u_turned", "sentiment": "positive"}]
    rows += [{"tag": "misc", "message": said, "hours": 2.0, "user_id": "u_turned", "sentiment": "negative"}]
    rows.sort(key=lambda row: float(row["hours"]))
    frame = items_frame(
        item(number, created_at=NOW - timedelta(hours=row.pop("hours")), **{"user_id": f"u_{number}", **row})
        for number, row in enumerate(rows)
    )
    snapshot = snapshot_of(frame, Coverage(complete=True, since=NOW - timedelta(days=90), reconciled_at=NOW))
    both = both or compared_periods((date(2026, 6, 13), None), NOW)
    assert both is not None
    selection = Selection(snapshot, Filters())
    found = changes(selection, both, NOW, Clustered.of(frame), seen)
    ids = frame["user_id"].unique().tolist()
    people = None if called is None else pa.table({"person": ids, "name": [called] * len(ids)})
    return digest_of(
        found, Shown(selection, mask, people), About({"tag": (limit,)}, coverage="all", made_at=NOW), markers
    )


@pytest.mark.parametrize("said", [f"{'1' * 1_985} write to anna@example.com", f"{' ' * 2_000}Call anna@example.com"])
def test_a_quote_is_masked_as_a_whole(said: str) -> None:
    """A quote has a beginning, without a part of an address, wherever a long message is cut."""
    made = digest(said=said, mask=Mask(People.of(["u_1"]), bytes(32)))
    quotes = [quote for quote in _quotes(made) if not quote.startswith("All is well")]

    assert quotes
    assert all(E_MAIL in quote for quote in quotes)
    assert "anna" not in "".join(quotes)


def _quotes(made: Digest) -> list[str]:
    """The texts of all quotes."""
    return [quote.text for section in made.sections for line in section.lines for quote in line.quotes]


def resolved_digest(*days: tuple[float, float, float]) -> list[str]:
    """The sentences about what was resolved; of each item, how many days ago it was created, seen open and resolved."""
    frame = items_frame(item(number, created_at=NOW - timedelta(days=one[0])) for number, one in enumerate(days))
    snapshot = snapshot_of(frame, Coverage(complete=True, since=NOW - timedelta(days=90), reconciled_at=NOW))
    both = compared_periods((date(2026, 6, 13), None), NOW)
    assert both is not None
    seen = [Resolution(f"fb_{number}", *(NOW - timedelta(days=ago) for ago in one)) for number, one in enumerate(days)]
    selection = Selection(snapshot, Filters())
    made = digest_of(changes(selection, both, NOW, Clustered.of(frame), seen), Shown(selection), About(made_at=NOW))
    (section,) = (one for one in made.sections if one.name == "resolved")
    return [line.sentence for line in section.lines]


def text_of(made: Digest, form: Format) -> str:
    """The file as text."""
    return written(made, form).decode()


class Seen(HTMLParser):
    """The tags, attributes and texts of a page."""

    def __init__(self, page: str) -> None:
        """Read it."""
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str | None]] = []
        self.texts: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a tag."""
        self.tags.add(tag)
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        """Note a text."""
        self.texts.append(data)


PLAIN_TAGS: Final = {
    *("html", "head", "meta", "title", "style", "body", "main", "div", "h1", "h2", "p", "ul", "ol", "li"),
    *("section", "blockquote", "small", "bdi", "b", "span", "svg", "g", "rect", "text"),
}


@pytest.mark.parametrize("hostile", HOSTILE)
def test_text_from_outside_makes_no_element_in_html(hostile: str) -> None:
    """A hostile tag, message and name add no tag, no attribute and no address to the page, and can be read in it."""
    seen = Seen(text_of(digest(hostile, hostile, called=hostile), "html"))
    addresses = [value for name, value in seen.attributes if name in {"href", "src", "style"} or name.startswith("on")]

    assert seen.tags <= PLAIN_TAGS
    assert addresses == []
    assert hostile.split(maxsplit=1)[0].strip("\u202e")[:7] in "".join(seen.texts)


def test_a_page_applies_only_its_own_style() -> None:
    """The policy in the page allows nothing but the style that is in it."""
    page = text_of(digest(), "html")
    style = page.partition("<style>")[2].partition("</style>")[0]
    checksum = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    (policy,) = re.findall(r'Content-Security-Policy" content="([^"]*)"', page)

    assert policy.replace("&#x27;", "'") == (
        f"default-src 'none'; style-src 'sha256-{checksum}'; base-uri 'none'; form-action 'none'"
    )
    assert "url(" not in style
    assert "@import" not in style


@pytest.mark.parametrize("hostile", HOSTILE)
@pytest.mark.parametrize("short", [False, True], ids=["file", "message"])
def test_text_from_outside_is_code_in_markdown(hostile: str, *, short: bool) -> None:
    """Outside of code, Markdown and the posted message contain only our own words."""
    made = digest(hostile, hostile, called=hostile)
    text = message(made) if short else text_of(made, "md")
    ours = re.sub(r"(`+)(?!`).*?(?<!`)\1(?!`)", "", text)

    assert not re.search(r"[<>`\]@|\x00\x02\x03\u202e]|evil|everyone|script", ours)


@pytest.mark.parametrize("is_safe", [False, True], ids=["open", "safe"])
def test_a_posted_message_has_no_message_of_a_person(*, is_safe: bool) -> None:
    """A chat gets what happened to a cluster, called by its words and in share-safe by none, and no text verbatim."""
    mask = Mask(People.of(["u_turned"]), b"x" * 32) if is_safe else None
    posted = message(digest(mask=mask))

    assert "The badge reader" not in posted
    assert re.search("• A cluster is " if is_safe else r"• A cluster about `[^`]*badge[^`]*` is ", posted)


def test_a_posted_message_has_no_angle_brackets() -> None:
    """A chat takes a text in angle brackets for a command, even within code."""
    assert not re.search("[<>]", message(digest("<!channel>", "<!here> <https://evil.example|click>")))


@given(st.text(max_size=40), st.text(max_size=40))
def test_marks_tell_text_from_outside_from_our_own(ours: str, theirs: str) -> None:
    """A sentence falls into our words and those from outside, whatever these contain."""
    ours, bare = (re.sub("[\x02\x03]", "", text) for text in (ours, theirs))
    marked = f"{ours}{outside(theirs)}."

    assert plain(marked) == f"{ours}{bare}."
    assert pieces(marked) == [piece for piece in [(ours, False), (bare, True), (".", False)] if piece[0]]


@pytest.mark.parametrize("form", FORMATS)
def test_the_same_snapshot_gives_the_same_bytes(form: Format) -> None:
    """A digest does not depend on when or how often it is made."""
    assert written(digest(), form) == written(digest(), form)


def test_another_process_gives_the_same_bytes() -> None:
    """No order of a set gets into a file: it is the same where Python hashes texts differently."""
    script = "import hashlib; from tests.loop_client.report.test_digest import *\n"
    script += "print(*(hashlib.sha256(written(digest(), form)).hexdigest() for form in FORMATS))"
    folder = Path(__file__).parents[3]
    printed = [
        subprocess.run(
            [sys.executable, "-c", script],
            cwd=folder,
            env=os.environ | {"PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        ).stdout.split()
        for seed in ("1", "2")
    ]
    ours = [hashlib.sha256(written(digest(), form)).hexdigest().encode() for form in FORMATS]

    assert printed == [ours, ours]


@pytest.mark.parametrize("form", FORMATS)
def test_a_lone_surrogate_does_not_break_a_file(form: Format) -> None:
    """Text that no file can have, such as from a shell, is written with a question mark."""
    assert b"?tag" in written(digest(limit="\ud800tag"), form)


@pytest.mark.parametrize("form", FORMATS)
def test_a_share_safe_file_names_nobody(form: Format) -> None:
    """With a mask, no file has an id, an address, or a word that could be part of one."""
    people = People.of(["u_turned", *(f"u_{number}" for number in range(300))])
    made = digest("u_turned", "u_turned writes from ana@example.com", Mask(people, b"x" * 32))
    content = text_of(made, form)

    assert "example.com" not in content
    assert not re.search(r"\bu_(turned|\d+)\b", content)
    assert "Not compared while share-safe is on" in content


def test_json_has_the_numbers_of_each_sentence() -> None:
    """The JSON of a digest has periods as days, counts, intervals, quotes with ids, and links to rows."""
    content = json.loads(text_of(digest(), "json"))
    (tag,) = content["sections"]["tags"]["lines"]
    (turned,) = content["sections"]["turned"]["lines"]

    assert content["period"] == {"first_day": "2026-06-13", "last_day": "2026-06-19"}
    assert content["compared_with"] == {"first_day": "2026-06-06", "last_day": "2026-06-12"}
    assert (tag["name"], tag["kind"], tag["now"], tag["before"]) == ("new", "first ever", 30, 0)
    assert tag["rows"] == "inbox?view=all&only=tag%3Anew&only=since%3A2026-06-13&only=upto%3A2026-06-19T14%3A30Z"
    assert [set(quote) for quote in tag["quotes"]] == [{"text", "item", "day", "by"}] * 3
    assert turned["rows"] == "inbox?view=all&only=user%3Au_turned"
    assert [quote["day"] for quote in turned["quotes"]] == ["19 Jun 2026", "2 Jun 2026"]  # the first is printed
    assert sum(bar["items"] for bar in content["volume"] if bar["period"] == "now") == content["count"]
    assert {row["tag"] for row in content["sections"]["tags"]["all"]} == {"new", "misc"}


@pytest.mark.parametrize("form", FORMATS)
def test_people_are_called_as_the_team_calls_them(form: Format) -> None:
    """Whoever turned, waits or is quoted is named in each format, but not if it is share-safe, nor if it is posted."""
    named, mask = digest(called="Lena Abbott"), Mask(People.of(["u_turned"]), bytes(32))
    safe = digest(called="Lena Abbott", mask=mask)

    turned, waiting = (next(one for one in named.sections if one.name == name) for name in ("turned", "waiting"))
    assert turned.lines[0].sentence.startswith("u_turned (Lena Abbott) turned: positive on ")
    assert all("” (Lena Abbott) has been open since " in line.sentence for line in waiting.lines)
    others = [one for one in named.sections if one.name not in {"turned", "waiting"}]  # whose lines say it already
    names = [quote.by for section in others for line in section.lines for quote in line.quotes]
    assert names
    assert {*names} == {"Lena Abbott"}
    assert not any(quote.by for one in (turned, waiting) for line in one.lines for quote in line.quotes)
    assert text_of(named, form).count("Lena Abbott") >= len(names)
    assert "Lena" not in text_of(safe, form) + message(named)


def test_json_has_the_interval_of_each_word() -> None:
    """A word has the interval of the ratio of both shares of people, without an upper end if nobody used it before."""
    (word,) = json.loads(text_of(digest(), "json"))["sections"]["words"]["lines"]

    assert (word["now"], word["of_now"], word["before"], word["of_before"]) == (31, 71, 0, 40)
    assert 1 < word["ratio_low"] < 31 / 71 * 40
    assert word["ratio_high"] is None


def test_links_have_all_conditions_of_the_digest() -> None:
    """The rows of a line are limited as the digest is, by its drill-down and view too; where no link says so, none."""
    selection = Selection(
        snapshot_of(items_frame([item(0)])), Filters(), (DrillDown(source=("email",)), Filters(sentiment=("negative",)))
    )
    shown = Shown(selection)
    searched = Shown(replace(selection, also=(Filters(text="badge"),)))

    assert shown.rows(DrillDown(tag=("new",))) == (
        "inbox?view=all&only=sentiment%3Anegative&only=tag%3Anew&only=source%3Aemail"
    )
    assert shown.rows(DrillDown(source=("web",))) == ""
    assert searched.rows(DrillDown(tag=("new",))) == ""


def test_each_line_links_to_its_rows_where_the_dashboard_is_known() -> None:
    """With an address, each line with rows has a link to them, in Markdown and HTML; without one there is no link."""
    made = replace(digest(), base=base_of("https://dashboard.example/"))
    links = re.findall(r"^- .* \[Rows\]\((\S+)\)$", text_of(made, "md"), re.MULTILINE)
    rows = [line.rows for section in made.sections for line in section.lines if line.rows]

    assert rows
    assert links == [f"https://dashboard.example/{one}" for one in rows]
    assert [value for name, value in Seen(text_of(made, "html")).attributes if name == "href"] == links
    assert "](" not in text_of(digest(), "md")


def test_links_of_a_share_safe_digest_open_share_safe() -> None:
    """Whoever follows a link of a share-safe file sees masked rows first."""
    mask = Mask(People.of(["u_turned"]), b"x" * 32)
    rows = [line.rows for section in digest(mask=mask).sections for line in section.lines if line.rows]

    assert rows
    assert all(one.endswith("&safe=true") for one in rows)


@pytest.mark.parametrize(
    ("url", "base"),
    [
        ("http://[::1]:8501/", "http://[::1]:8501"),
        ("https://example.com/loop", "https://example.com/loop"),
        ("ftp://example.com", ""),
        ("https://name@example.com", ""),
        ("https://example.com/a)b", ""),
        ("https://example.com/?a=1", ""),
        ("", ""),
    ],
)
def test_the_address_of_a_dashboard_is_plain(url: str, base: str) -> None:
    """An address with credentials, a query, or a sign that could end a link in Markdown is none."""
    assert base_of(url) == base


def fields_of(value: Any) -> set[str]:  # noqa: ANN401 - of JSON
    """The names of all fields of a JSON value."""
    if isinstance(value, list):
        return set().union(*map(fields_of, value))
    return {*value}.union(*map(fields_of, value.values())) if isinstance(value, dict) else set()


def test_each_field_of_json_is_documented() -> None:
    """The docs name every field, also those of the negative share of a tag, which have a prefix there."""
    named = set(re.findall(r"`([a-z_]+)`", (Path(__file__).parents[3] / "docs" / "exports.md").read_text("utf-8")))
    days = [NOW - timedelta(days=ago) for ago in (5, 4, 3, 0.1)]
    seen = [Resolution("fb_30", *days[:3]), Resolution("fb_31", days[0], days[1], days[3])]
    whole = compared_periods((date(2026, 6, 13), date(2026, 6, 18)), NOW)
    files = [text_of(one, "json") for one in (digest(), digest(both=whole, seen=seen))]
    found = {name.removeprefix("negative_share_") for file in files for name in fields_of(json.loads(file))} - {"is"}

    assert found - named == set()
    assert {"surely_within", "maybe_within", "word", "person", "by_one_person"} < found


def test_the_summary_has_the_numbers_and_what_changed_most() -> None:
    """Somebody who reads the summary alone learns the numbers, what people say, and which tags changed."""
    summary = [plain(line) for line in digest().summary]

    assert summary[0] == "Items: 71, 40 before: +78% (1.2 to 2.6 times as many)."
    assert "new is there for the first time: 30 items." in " ".join(summary)
    assert summary[-2:] == [
        "Turned from positive to negative: 1 person.",
        "Waiting for an answer: 31 open negative items of all days.",
    ]


@pytest.mark.parametrize(("first", "is_said"), [(date(2026, 6, 13), True), (date(2026, 3, 15), False)])
def test_nothing_changed_only_where_something_was_compared(first: date, *, is_said: bool) -> None:
    """Summaries say that nothing changed where periods were compared, and nothing of the kind where they were not."""
    frame = items_frame(
        item(number, user_id=f"u_{number}", created_at=NOW - timedelta(hours=8 * number + 1)) for number in range(270)
    )
    snapshot = snapshot_of(frame, Coverage(complete=True, since=NOW - timedelta(days=90), reconciled_at=NOW))
    both = compared_periods((first, None), NOW)
    assert both is not None
    selection = Selection(snapshot, Filters())
    made = digest_of(changes(selection, both, NOW, None), Shown(selection), About(made_at=NOW))

    assert ("Nothing changed clearly." in message(made)) == is_said
    assert ("<li>Nothing changed clearly.</li>" in text_of(made, "html")) == is_said


def test_resolutions_are_said_as_bounds() -> None:
    """What was resolved between two looks is counted with how many surely are of the period, and times as bounds."""
    assert resolved_digest((1, 0.9, 0.8), (5, 3, 1), (20, 9, 2)) == [
        "3 items first seen resolved in this period, 2 of them surely resolved within it.",
        "Median time to resolution: between 2.0 days and 4.0 days.",
    ]
    assert resolved_digest() == []


def test_a_period_that_ends_now_has_what_was_just_seen_resolved() -> None:
    """What is new is read before resolutions are found, so these are seen after the time up to which all is loaded."""
    assert resolved_digest((1, 0.9, -0.001))[0] == (
        "1 item first seen resolved in this period, 1 of them surely resolved within it."
    )


def test_tags_say_how_many_were_compared() -> None:
    """Of three tags, one has too few items, and the intervals of the others' items and of one share are corrected."""
    tags = [("exports", 1 + number) for number in range(20)] + [("exports", 200 + number) for number in range(20)]
    tags += [("doors", 5 + number) for number in range(10)] + [("mics", 7)]
    frame = items_frame(
        item(number, tag=tag, created_at=NOW - timedelta(hours=ago))
        for number, (tag, ago) in enumerate(sorted(tags, key=lambda one: one[1]))
    )
    coverage = Coverage(complete=True, since=NOW - timedelta(days=90), reconciled_at=NOW)
    selection = Selection(snapshot_of(frame, coverage), Filters())
    both = compared_periods((date(2026, 6, 13), None), NOW)
    assert both is not None
    made = digest_of(changes(selection, both, NOW, None), Shown(selection), About(made_at=NOW))

    assert made.sections[1].about.startswith(
        "Compared: 2 of 3 tags, those with at least 8 items in both periods together. "
        "The intervals allow for 3 comparisons, of items and of negative shares. The first time means: since "
    )


def test_the_first_time_says_how_far_back() -> None:
    """What is there for the first time is so among what is loaded, tags as well as what people say."""
    said = {section.name: section.about for section in digest().sections}

    for name in ("tags", "clusters", "sources"):
        assert said[name].endswith(" The first time means: since 21 Mar 2026, as far back as is loaded.")


@pytest.mark.parametrize(
    ("filters", "of"),
    [
        (Filters(), "all items"),
        (Filters(since=date(2026, 6, 13)), "all items"),
        (Filters(tag=("exports",)), "the items that pass the filters"),
        (Filters(text="export"), "the items that pass the filters"),
    ],
)
def test_a_share_says_what_it_is_a_share_of(filters: Filters, of: str) -> None:
    """Beside a filter, a tag's share is that of the items that pass, as are people who turn; days are no filter."""
    hours = [1 + number for number in range(60)] + [200 + number for number in range(20)]
    frame = items_frame(item(number, created_at=NOW - timedelta(hours=ago)) for number, ago in enumerate(hours))
    both = compared_periods((date(2026, 6, 13), None), NOW)
    assert both is not None
    coverage = Coverage(complete=True, since=NOW - timedelta(days=90), reconciled_at=NOW)
    selection = Selection(snapshot_of(frame, coverage), filters)
    made = digest_of(changes(selection, both, NOW, None), Shown(selection), About(made_at=NOW))
    said = {section.name: section for section in made.sections}

    assert f" 100% of {of}, 100% before." in said["tags"].lines[0].sentence
    assert ("of the items that pass" in said["turned"].about) == (of != "all items")


def test_people_who_turned_are_a_lower_bound_while_older_items_are_loaded() -> None:
    """Somebody's earlier items may not be loaded yet, and an older open item is not the last one before the period."""
    ages = {"u_1": (1, 10), "u_2": (2, 50), "u_3": (3, 4)}
    rows = [
        (ago, user_id, sentiment)
        for user_id, (now, before) in ages.items()
        for ago, sentiment in ((now, "negative"), (before, "positive"))
    ]
    frame = items_frame(
        item(number, user_id=user_id, sentiment=sentiment, created_at=NOW - timedelta(days=ago))
        for number, (ago, user_id, sentiment) in enumerate(sorted(rows))
    )
    both = compared_periods((date(2026, 6, 13), None), NOW)
    assert both is not None
    said = []
    for is_complete in (False, True):
        coverage = Coverage(complete=is_complete, since=NOW - timedelta(days=40), reconciled_at=NOW)
        selection = Selection(snapshot_of(frame, coverage), Filters())
        made = digest_of(changes(selection, both, NOW, None), Shown(selection), About(made_at=NOW))
        (section,) = (one for one in made.sections if one.name == "turned")
        said.append((section.about, [line.facts["person"] for line in section.lines]))

    rule = "Last item with a sentiment before the period positive, last one in it negative."
    assert said == [
        (f"1+ people. {rule} Older items are still being loaded.", ["u_1"]),
        (f"2 people. {rule}", ["u_1", "u_2"]),
    ]


def test_a_chart_has_a_bar_for_each_day_of_both_periods() -> None:
    """The bars of the HTML file say their day and both numbers, and add up to the items of the periods."""
    titles = re.findall(r"<title>(\S+ \S+ \S+): (\d+) items, (\d+) negative</title>", text_of(digest(), "html"))

    assert [day for day, _, _ in titles] == [f"{day} Jun 2026" for day in range(6, 20)]
    assert sum(int(items) for _, items, _ in titles) == 71 + 40


def test_a_bar_says_which_period_and_days_it_is_of() -> None:
    """The bars of each period have a class that the key explains, and one of several days names the first and last."""
    start = datetime(2026, 3, 22, tzinfo=UTC)
    page = text_of(digest(both=(Period(start, NOW), Period(start - timedelta(days=1), start))), "html")
    chart = page.partition("<h2>Items over time</h2>")[2].partition("</svg>")[0]

    assert re.findall(r'<span class="(\w+)"></span> ([\w ]*\w)', chart) == [
        ("negative", "negative"),
        ("all", "this period"),
        ("before", "before"),
    ]
    assert "<title>22 Mar 2026 to 23 Mar 2026: " in chart
    assert len(re.findall('class="before" x', chart)) == 1


MARKERS: Final = [(date(2026, 6, day), name) for day, name in ((1, "old"), (10, "v4.1"), (15, HOSTILE[0]), (15, "u_7"))]


def test_marked_days_are_in_the_chart() -> None:
    """The markers of both periods are lines in the chart and names below it, and text from outside stays text."""
    page = text_of(digest(markers=MARKERS), "html")
    chart = page.partition("<h2>Items over time</h2>")[2].partition("<h2>")[0]

    assert [title.partition(":")[0] for title in re.findall(r"<title>([^<]*)</title><rect class=.marker", chart)] == [
        "10 Jun 2026",
        "15 Jun 2026",
    ]
    assert "10 Jun 2026 <bdi><b>v4.1</b></bdi> · 15 Jun 2026 " in chart
    assert "old" not in chart
    assert Seen(page).tags <= PLAIN_TAGS


def test_a_marker_that_names_a_person_is_masked() -> None:
    """In a share-safe digest, the name of a marker is masked as other names are."""
    made = digest(mask=Mask(People.of(["u_7"]), b"x" * 32), markers=MARKERS)

    assert "u_7" not in text_of(made, "html")


LONG_BEFORE: Final = (
    Period(datetime(2026, 6, 14, tzinfo=UTC), datetime(2026, 6, 19, tzinfo=UTC)),
    Period(datetime(2026, 6, 4, tzinfo=UTC), datetime(2026, 6, 14, tzinfo=UTC)),
)
"""5 days, and the 10 days before."""


def test_the_numbers_of_unequal_periods_are_those_a_day() -> None:
    """Where lengths differ, items are said and compared by day, in numbers and charts, and the totals stand beside."""
    made = digest(both=LONG_BEFORE)
    items, people = made.numbers[:2]

    assert (items.label, items.value, items.before, items.change) == ("Items a day", "10.8", "6.3", "+71%")
    assert items.sentence.endswith(" times as many a day).")
    assert people.change == "not compared, as the periods differ in length"
    assert made.sections[0].about.startswith("The periods have 5.0 and 10.0 days with 54 and 63 items, so counts")
    page = text_of(made, "html")
    assert "<h2>Tags that changed, items a day</h2>" in page
    assert re.findall(r'class="small"[^>]*>([^<]*)</text>', page)[:2] == ["4.8", "0.3"]


UNEQUAL = (10.0, 20.0)


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (moved(40, 20, 0.5), "rose to 40 items (4.0 a day) from 20 (1.0 a day); 2.4 to 6.8 times as many a day"),
        (
            moved(0, 40, 0.5),
            "is gone: none, after 40 items (2.0 a day) in the period before; 0.00 to 0.19 times as many a day",
        ),
        (
            moved(40, 0, 0.5),
            "is new: 40 items (4.0 a day), none in the period before; at least 20.8 times as many a day",
        ),
        (moved(2, 1, 0.5), "has 2 items (0.2 a day), 1 (0.1 a day) before: too few to tell"),
    ],
)
def test_periods_of_different_lengths_are_compared_by_day(number: Moved, said: str) -> None:
    """Where lengths differ, each count has its number a day, and the interval is that of these."""
    assert what_happened(number, "item", UNEQUAL) == said


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (moved(1_100, 1_000), "(1.01 to 1.20 times as many)"),
        (moved(50_200, 49_500), "(1.002 to 1.027 times as many)"),
        (moved(49_500, 50_200), "(0.974 to 0.998 times as many)"),
        (moved(30, 12), "(1.3 to 4.8 times as many)"),
    ],
)
def test_an_interval_of_a_change_is_never_said_to_have_no_change_in_it(number: Moved, said: str) -> None:
    """An end near 1 has as many decimals as tell it from 1."""
    assert what_happened(number, "item", None).endswith(said)


def test_an_interval_of_a_share_is_never_said_to_reach_zero() -> None:
    """An end near 0 points has as many decimals as tell it from 0."""
    change = share_change((51_600, 100_000), (51_150, 100_000))

    assert points(change) == ("+0.5 points", "+0.01 to +0.89")


def test_numbers_are_marked_while_older_items_are_loaded() -> None:
    """While only a part of the period is loaded, counts carry a plus, the part is named, and nothing is compared."""
    frame = items_frame(item(number, created_at=NOW - timedelta(hours=number + 1)) for number in range(50))
    snapshot = snapshot_of(frame, Coverage(complete=False, since=NOW - timedelta(hours=50)))
    both = compared_periods((date(2026, 6, 13), None), NOW)
    assert both is not None
    selection = Selection(snapshot, Filters())
    made = digest_of(changes(selection, both, NOW, Clustered.of(frame)), Shown(selection), About(made_at=NOW))

    assert [(number.label, number.value) for number in made.numbers] == [
        ("Items", "50+"),
        ("People", "1+"),
        ("Negative share so far", "100%"),
        ("Open negative", "50+"),
    ]
    for form in ("md", "html"):
        assert "50+ items" in text_of(made, form)
        assert "50 items" not in text_of(made, form)
    assert json.loads(text_of(made, "json"))["is_complete"] is False
    assert made.sections[0].about == (
        "Nothing is compared: there is no complete period before. Loaded so far: back to 17 Jun 2026."
    )
    assert made.before == ""
