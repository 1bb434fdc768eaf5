"""Text that was only typed, which the browser stores until the outbox has it: a script, and when it may run."""

from __future__ import annotations

import json
from typing import Final

import streamlit as st

from loop_client.query import DRAFT, Name
from pages.session import share_safe

SCRIPT: Final = """
window.typedText ??= (() => {
  const mark = "loop-typed ", most = 5, longest = 20_000, day = 86_400_000;
  const names = $NAMES, [parameter, submission] = $LINK;
  const { dataset } = document.documentElement;
  const one = (selector) => document.querySelector(selector);
  const part = (kind) => one(`[class*="st-key-${kind}-"]`);
  const token = (kind) => part(kind)?.className.match(`st-key-${kind}-([\\\\w-]+)`)[1];
  const own = () => sessionStorage.getItem(mark);
  const field = (name) => one(`.st-key-${name} :is(input, textarea)`);
  const choices = (name) => [...document.querySelectorAll(`.st-key-${name} [role=radio]`)];
  const later = (time) => new Promise((go) => { setTimeout(go, time); });
  let keeps = false, seen = null, ready = null, last = "", pressed = "", path = "";

  const value = (name) => (field(name)?.value
    ?? one(`.st-key-${name} [aria-checked=true]`)?.textContent ?? "").slice(0, longest);
  const values = () => JSON.stringify(names.map(value));
  const stored = (form) => JSON.parse(localStorage.getItem(mark + form) ?? "[0]");
  const drop = (form) => {
    localStorage.removeItem(mark + form);
    if (own() === form) sessionStorage.removeItem(mark);
  };
  const tidy = (newest) => Object.keys(localStorage).filter((key) => key.startsWith(mark))
    .map((key) => [stored(key.slice(mark.length))[0], key]).sort().reverse()
    .forEach(([at, key], place) => {
      if (place >= newest || Date.now() - at > day) localStorage.removeItem(key);
    });
  const linked = () => new URL(location).searchParams.get(parameter);
  const hasText = () => JSON.parse(values()).some(Boolean)
    || [...names, submission].some((name) => new URL(location).searchParams.has(name));
  const link = (form) => {
    const url = new URL(location);
    url.searchParams.set(parameter, form);
    if (location.pathname === path && linked() !== form) history.replaceState(history.state, "", url);
  };

  const save = () => {
    const form = token("typed"), now = keeps && form && part("typed") === ready ? values() : last;
    if (now === last) return;
    [last, pressed] = [now, ""];
    if (!JSON.parse(now).some(Boolean)) { delete dataset.restored; return drop(form); }
    localStorage.setItem(mark + form, `[${Date.now()},${now}]`);
    sessionStorage.setItem(mark, form);
    link(form);
    tidy(most);
  };
  const put = async (name, text) => {
    const input = field(name);
    if (!input) return choices(name).find(({ textContent }) => textContent === text)?.click();
    Object.getOwnPropertyDescriptor(Object.getPrototypeOf(input), "value").set.call(input, text);
    input.dispatchEvent(new Event("input", { bubbles: true }));
    await later(0);
    const enter = { key: "Enter", code: "Enter", bubbles: true };
    if (input.matches("[role=combobox]")) input.dispatchEvent(new KeyboardEvent("keydown", enter));
  };
  const restore = async () => {
    const form = part("typed"), earlier = own();
    if (!keeps || !form || form === seen) return;
    [seen, path] = [form, location.pathname];
    tidy(most);
    while (seen === form && !names.every((name) => field(name) ?? choices(name)[0])) await later(50);
    if (!stored(token("typed"))[0] && earlier && stored(earlier)[0] && !hasText()) {
      link(earlier);
      dispatchEvent(new PopStateEvent("popstate"));
      const waits = () => form.isConnected && linked() === earlier && token("typed") !== earlier;
      for (let tries = 100; waits() && tries; tries -= 1) await later(50);
    }
    const texts = stored(token("typed"))[1] ?? [];
    for (const [place, text] of texts.entries()) {
      const typing = document.activeElement === field(names[place]) && value(names[place]);
      if (seen !== form || typing || text === value(names[place])) continue;
      one(".st-key-restored")?.setAttribute("role", "status");
      await put(names[place], text);
      dataset.restored = "";
    }
    if (seen === form) [ready, last] = [form, values()];
  };
  const outcome = () => {
    for (const form of [token("sent"), pressed]) drop(form);
    pressed = "";
    delete dataset.restored;
  };

  const shown = { "typed-form": restore, "typed-sent": outcome };
  addEventListener("animationstart", ({ animationName }) => shown[animationName]?.(), true);
  addEventListener("input", save, true);
  for (const kind of ["click", "keyup"]) addEventListener(kind, ({ target }) => {
    if (target.closest?.(".st-key-send button")) pressed = token("typed") ?? "";
    if (target.closest?.(".st-key-clear-draft button")) { drop(own()); delete dataset.restored; }
    setTimeout(save);
  }, true);
  return (keep) => {
    keeps = keep;
    if (keep) { if (part("sent")) outcome(); else restore(); }
    else { tidy(0); sessionStorage.removeItem(mark); }
  };
})();
window.typedText(document.currentScript.dataset.keep === "true");
""".replace("$NAMES", json.dumps([*DRAFT.values()])).replace("$LINK", json.dumps([Name.DRAFT, Name.SUBMISSION]))
"""Stores the texts of the form at each letter, and puts them back where the form is drawn without them.

They are in the browser's `localStorage`, by the token that the draft has or will have in the outbox; the link has it as
`draft`, so that a reload, a restart of the server, and the browser's history lead to the same draft. A draft that the
outbox has already is found by it, and not sent twice. `sessionStorage` has the token of this tab's draft, for a form
that is reached without it, and without a text of its own: a link with one is asked for that, as fields are drawn empty
before they have it. No tab reads what it was not led to by either.

At most five forms are stored, 20,000 characters a field, for a day: what is older is deleted when the form is opened
again. An entry is deleted once its outcome is shown, and when the fields are empty. A browser that is killed may lose
the last five seconds, which it has not written to its disk yet.

The keys of two containers tell the script where it is: `typed-<token>` of the form and `sent-<token>` of an outcome.
The style sheet starts an animation that draws nothing where one of them appears: other pages are not observed.
Texts are set as values, never as HTML, and reach the server as if they were typed.
"""


def may_be_stored() -> bool:
    """Whether the browser may store texts now. While it may not, all that was stored is deleted."""
    return not share_safe.is_on()


def script() -> None:
    """Run the script beside the form."""
    _run(keep=may_be_stored())


def erase() -> None:
    """Delete what was stored, on a page without the form, while nothing may be."""
    if not may_be_stored():
        _run(keep=False)


def _run(*, keep: bool) -> None:
    st.html(f'<script data-keep="{str(keep).lower()}">{SCRIPT}</script>', unsafe_allow_javascript=True)
