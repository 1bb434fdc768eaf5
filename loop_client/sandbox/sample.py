"""Sample feedback: half a year in the inbox of a reporting and planning tool.

The texts are in `texts/*.toml`, one table per topic, as sentences with slots (`{browser}`) that word lists fill. The
data contains, with ages in days before `now`:

- `exports` broke 14 days ago: since then CSV exports of large tables time out. About 100 of 2,400 items, from many
  people, in many wordings, nearly all open.
- `mobile` has been rising for 42 days, to five times its share.
- `sso` has been falling the whole time, from twice its share to a tenth.
- Three in five `templates` items come from one loud person, `u_41ce`, who wants nested folders.
- Recent items are mostly open and old ones resolved; negative ones stay open longer, a few of the oldest until now.
- Support calls `onboarding` by another name, `on-boarding`: two tags that look alike.
- The third newest item is the API reference's own example.

About every 30th item is difficult to display: another script, many lines, markup, formulas, 10,000 characters.
"""

from __future__ import annotations

import math
import random
from bisect import bisect
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from typing import TYPE_CHECKING, NamedTuple

from loop_client.sandbox.texts import SENTIMENTS, Texts

if TYPE_CHECKING:
    from collections.abc import Iterator

DAYS = 180
PEOPLE = 150
BROKEN_DAYS = 14
RISING_DAYS = 42
EXAMPLE = {
    "user_id": "u_8f2c",
    "message": "The CSV export timed out on large datasets.",
    "sentiment": "negative",
    "source": "in-app-widget",
    "tag": "exports",
    "status": "open",
}
SOURCES = {
    "in-app-widget": 40,
    "email": 20,
    "support-chat": 16,
    "nps-survey": 12,
    "community-forum": 7,
    "mobile-app": 5,
}
SPELLED: dict[tuple[str | None, str], str] = {("support-chat", "onboarding"): "on-boarding"}
STYLES = {"plain": 44, "polite": 20, "lower": 14, "typos": 9, "blunt": 7, "chatty": 6}
BY_HOUR = (2, 1, 1, 1, 2, 4, 8, 16, 26, 30, 29, 25, 22, 27, 32, 33, 31, 27, 22, 18, 14, 9, 6, 3)  # UTC
BY_WEEKDAY = (1.15, 1.1, 1.05, 1.0, 0.85, 0.18, 0.14)
RESOLVED = {
    "negative": (48, 0.9),
    "neutral": (22, 0.95),
    "positive": (12, 0.97),
}  # mean days until resolved, final share


class _Moment(NamedTuple):
    at: datetime
    age_days: float
    broken: bool  # written about the broken exports


class _Person(NamedTuple):
    id: str
    style: str
    source: str
    name: str


BROKEN = "broken"
LOUD = _Person("u_41ce", "loud", "community-forum", "Gerd")


def sample_items(count: int = 2400, *, seed: int = 1, now: datetime) -> Iterator[dict[str, str | None]]:
    """Items of the last 180 days, oldest first; the same for the same arguments.

    Keys: id, user_id, message, sentiment, source, tag, status, created_at ("2026-06-19T14:02:11.123Z", never after
    now). About 8 % have no sentiment, 12 % no tag, 4 % no source.
    """
    return (item for item, _ in labelled_items(count, seed=seed, now=now))


def labelled_items(count: int = 2400, *, seed: int = 1, now: datetime) -> Iterator[tuple[dict[str, str | None], str]]:
    """The items of `sample_items`, each with its complaint: the truth that clusters are measured against.

    The broken exports are one complaint, and so is all that the loud person writes. Otherwise a complaint is the
    sentence that an item is made from, or a text taken as it is.
    """
    r = random.Random(seed)  # noqa: S311 - sample data, nothing secret
    writer = _Writer(r)
    first_id = r.getrandbits(48)
    for n, moment in enumerate(_moments(r, count, now.astimezone(UTC))):
        number = (first_id + n * 0x9E3779B97F4B) % 2**48  # an odd step, so that no number comes twice
        item, complaint = (EXAMPLE, BROKEN) if n == max(0, count - 3) else writer.item(moment)
        at = moment.at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        yield {"id": f"fb_{number ^ (number >> 23):012x}", **item, "created_at": at}, complaint


def _moments(r: random.Random, count: int, now: datetime) -> Iterator[_Moment]:
    """Yield `count` moments in order, distributed over the hours by how busy they are."""
    start = now - timedelta(days=DAYS)
    mood_of_day = [r.lognormvariate(0, 0.22) for _ in range(DAYS + 1)]
    busy, broken = [], []
    for hour in range(DAYS * 24):
        at = start + timedelta(hours=hour)
        age_days = DAYS - hour / 24
        rhythm = BY_HOUR[at.hour] * BY_WEEKDAY[at.weekday()]
        extra = 0.35 + 0.65 * math.exp((age_days - BROKEN_DAYS) / 4) if age_days <= BROKEN_DAYS else 0.0
        usual = rhythm * mood_of_day[hour // 24] * (1.15 - 0.3 * age_days / DAYS)
        busy.append(usual + rhythm * extra)
        broken.append(rhythm * extra / busy[-1])
    ends = list(accumulate(busy))
    for n in range(count):
        point = (n + r.random()) / count * ends[-1]
        hour = min(bisect(ends, point), len(ends) - 1)
        hours = hour + (point - ends[hour] + busy[hour]) / busy[hour]
        yield _Moment(min(now, start + timedelta(hours=hours)), DAYS - hours / 24, r.random() < broken[hour])


class _Writer:
    """Writes items: chooses person, topic, sentiment and status."""

    def __init__(self, r: random.Random) -> None:
        self._r, self._texts = r, Texts(r)
        self._until_odd = r.randrange(10, 30)
        self._people = self._crowd()
        self._cum_people = list(accumulate(1 / (rank + 4) ** 0.9 for rank in range(len(self._people))))
        self._cum_topics = [list(accumulate(self._topic_weights(age))) for age in range(DAYS + 1)]

    def item(self, moment: _Moment) -> tuple[dict[str, str | None], str]:
        """An item, and its complaint."""
        self._until_odd -= 1
        if self._until_odd < 0 and not moment.broken:
            return self._odd_item(moment)
        topic = "exports" if moment.broken else self._topic(moment.age_days)
        sentiment = self._r.choices(SENTIMENTS, self._texts.topics[topic]["mood"])[0]
        story, person = topic, self._person(everyone=moment.broken)
        if moment.broken:
            story, sentiment = BROKEN, "negative"
        elif topic == "templates" and self._r.random() < 0.6:
            story, sentiment, person = LOUD.style, "negative", LOUD
        message = self._texts.message(story, sentiment, person.style, person.name)
        is_rated, source = self._r.random() >= 0.08, self._source(person)
        item = {
            "user_id": person.id,
            "message": message,
            "sentiment": sentiment if is_rated else None,
            "source": source,
            "tag": None if self._r.random() < 0.12 else SPELLED.get((source, topic), topic),
            "status": self._status(sentiment, moment),
        }
        return item, story if story != topic else self._texts.sentence

    def _odd_item(self, moment: _Moment) -> tuple[dict[str, str | None], str]:
        self._until_odd = self._r.randrange(20, 40)
        odd, person = self._texts.odd.draw(), self._person(everyone=True)
        sentiment = odd.get("sentiment", "neutral")
        message = odd["message"].rstrip("\n")
        item = {
            "user_id": person.id,
            "message": self._texts.lengthened(message, sentiment, odd["until"]) if "until" in odd else message,
            "sentiment": odd.get("sentiment"),
            "source": self._source(person),
            "tag": odd.get("tag"),
            "status": self._status(sentiment, moment),
        }
        return item, message

    def _crowd(self) -> list[_Person]:
        numbers = self._r.sample(range(0x1000, 0x10000), PEOPLE)
        ids = [name for name in map("u_{:04x}".format, numbers) if name not in (LOUD.id, EXAMPLE["user_id"])]
        return [
            _Person(
                person_id,
                self._r.choices(list(STYLES), list(STYLES.values()))[0],
                self._any_source(),
                self._r.choice(self._texts.names),
            )
            for person_id in ids[: PEOPLE - 2]
        ]

    def _person(self, *, everyone: bool) -> _Person:
        if everyone:
            return self._r.choice(self._people)
        return self._people[bisect(self._cum_people, self._r.random() * self._cum_people[-1])]

    def _topic_weights(self, age_days: float) -> Iterator[float]:
        for topic, table in self._texts.topics.items():
            weight = float(table["weight"])
            if topic == "mobile":
                weight *= 1 + 4 * max(0.0, 1 - age_days / RISING_DAYS)
            elif topic == "sso":
                weight *= 0.1 + 1.9 * age_days / DAYS
            yield weight

    def _topic(self, age_days: float) -> str:
        cum_weights = self._cum_topics[int(age_days)]
        return self._r.choices(list(self._texts.topics), cum_weights=cum_weights)[0]

    def _source(self, person: _Person) -> str | None:
        if self._r.random() < 0.04:
            return None
        return person.source if self._r.random() < 0.6 else self._any_source()

    def _any_source(self) -> str:
        return self._r.choices(list(SOURCES), list(SOURCES.values()))[0]

    def _status(self, sentiment: str, moment: _Moment) -> str:
        mean_days, in_the_end = RESOLVED[sentiment]
        done = in_the_end * (1 - math.exp(-moment.age_days / mean_days)) * (0.1 if moment.broken else 1)
        return "resolved" if self._r.random() < done else "open"
