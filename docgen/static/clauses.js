// The card that quotes a clause. It stays while the mouse is on the clause or on the card itself,
// or the clause has the focus, and Escape takes it away (WCAG 2.2, 1.4.13).
{
  const card = document.createElement("div");
  const heading = card.appendChild(document.createElement("strong"));
  const quote = card.appendChild(document.createElement("blockquote"));
  card.id = card.className = "clause-card";
  card.setAttribute("role", "tooltip");
  card.hidden = true;
  document.body.append(card);
  let link;
  let title;

  const hide = () => {
    if (!link) return;
    link.title = title;
    link.removeAttribute("aria-describedby");
    link = undefined;
    card.hidden = true;
  };

  docgen.quote = (clause) => {
    if (link === clause) return;
    hide();
    const [, rfc, section] = /rfc(\d+)#section-(.+)/.exec(clause.href) ?? [];
    const text = docgen.quotes[rfc]?.[section];
    if (!text) return;
    link = clause;
    title = link.title;
    heading.textContent = title;
    quote.textContent = text;
    link.removeAttribute("title"); // the card has it
    link.setAttribute("aria-describedby", card.id);
    card.hidden = false;
    const at = link.getBoundingClientRect();
    const { width, height } = card.getBoundingClientRect();
    const isBelow = at.bottom + height < innerHeight || at.top < height;
    const left = Math.min(at.left, document.documentElement.clientWidth - width - 8);
    card.style.left = `${scrollX + Math.max(left, 8)}px`;
    card.style.top = `${scrollY + (isBelow ? at.bottom : at.top - height)}px`;
  };

  addEventListener("pointerover", ({ target }) => {
    if (target !== link && !card.contains(target) && link !== document.activeElement) hide();
  });
  addEventListener("focusout", hide);
  addEventListener("keydown", ({ key }) => {
    if (key === "Escape") hide();
  });
}
