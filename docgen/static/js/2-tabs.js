// Tabs follow the pattern of the ARIA Authoring Practices: arrows move and select, Home and
// End go to the ends, and only the selected tab is in the tab order. All groups of a kind
// show the same choice, here and on the next page. `?lang=go` chooses in every group, and
// the address of one panel (`#read-go`) opens it.
docgen.ready(() => {
  const LABELS = { server: "Framework", client: "Client" };

  const makeGroup = (root) => {
    const list = document.createElement("div");
    list.className = "tablist";
    list.setAttribute("role", "tablist");
    list.setAttribute("aria-label", docgen.word(LABELS[root.dataset.tabs] ?? "Variants"));
    const panels = [...root.querySelectorAll(":scope > .tab")];
    const tabs = panels.map((panel) => {
      const tab = document.createElement("button");
      tab.type = "button";
      tab.id = `tab-${panel.id}`;
      tab.className = "tab-button";
      tab.textContent = panel.dataset.title;
      tab.setAttribute("role", "tab");
      tab.setAttribute("aria-controls", panel.id);
      panel.setAttribute("role", "tabpanel");
      panel.removeAttribute("aria-label");
      panel.setAttribute("aria-labelledby", tab.id);
      list.append(tab);
      return tab;
    });
    root.prepend(list);
    root.classList.add("is-ready");
    return { kind: root.dataset.tabs, list, panels, tabs };
  };

  const groups = [...document.querySelectorAll(".tabs")].map(makeGroup);
  if (!groups.length) return;

  const select = (group, name) => {
    if (!group.panels.some((panel) => panel.dataset.tab === name)) return;
    group.panels.forEach((panel, place) => {
      const chosen = panel.dataset.tab === name;
      const tab = group.tabs[place];
      panel.hidden = !chosen;
      tab.setAttribute("aria-selected", String(chosen));
      tab.tabIndex = chosen ? 0 : -1;
      if (chosen) reveal(group.list, tab);
    });
  };

  // scrollIntoView would move the page too.
  const reveal = (list, tab) => {
    const end = tab.offsetLeft + tab.offsetWidth;
    if (tab.offsetLeft < list.scrollLeft) list.scrollLeft = tab.offsetLeft;
    else if (end > list.scrollLeft + list.clientWidth) list.scrollLeft = end - list.clientWidth;
  };

  const selectAll = (kind, name) => {
    groups.filter((group) => group.kind === kind).forEach((group) => select(group, name));
  };

  const choose = (group, place) => {
    const tab = group.tabs[place];
    const name = group.panels[place].dataset.tab;
    const before = tab.getBoundingClientRect().top;
    selectAll(group.kind, name);
    docgen.set(`tab.${group.kind}`, name);
    keepAddress(name);
    tab.focus({ preventScroll: true });
    // Panels above may have changed their height: keep the tab under the pointer.
    scrollBy({ top: tab.getBoundingClientRect().top - before, behavior: "instant" });
  };

  // An address that names a language goes on telling the truth.
  const keepAddress = (name) => {
    const url = new URL(location);
    if (!url.searchParams.has("lang")) return;
    url.searchParams.set("lang", name);
    try { history.replaceState(history.state, "", url); } catch { /* not from file: */ }
  };

  const openLinked = () => {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    const panel = target?.closest(".tab");
    const group = groups.find((one) => one.panels.includes(panel));
    if (!group) return;
    selectAll(group.kind, panel.dataset.tab);
    target.scrollIntoView();
  };

  for (const group of groups) {
    select(group, group.panels[0].dataset.tab);
    select(group, docgen.get(`tab.${group.kind}`));
    select(group, new URLSearchParams(location.search).get("lang"));
    group.tabs.forEach((tab, place) => tab.addEventListener("click", () => choose(group, place)));
    group.list.addEventListener("keydown", (event) => {
      const place = group.tabs.indexOf(document.activeElement);
      const last = group.tabs.length - 1;
      const moves = {
        ArrowRight: place === last ? 0 : place + 1,
        ArrowLeft: place === 0 ? last : place - 1,
        Home: 0,
        End: last,
      };
      if (!(event.key in moves)) return;
      event.preventDefault();
      choose(group, moves[event.key]);
    });
  }
  openLinked();
  addEventListener("hashchange", openLinked);
});
