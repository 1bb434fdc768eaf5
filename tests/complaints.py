"""Labelled accounts, and how well clusters match the labels."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa

from loop_client.mirror import columns
from loop_client.sandbox.sample import BROKEN, labelled_items

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    Item = Mapping[str, str | None]

NOW = datetime(2026, 6, 19, 14, 2, 11, tzinfo=UTC)


@dataclass(frozen=True)
class Labelled:
    """The items of an account, as its frame, newest first; and the complaint of each item by its id."""

    items: Sequence[Item]
    frame: pd.DataFrame
    complaints: Mapping[str, str]


def frame_of(items: Iterable[Item]) -> pd.DataFrame:
    """Items as the API sends them, as the frame of a snapshot."""
    rows = list(items)
    names = ("id", "user_id", "message", "sentiment", "source", "tag", "status")
    texts = {name: pa.array([row[name] for row in rows], pa.string()) for name in names}
    at = pd.to_datetime(pd.Series([row["created_at"] for row in rows], dtype="str"), utc=True, format="ISO8601")
    table = pa.table({**texts, "created_at": pa.array(at.astype("datetime64[us, UTC]").astype("int64").to_numpy())})
    return columns.of_table(table.sort_by([("created_at", "descending"), ("id", "descending")]))


def sample(count: int, seed: int = 1) -> Labelled:
    """The sandbox's sample."""
    rows = list(labelled_items(count, seed=seed, now=NOW))
    items = [item for item, _ in rows]
    return Labelled(items, frame_of(items), {str(item["id"]): complaint for item, complaint in rows})


def rows_of(
    messages: Iterable[str], *, tag: str | None = None, people: int = 50, days: float = 100
) -> list[dict[str, str | None]]:
    """Items with these messages, oldest first, distributed over the days before now."""
    texts = [*messages]
    return [
        {
            "id": f"fb_{tag}_{days}_{number:05d}",
            "user_id": f"u_{number % people}",
            "message": text,
            "sentiment": "negative",
            "source": None,
            "tag": tag,
            "status": "open",
            "created_at": (NOW - timedelta(days=days * (len(texts) - number) / len(texts))).isoformat(),
        }
        for number, text in enumerate(texts)
    ]


FRESH = {
    "English": """
        Door badges stopped working this morning
        my badge does not open the gate
        badge reader is dead
        nobody gets in, badges are rejected
        the turnstiles ignore our badges
        locked out, badge broken
        red light when I hold my badge to it
        reception prints badges that fail
        badges down?
        new badges fail, old badges too
        which badge works today?
        Badges again: the gate stays shut
    """,
    "German": """
        Die Rechnung kommt doppelt an
        Rechnungen wurden zweimal verschickt
        Doppelte Rechnung im Postfach
        Warum zwei Rechnungen?
        Meine Rechnung ist doppelt
        Rechnung doppelt erhalten heute früh
        Zum zweiten Mal dieselbe Rechnung
        Wir haben Rechnungen doppelt bekommen
        Rechnung 4711 doppelt
        Buchhaltung meldet doppelte Rechnungen
        doppelt abgerechnet, Rechnung falsch
        Rechnung zweimal
    """,
    "Chinese": """
        登录后闪退了
        一打开就闪退
        更新以后一直闪退
        手机上闪退,电脑正常
        点报表就闪退
        闪退了三次
        今天早上开始闪退
        怎么又闪退
        安卓版闪退严重
        闪退,数据也丢了
        请修复闪退
        同事也遇到闪退
    """,
    "Russian": """
        Приложение вылетает при входе
        вылетает сразу после запуска
        Опять вылетает
        вылетает у коллег
        После обновления вылетает каждую минуту
        вылетает на андроиде
        Открываю отчёт и вылетает
        Почему вылетает?
        Вылетает третий день
        сохраняю и вылетает
        вылетает без ошибки
        вылетает!
    """,
    "Arabic": """
        التطبيق يتجمد عند الفتح
        يتجمد كل مرة
        يتجمد بعد التحديث
        لماذا يتجمد التقرير
        يتجمد دائما
        الشاشة تتجمد ثم يتجمد الهاتف
        يتجمد عند الحفظ
        يتجمد منذ الصباح
        زميلي أيضا يتجمد عنده
        التقرير الكبير يتجمد
        يتجمد بدون رسالة
        أصلحوه، يتجمد
    """,
}
"""Language → what four people write about one thing within an hour."""


class Agreement(NamedTuple):
    """How well clusters agree with complaints.

    `precision`, `recall`: over pairs of items. `broken`: the share of the broken exports in the cluster with the most
    of them; `strangers`: the share of other items in it.
    """

    precision: float
    recall: float
    broken: float
    strangers: float


def agreement(codes: np.ndarray, labels: np.ndarray) -> Agreement:
    """How well clusters, by item, agree with the complaints, by item."""
    truth = np.unique(labels, return_inverse=True)[1]
    both = np.unique(codes * (int(truth.max()) + 1) + truth, return_inverse=True)[1]
    right = _pairs(both)
    own = np.bincount(codes[labels == BROKEN], minlength=int(codes.max()) + 1)
    best = int(own.argmax())
    broken = own[best] / max(own.sum(), 1)
    strangers = 1 - own[best] / (codes == best).sum()
    return Agreement(right / max(_pairs(codes), 1), right / max(_pairs(truth), 1), float(broken), float(strangers))


def _pairs(codes: np.ndarray) -> int:
    """The number of pairs of items with the same code."""
    sizes = np.bincount(codes)
    return int((sizes * (sizes - 1) // 2).sum())
