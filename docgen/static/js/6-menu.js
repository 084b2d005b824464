// The menu opens where the page is in it, and keeps its place from page to page.
docgen.ready(() => {
  const menu = document.getElementById("menu");
  if (!menu) return;
  const reveal = () => {
    const current = menu.querySelector("[aria-current]");
    if (!current) return;
    const top = current.getBoundingClientRect().top - menu.getBoundingClientRect().top;
    if (top < 0 || top > menu.clientHeight - 48) menu.scrollTop += top - menu.clientHeight / 3;
  };
  reveal();
  menu.addEventListener("toggle", reveal);
});
