"""One script, for what Streamlit's settings leave open in the browser: its history, keys, typed texts, news."""

from __future__ import annotations

from typing import Final

import streamlit as st

SCRIPT: Final = """
if (!window.prepared) {
  window.prepared = true;
  const root = document.documentElement;
  const narrow = matchMedia("(max-width: 640px)");
  const push = history.pushState.bind(history);
  const item = (url) => {
    const { searchParams } = new URL(url, location);
    return searchParams.get("item") ?? searchParams.get("person");
  };
  let done = true;
  const filters = "[data-testid=stSidebar], [role=listbox]";
  const act = ({ target, isTrusted }) => { if (isTrusted) done = Boolean(target.closest?.(filters)); };
  for (const kind of ["pointerdown", "keydown"]) addEventListener(kind, act, true);
  addEventListener("popstate", () => { done = true; }, true);
  history.pushState = (...entry) => {
    const opens = item(entry[2]) !== item(location);
    if (done) history.replaceState(...entry); else push(...entry);
    done = true;
    if (opens && narrow.matches) document.querySelector("[data-testid=stMain]")?.scrollTo(0, 0);
  };
  addEventListener("pointerdown", () => { root.dataset.pointer = ""; }, true);
  addEventListener("keydown", (event) => {
    if (event.key === "Tab") delete root.dataset.pointer;
    if ((event.ctrlKey || event.metaKey) && event.key === "f") event.stopPropagation();
  }, true);

  let isLost = false, rerun;
  new MutationObserver(([{ target }]) => {
    const { testConnectionState: connection, testScriptState: script } = target.dataset;
    if (script === "running") clearTimeout(rerun);
    if (isLost && connection === "CONNECTED") rerun = setTimeout(() => {
      document.body.dispatchEvent(new KeyboardEvent("keydown", { key: "r", code: "KeyR", bubbles: true }));
    }, 1500);
    isLost = connection !== "CONNECTED";
  }).observe(root, { subtree: true, attributeFilter: ["data-test-connection-state", "data-test-script-state"] });

  const every = 15_000, news = () => document.querySelector("[class*=st-key-news-]");
  let newest = "", spent = 0, planned, socket, pause = 1000;
  const look = () => {
    spent = Math.min(Math.max(spent, Date.now()) + every, Date.now() + 2 * every);
    news()?.querySelector("button").click();
  };
  const isNew = () => news() && !news().classList.contains(`st-key-news-${newest}`);
  const told = ({ data }) => {
    if (typeof data === "string") newest = data;
    if (!planned && isNew()) planned = setTimeout(() => {
      planned = null;
      if (isNew()) look();
      told({});
    }, Math.max(1500 * Math.random(), spent - Date.now() - every));
  };
  const listen = () => {
    const since = Date.now();
    socket = new WebSocket(new URL("/news", location).href.replace("http", "ws"));
    socket.onmessage = told;
    socket.onclose = () => {
      pause = Date.now() - since > 60_000 ? 1000 : Math.min(2 * pause, 60_000);
      setTimeout(listen, pause * (0.5 + Math.random()));
    };
  };
  listen();
  setInterval(() => { if (socket.readyState !== WebSocket.OPEN) look(); }, 10_000);

  const idle = window.requestIdleCallback ?? ((act) => setTimeout(act, 50));
  let sent = 0, arrived = 0;
  const afterwards = (act) => {
    const now = sent;
    idle(() => setTimeout(() => {
      arrived = now;
      act?.();
    }, 250), { timeout: 1000 });
  };
  const press = (field, ctrlKey) => {
    sent += 1;
    afterwards();
    field.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", code: "Enter", ctrlKey, bubbles: true }));
  };
  let choosing = null, unsent = null;
  const send = () => {
    if (unsent) press(unsent, unsent.matches("textarea"));
    unsent = null;
  };
  const typed = ({ target, isComposing }) => {
    if (isComposing || !target.closest?.(".st-key-draft")) return;
    if (target.matches("[role=combobox]")) choosing = target.value ? target : null;
    else if (unsent !== target) {
      send();
      unsent = target;
      setTimeout(() => { if (unsent === target) send(); }, 300);
    }
  };
  const leave = () => {
    send();
    if (choosing) press(choosing, false);
    choosing = null;
  };
  for (const kind of ["input", "compositionend"]) addEventListener(kind, typed, true);
  addEventListener("pointerdown", ({ target }) => {
    if (target !== choosing && !target.closest?.("[role=listbox]")) leave();
  }, true);
  addEventListener("keydown", ({ key }) => {
    if (key === "Tab") leave();
    else if (key === "Enter" || key === "Escape") choosing = null;
  }, true);
  window.navigation?.addEventListener("navigate", (event) => {
    if (event.navigationType !== "traverse" || !event.cancelable) return;
    leave();
    if (arrived === sent) return;
    event.preventDefault();
    afterwards(() => navigation.traverseTo(event.destination.key));
  });
  addEventListener("popstate", (event) => {
    const { href } = location;
    leave();
    if (arrived === sent) return;
    event.stopImmediatePropagation();
    afterwards(() => {
      history.replaceState(history.state, "", href);
      dispatchEvent(new PopStateEvent("popstate", { state: history.state }));
    });
  }, true);
  addEventListener("focusout", ({ target }) => {
    if (!target.closest?.(".st-key-draft")) return;
    sent += 1;
    afterwards();
  }, true);
  addEventListener("click", (event) => {
    const link = event.target.closest?.("a:not([target=_blank])");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || arrived === sent) return;
    event.preventDefault();
    event.stopPropagation();
    afterwards(() => link.click());
  }, true);
}
"""
"""One action makes one entry in the browser's history, although Streamlit pushes the page and then each parameter.
After a click or key, the first push stays and the others replace it. A filter in the sidebar always replaces.

On a phone an item or a person replaces the list, so the script scrolls to its top.

`data-pointer` is set from a click until the next Tab, for `browser.css`. Ctrl+F stays the browser's search: a table's
search would cover only the rows of its page.

Streamlit sends a text field when it loses focus, and a new tag only after Enter, so Back would lose the text, and Tab
the tag. Therefore the script presses Enter (in the message, Ctrl+Enter) 300 ms after a letter, and when a list is left.
This is less often than `sockets.py` lets messages through, however fast keys repeat. A click on a link waits until that
was sent, and so does Back: form data that arrives after a page change would bring the form back. It is sent at the
latest 250 ms after the browser had nothing else to do, which on a slow one can take a while. If the browser does
not let Back wait, Streamlit hears of it later, with the address as it was: a run in between writes the form's.

After a reconnect Streamlit asks for no run if the connection was lost just as one began: the page would stay without
what that run drew. If none has begun 1.5 s later, the script presses R, Streamlit's key for a run.

The server sends a number when there is something new, see `pages.server.news`; the coverage line has the one that it
was drawn for in the key of a container, with a hidden button. If they differ, the script presses it within 1.5 s, at a
random moment, so that all tabs do not ask at once; that redraws the line alone. It does so at most once in 15 s, after
a pause twice at once: with the timer of the line, no more often than tabs asked before there were numbers. Hidden tabs
do the same, for their titles. While nothing can be received, the script presses the button every 10 s.

The content security policy in app.py allows this exact script.
"""


def script() -> None:
    """Run the script, once per window. It takes the room of an empty line."""
    st.html(f"<script>{SCRIPT}</script>", unsafe_allow_javascript=True)
