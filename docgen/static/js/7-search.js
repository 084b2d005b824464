// Opens the search. The search itself and its index are loaded when they are first wanted.
{
  const here = document.currentScript.src;
  let loading;

  const load = () => {
    loading ??= Promise.all(["search-index.js", "search.js"].map((name) => (
      new Promise((resolve, reject) => {
        const script = document.createElement("script");
        script.src = new URL(name, here);
        script.async = false;
        script.addEventListener("load", resolve);
        script.addEventListener("error", reject);
        document.head.append(script);
      })
    )));
    return loading;
  };

  const open = async (query = "") => {
    try {
      await load();
    } catch {
      loading = undefined;
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
        button.addEventListener(event, () => load().catch(() => { loading = undefined; }));
      }
    }
    const query = new URLSearchParams(location.search).get("q");
    if (query) open(query);
  });
}
