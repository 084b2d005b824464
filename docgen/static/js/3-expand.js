// Long code can be opened to its full height; until then it scrolls within its frame.
docgen.ready(() => {
  const MANY_LINES = 32;

  for (const code of document.querySelectorAll(".code")) {
    const pre = code.querySelector("pre");
    const head = code.querySelector(".code-head");
    const lines = pre?.textContent.trimEnd().split("\n").length;
    if (!head || !(lines > MANY_LINES)) continue;
    code.classList.add("is-long");
    const button = document.createElement("button");
    button.type = "button";
    button.className = "expand";
    const label = () => {
      const isOpen = code.classList.contains("is-open");
      button.textContent = isOpen ? docgen.word("Fold") : docgen.word("Show all {} lines", lines);
      button.setAttribute("aria-expanded", String(isOpen));
    };
    button.addEventListener("click", () => {
      code.classList.toggle("is-open");
      label();
      if (!code.classList.contains("is-open")) head.scrollIntoView({ block: "nearest" });
    });
    label();
    head.append(button);
  }
});
