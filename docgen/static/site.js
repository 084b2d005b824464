// Theme, tabs, copy buttons and the place in the table of contents. Without it the pages
// are complete: tabs are sections below each other. It is loaded before the body, so that
// the remembered theme is there before anything is drawn.
"use strict";

const store = {
  get(name) {
    try { return localStorage.getItem(`docgen.${name}`); } catch { return null; }
  },
  set(name, value) {
    try { localStorage.setItem(`docgen.${name}`, value); } catch { /* private mode */ }
  },
};

const THEMES = ["system", "light", "dark"];

function applyTheme(theme) {
  if (theme === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
}

const rememberedTheme = store.get("theme");
let theme = THEMES.includes(rememberedTheme) ? rememberedTheme : "system";
applyTheme(theme);

function setUpTheme() {
  const button = document.querySelector(".theme");
  const name = button.querySelector(".theme-name");
  const label = () => {
    name.textContent = theme;
    button.setAttribute("aria-label", `Theme: ${theme}`);
  };
  button.addEventListener("click", () => {
    theme = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length];
    applyTheme(theme);
    store.set("theme", theme);
    label();
  });
  label();
  button.hidden = false;
}

// Tabs follow the pattern of the ARIA Authoring Practices: arrows move and select, Home and
// End go to the ends, and only the selected tab is in the tab order. All groups of a kind
// show the same choice, here and on the next page.
function setUpTabs() {
  const groups = [...document.querySelectorAll(".tabs")].map((root) => {
    const list = document.createElement("div");
    list.className = "tablist";
    list.setAttribute("role", "tablist");
    list.setAttribute("aria-label", "Framework");
    const panels = [...root.querySelectorAll(".tab")];
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
    return { kind: root.dataset.tabs, list, panels, tabs };
  });

  const select = (group, name) => {
    if (!group.panels.some((panel) => panel.dataset.tab === name)) return;
    group.panels.forEach((panel, place) => {
      const chosen = panel.dataset.tab === name;
      panel.hidden = !chosen;
      group.tabs[place].setAttribute("aria-selected", String(chosen));
      group.tabs[place].tabIndex = chosen ? 0 : -1;
    });
  };

  const choose = (group, place) => {
    const tab = group.tabs[place];
    const name = group.panels[place].dataset.tab;
    const before = tab.getBoundingClientRect().top;
    groups.filter((other) => other.kind === group.kind).forEach((other) => select(other, name));
    store.set(`tab.${group.kind}`, name);
    tab.focus({ preventScroll: true });
    // Panels above may have changed their height: keep the tab under the pointer.
    window.scrollBy({ top: tab.getBoundingClientRect().top - before, behavior: "instant" });
  };

  for (const group of groups) {
    select(group, group.panels[0].dataset.tab);
    select(group, store.get(`tab.${group.kind}`));
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

  // A link to one panel opens it, also in the other groups.
  const target = document.getElementById(location.hash.slice(1));
  const linked = groups.find((group) => group.panels.includes(target));
  if (linked) {
    groups.filter((other) => other.kind === linked.kind)
      .forEach((other) => select(other, target.dataset.tab));
    target.scrollIntoView();
  }
}

function setUpCopy() {
  if (!navigator.clipboard) return;
  const status = document.createElement("span");
  status.setAttribute("role", "status");
  status.className = "skip";
  document.body.append(status);
  for (const head of document.querySelectorAll(".code-head, .lane-head")) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "copy";
    button.textContent = "Copy";
    button.addEventListener("click", async () => {
      const code = head.parentElement.querySelector("pre").textContent.trimEnd();
      let said = "Copied";
      try { await navigator.clipboard.writeText(`${code}\n`); } catch { said = "Copying failed"; }
      button.textContent = status.textContent = said;
      setTimeout(() => { button.textContent = "Copy"; status.textContent = ""; }, 1600);
    });
    head.append(button);
  }
}

function setUpContents() {
  const links = new Map(
    [...document.querySelectorAll(".toc .toc-list a")].map((link) => [link.hash.slice(1), link]),
  );
  if (!links.size) return;
  const headings = [...document.querySelectorAll(".heading > [id]")].filter((h) => links.has(h.id));
  const mark = () => {
    const line = 140;
    const atEnd = window.innerHeight + window.scrollY >= document.body.scrollHeight - 4;
    const above = headings.filter((heading) => heading.getBoundingClientRect().top < line);
    const current = atEnd ? headings.at(-1) : above.at(-1);
    for (const [id, link] of links) {
      if (current && id === current.id) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    }
  };
  let waiting = false;
  addEventListener("scroll", () => {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => { waiting = false; mark(); });
  }, { passive: true });
  mark();
}

document.addEventListener("DOMContentLoaded", () => {
  setUpTheme();
  setUpTabs();
  setUpCopy();
  setUpContents();
});
