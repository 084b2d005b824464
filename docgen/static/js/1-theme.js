// Everything here is an addition: without it the pages are complete, with tabs as sections
// below each other. The script is loaded before the body, so that the remembered theme is
// there before anything is drawn. Modules would not load from file:, so these are plain
// scripts, joined into one; a block keeps each one's names to itself.
"use strict";

const docgen = {
  // The words of the interface in the language of the site, by the English ones.
  words: {},
  word(text, ...values) {
    return values.reduce((said, value) => said.replace("{}", value), this.words[text] ?? text);
  },
  // Storage is absent in private modes and, in some browsers, for file:.
  get(name) {
    try { return localStorage.getItem(`docgen.${name}`); } catch { return null; }
  },
  set(name, value) {
    try { localStorage.setItem(`docgen.${name}`, value); } catch { /* not remembered */ }
  },
  ready(setUp) {
    addEventListener("DOMContentLoaded", setUp);
  },
  // Tell what happened to those who do not see it.
  say(text) {
    if (!this.status) {
      this.status = document.createElement("div");
      this.status.className = "unseen";
      this.status.setAttribute("role", "status");
      document.body.append(this.status);
    }
    this.status.textContent = text;
  },
};

// A status is only read out where it was there before it changed.
docgen.ready(() => docgen.say(""));

{
  const root = document.documentElement;
  const THEMES = ["system", "light", "dark"];
  let theme = "system";

  const apply = (name) => {
    theme = THEMES.includes(name) ? name : "system";
    if (theme === "system") delete root.dataset.theme;
    else root.dataset.theme = theme;
  };

  root.dataset.script = "on";
  apply(docgen.get("theme"));

  docgen.ready(() => {
    const button = document.querySelector(".theme");
    if (!button) return;
    const label = () => {
      button.querySelector(".theme-name").textContent = docgen.word(theme);
      button.title = docgen.word("Theme: {}", docgen.word(theme));
    };
    button.addEventListener("click", () => {
      apply(THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length]);
      docgen.set("theme", theme);
      label();
    });
    addEventListener("storage", (event) => {
      if (event.key !== "docgen.theme") return;
      apply(event.newValue);
      label();
    });
    label();
  });
}
