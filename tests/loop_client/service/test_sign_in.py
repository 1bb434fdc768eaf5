"""Who may sign in: the list, verified addresses, and set-ups that let nobody in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loop_client import ConfigurationError
from loop_client.service import Refusal, Session, SignIn, address, sign_in_setup
from loop_client.service.sign_in import AllowList

if TYPE_CHECKING:
    from pathlib import Path

AUTH = """
[auth]
redirect_uri = "https://loop.example.com/oauth2callback"
cookie_secret = "0123456789abcdef0123456789abcdef"
client_id = "loop"
client_secret = "secret"
server_metadata_url = "https://id.example.com/.well-known/openid-configuration"
"""


def set_up(*entries: str, hours: float = 12) -> SignIn:
    """A sign-in for these addresses and domains."""
    return SignIn(("default",), "https://loop.example.com/oauth2callback", AllowList.of(entries), hours)


def claims(email: object = "lena@example.com", **others: object) -> dict[str, Any]:
    """What a provider says of a person."""
    return {"email": email, "email_verified": True, **others}


@pytest.mark.parametrize(
    ("entry", "email"),
    [
        ("lena@example.com", "Lena@Example.COM"),
        (" LENA@example.com ", "lena@example.com"),
        ("example.com", "anybody@example.com"),
        ("@example.com", "anybody@example.com"),
        ("bücher.example", "lena@xn--bcher-kva.example"),
        ("lena@xn--bcher-kva.example", "lena@bücher.example"),
    ],
)
def test_an_address_on_the_list_is_let_in(entry: str, email: str) -> None:
    """Addresses and domains count in any case, and in both spellings of a domain with other letters."""
    assert set_up(entry).refusal(claims(email)) is None


@pytest.mark.parametrize(
    ("entry", "email"),
    [
        ("lena@example.com", "lenb@example.com"),
        ("lena@example.com", "lena@example.com.evil.test"),
        ("example.com", "lena@sub.example.com"),
        ("example.com", "lena@notexample.com"),
        ("sub.example.com", "lena@example.com"),
        ("kim@example.com", "\u212aim@example.com"),  # the Kelvin sign, "k" in lower case
        ("strasse.example", "lena@straße.example"),
        ("xn--pxavn9a.example", "lena@οδός.example"),  # sigma at the end of a word
        ("*", "lena@example.com"),
        ("", "lena@example.com"),
    ],
)
def test_an_address_that_is_not_on_the_list_is_refused(entry: str, email: str) -> None:
    """Neighbours, subdomains and letters that look alike are somebody else; there is no entry for everybody."""
    assert set_up(entry).refusal(claims(email)) == Refusal.NOT_LISTED


@pytest.mark.parametrize("verified", [False, None, "false", 1, "yes", []])
def test_an_unverified_address_is_refused(verified: object) -> None:
    """An address counts only if the provider says that it has checked it."""
    assert set_up("example.com").refusal(claims(email_verified=verified)) == Refusal.NOT_VERIFIED


def test_an_address_of_which_nothing_is_said_is_not_verified() -> None:
    """Providers that leave the claim out verify nothing."""
    assert set_up("example.com").refusal({"email": "lena@example.com"}) == Refusal.NOT_VERIFIED


def test_a_provider_may_say_verified_as_a_text() -> None:
    """Some providers send the text "true"."""
    assert set_up("example.com").refusal(claims(email_verified="true")) is None


@pytest.mark.parametrize("email", [None, "", 5, "lena", "@example.com", "a b@example.com", "a@b@example.com", "a@com"])
def test_what_is_no_address_is_refused(email: object) -> None:
    """An address has one name and one domain."""
    assert set_up("example.com").refusal(claims(email)) == Refusal.NO_EMAIL


@pytest.mark.parametrize("email", ["lena@exam\u200dple.com", "lena@exam\u00adple.com", "lena@example\u3002com"])
def test_letters_that_nobody_sees_make_no_domain(email: str) -> None:
    """A joiner is not dropped, and only a full stop parts a domain."""
    assert set_up("example.com").refusal(claims(email)) == Refusal.NO_EMAIL


@given(st.text())
def test_an_address_is_spelled_the_same_again(text: str) -> None:
    """Comparing is by one spelling, whatever a provider sends."""
    assert address(address(text)) == address(text)


def test_what_is_no_address_and_no_domain_is_left_out_of_the_list() -> None:
    """The entries that mean nothing are named, for the log."""
    assert AllowList.of(["lena@example.com", "*", "a b", "@"]).ignored == ("*", "a b", "@")


def test_a_session_is_read_from_the_cookie_that_it_wrote() -> None:
    """The number, the address and the end of a session come back."""
    sign_in = set_up("example.com", hours=2)
    said = claims(origin="https://loop.example.com", is_logged_in=True)

    begun = sign_in.begun(said, "n1", 1_000.7)

    assert sign_in.session(begun) == Session("n1", "lena@example.com", 1_000 + 2 * 3600)


@pytest.mark.parametrize(("hours", "ends"), [(24, 3_600 * 2), (1, 3_600)])
def test_another_number_of_hours_revives_no_session(hours: float, ends: float) -> None:
    """More hours are for new sessions, fewer for all."""
    begun = set_up("example.com", hours=2).begun(claims(origin="https://loop.example.com", is_logged_in=True), "n1", 0)

    assert set_up("example.com", hours=hours).session(begun) == Session("n1", "lena@example.com", ends)


def test_a_cookie_holds_none_of_the_claims_that_nobody_reads() -> None:
    """However many groups a person is in, the cookie stays small: a large one lets no page connect."""
    said = claims(groups=["g" * 36] * 120, name="L" * 5_000, origin="https://loop.example.com", is_logged_in=True)

    assert len(str(set_up("example.com").begun(said, "n1", 0))) < 600


@pytest.mark.parametrize(
    "change",
    [
        {"is_logged_in": False},
        {"origin": "https://other.example.com"},
        {"session": None},
        {"began": "yesterday"},
        {"ends": None},
        {"email": "mallory@evil.test"},
        {"email_verified": False},
    ],
    ids=str,
)
def test_a_cookie_without_a_session_of_ours_is_nobodys(change: dict[str, Any]) -> None:
    """A cookie of another address, from before the gate, or of somebody who is off the list by now."""
    sign_in = set_up("example.com")
    begun = sign_in.begun(claims(origin="https://loop.example.com", is_logged_in=True), "n1", 0)

    assert sign_in.session({**begun, **change}) is None


def configured(folder: Path, text: str, **environment: str) -> SignIn | None:
    """The set-up by this secrets file and environment."""
    (folder / "secrets.toml").write_text(text)
    return sign_in_setup(environment, [folder / "secrets.toml"])


def test_the_set_up_is_read_from_secrets_and_environment(tmp_path: Path) -> None:
    """The table [auth] says how, two variables say who and for how long."""
    found = configured(tmp_path, AUTH, LOOP_ALLOWED_EMAILS="a@x.example, y.example", LOOP_SIGN_IN_HOURS="0.5")

    allowed = AllowList(frozenset({"a@x.example"}), frozenset({"y.example"}))
    assert found == SignIn(("default",), "https://loop.example.com/oauth2callback", allowed, 0.5)
    assert (found.host, found.is_secure) == ("loop.example.com", True)


def test_each_of_several_providers_has_a_button(tmp_path: Path) -> None:
    """Tables below [auth] are providers of their own."""
    google = AUTH.partition("client_id")[2]
    shared = AUTH.partition("client_id")[0]
    found = configured(tmp_path, f"{shared}[auth.google]\nclient_id{google}[auth.okta]\nclient_id{google}")

    assert found is not None
    assert found.providers == ("google", "okta")


def test_without_auth_and_list_there_is_no_sign_in(tmp_path: Path) -> None:
    """As before: nothing is asked for."""
    assert configured(tmp_path, "[loop]\n") is None


@pytest.mark.parametrize(
    ("text", "environment", "reason"),
    [
        ("", {"LOOP_ALLOWED_EMAILS": "a@x.example"}, "no table"),
        ("[auth\n", {"LOOP_ALLOWED_EMAILS": "a@x.example"}, "cannot be read"),
        (AUTH.replace("client_secret", "client_sceret"), {}, "lacks client_secret"),
        (AUTH.replace("cookie_secret", "cookie"), {}, "lacks cookie_secret"),
        (AUTH.replace("0123456789abcdef0123456789abcdef", "short"), {}, "at least 32"),
        (AUTH.replace("/oauth2callback", "/callback"), {}, "redirect_uri"),
        (AUTH.replace("https://loop.example.com", ""), {}, "redirect_uri"),
        (AUTH.replace("client_id", "[auth.my_okta]\nclient_id"), {}, "underscore in its name: my_okta"),
        (AUTH, {"LOOP_SIGN_IN_HOURS": "0"}, "LOOP_SIGN_IN_HOURS"),
        (AUTH, {"LOOP_SIGN_IN_HOURS": "721"}, "LOOP_SIGN_IN_HOURS"),
        (AUTH, {"LOOP_SIGN_IN_HOURS": "nan"}, "LOOP_SIGN_IN_HOURS"),
        ('auth = "on"\n', {}, "must be a table"),
    ],
)
def test_a_set_up_that_cannot_work_is_refused(
    text: str, environment: dict[str, str], reason: str, tmp_path: Path
) -> None:
    """A dashboard that was meant to ask for a sign-in is never open because of a mistake; no secret is named."""
    with pytest.raises(ConfigurationError, match=reason) as error:
        configured(tmp_path, text, **environment)

    assert "0123" not in str(error.value)
