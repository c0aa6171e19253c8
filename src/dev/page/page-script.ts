/**
 * What the page does beyond showing itself: it copies, and follows `/events`. All markup comes from the server, where
 * texts are escaped; without this script the page is whole, and as old as its loading.
 */
export const pageScript: string = String.raw`"use strict";
(() => {
  const byId = (id) => document.getElementById(id);
  const maxRows = 50;
  document.documentElement.classList.add("scripted");

  // Screen readers hear the last news, and of many requests only how many there were.
  let news = "", requests = 0, timer;
  const announce = () => {
    timer ??= setTimeout(() => {
      const count = requests === 0 ? "" : requests === 1 ? "1 new request" : requests + " new requests";
      byId("status").textContent = [news, count].filter(Boolean).join(". ");
      news = "";
      requests = 0;
      timer = undefined;
    }, 1500);
  };

  const copy = async (button) => {
    const source = button.previousElementSibling;
    let copied = true;
    try {
      await navigator.clipboard.writeText(source.textContent);
    } catch {
      // Browsers give pages from other machines a clipboard over https only.
      getSelection().selectAllChildren(source);
      copied = document.execCommand("copy");
    }
    button.textContent = copied ? "Copied" : "Selected";
    byId("status").textContent = copied ? "Copied" : "Selected, ready to be copied";
    setTimeout(() => (button.textContent = "Copy"), 1500);
  };
  document.addEventListener("click", ({ target }) => {
    const button = target.closest(".copyable > button");
    if (button) copy(button);
  });

  const show = (next) => {
    const old = byId("served"), now = next.getElementById("served");
    const open = new Map(Array.from(old.querySelectorAll("details"), (one) => [one.id, one.open]));
    for (const one of now.querySelectorAll("details")) one.open = open.get(one.id) ?? one.open;
    const focused = old.contains(document.activeElement) ? document.activeElement.id : undefined;
    old.replaceWith(document.adoptNode(now));
    if (focused) (byId(focused) ?? now).focus({ preventScroll: true });
    document.title = next.title;
    news = byId("summary").textContent;
    announce();
  };

  let loading = false, stale = false;
  const reload = async () => {
    stale = true;
    if (loading) return;
    loading = true;
    while (stale) {
      stale = false;
      try {
        const response = await fetch("/", { cache: "no-store" });
        if (response.ok) show(new DOMParser().parseFromString(await response.text(), "text/html"));
      } catch {
        setTimeout(reload, 2000);
      }
    }
    loading = false;
  };

  let events, last = document.body.dataset.lastEvent;
  const tell = (state, text) => {
    byId("connection").hidden = false;
    byId("connection").className = state;
    byId("connection").textContent = text;
  };
  const connect = () => {
    if (document.hidden || (events && events.readyState !== EventSource.CLOSED)) return;
    events = new EventSource("/events?after=" + encodeURIComponent(last));
    events.onopen = () => tell("live", "Live");
    events.onerror = () =>
      events.readyState === EventSource.CLOSED
        ? tell("off", "Not live: reload to see changes")
        : tell("waiting", "Connecting again…");
    events.addEventListener("change", ({ lastEventId }) => {
      last = lastEventId;
      reload();
    });
    events.addEventListener("request", ({ lastEventId, data }) => {
      last = lastEventId;
      const rows = byId("log");
      rows.insertAdjacentHTML("afterbegin", data);
      rows.firstElementChild.classList.add("new");
      while (rows.childElementCount > maxRows) rows.lastElementChild.remove();
      byId("quiet")?.remove();
      requests += 1;
      announce();
    });
  };
  // A tab that nobody looks at must not hold one of the few connections a browser makes to a server.
  const disconnect = () => events?.close();
  document.addEventListener("visibilitychange", () => (document.hidden ? disconnect() : connect()));
  addEventListener("pagehide", disconnect);
  addEventListener("pageshow", connect);
})();
`;
