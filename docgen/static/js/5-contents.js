// The section that is being read is marked in the table of contents, and named in the bar
// that stands for it on a narrow screen.
docgen.ready(() => {
  const links = new Map();
  for (const link of document.querySelectorAll(".toc-list a")) {
    const id = decodeURIComponent(link.hash.slice(1));
    links.set(id, [...(links.get(id) ?? []), link]);
  }
  const headings = [...links.keys()].map((id) => document.getElementById(id)).filter(Boolean);
  if (!headings.length) return;

  const bar = document.querySelector(".toc-bar");
  const place = bar?.querySelector(".toc-place");
  let current;

  const mark = () => {
    const line = innerHeight / 4;
    const atEnd = innerHeight + scrollY >= document.documentElement.scrollHeight - 4;
    const above = headings.filter((heading) => heading.getBoundingClientRect().top < line);
    const heading = atEnd && scrollY ? headings.at(-1) : above.at(-1);
    if (heading === current) return;
    current = heading;
    for (const [id, group] of links) {
      for (const link of group) {
        if (id === heading?.id) link.setAttribute("aria-current", "true");
        else link.removeAttribute("aria-current");
      }
    }
    if (place) place.textContent = heading ? heading.textContent : "";
  };

  let isWaiting = false;
  const markSoon = () => {
    if (isWaiting) return;
    isWaiting = true;
    requestAnimationFrame(() => { isWaiting = false; mark(); });
  };
  addEventListener("scroll", markSoon, { passive: true });
  addEventListener("resize", markSoon, { passive: true });
  markSoon();

  if (!bar) return;
  bar.addEventListener("click", (event) => { if (event.target.closest("a")) bar.open = false; });
  bar.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !bar.open) return;
    bar.open = false;
    bar.querySelector("summary").focus();
  });
});
