// Opens the search. The search itself and its index are loaded when they are first wanted.
{
  const load = () => Promise.all(["search-index.js", "search.js"].map(docgen.load));

  const open = async (query = "") => {
    try {
      await load();
    } catch {
      const index = document.querySelector(".search-index");
      if (index) location.assign(index.href);
      return;
    }
    docgen.search.open(query);
  };

  const isTyping = (target) => target.closest?.("input, textarea, select, [contenteditable]");

  addEventListener("keydown", (event) => {
    const isSlash = event.key === "/" && !event.ctrlKey && !event.metaKey && !event.altKey;
    const isK = event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey);
    if (!isK && (!isSlash || isTyping(event.target))) return;
    event.preventDefault();
    open();
  });

  docgen.ready(() => {
    for (const button of document.querySelectorAll(".search-open")) {
      button.addEventListener("click", () => open());
      for (const event of ["focus", "pointerenter"]) {
        button.addEventListener(event, () => load().catch(() => {}));
      }
    }
    const query = new URLSearchParams(location.search).get("q");
    if (query) open(query);
  });
}
