"""The state in the data folder has the field names of earlier versions."""

from __future__ import annotations

from loop_client.mirror.state import Scan, State, decoded, encoded


def test_a_running_scan_of_an_earlier_version_is_resumed() -> None:
    """A running scan and a due recheck of an earlier version are read under their old names."""
    stored = (
        '{"round":{"status":"open","number":7,"started":5,"cursor":"c","met":300},"rounds":7,"decided_by":6,'
        '"decided":4,"doubt":true}'
    )

    assert decoded(stored) == State(
        scan=Scan("open", 7, 5, cursor="c", seen=300),
        scans=7,
        resolved_checked_by=6,
        statuses_before=4,
        statuses=None,
        recheck_due=True,
    )


def test_a_state_is_stored_under_the_names_of_earlier_versions() -> None:
    """The state is stored under the old names, so that an earlier version can read the folder again."""
    text = encoded(State(scan=Scan(None, 2, 1, seen=9), scans=2, resolved_checked_by=1, recheck_due=True))

    assert '"round":{"status":null,"number":2,"started":1,"cursor":null,"met":9' in text
    assert '"rounds":2' in text
    assert '"decided_by":1' in text
    assert '"doubt":true' in text
