// A card quotes the clause that the mouse or the keyboard comes to.
for (const kind of ["pointerover", "focusin"]) {
  addEventListener(kind, ({ target, pointerType }) => {
    const link = target.closest?.(".clause");
    if (!link || pointerType === "touch") return;
    docgen.load("clauses.js").then(() => {
      if (link.matches(":hover, :focus")) docgen.quote(link);
    }, () => {});
  });
}
