// Copy buttons on code, and the address of a heading. A terminal session is copied as its
// commands alone, without what highlight.py marks as a prompt (.gp) or as output (.go).
docgen.ready(() => {
  if (!navigator.clipboard) return;

  const textOf = (pre) => {
    const copy = pre.cloneNode(true);
    const isSession = copy.querySelector(".gp") !== null;
    copy.querySelectorAll(".gp, .go").forEach((part) => part.remove());
    const lines = copy.textContent.split("\n").map((line) => line.trimEnd());
    const kept = isSession ? lines.filter((line) => line) : lines;
    return `${kept.join("\n").replace(/^\n+|\n+$/g, "")}\n`;
  };

  const copyText = async (text, done) => {
    try {
      await navigator.clipboard.writeText(text);
      docgen.say(done);
      return done;
    } catch {
      docgen.say(docgen.word("Copying failed"));
      return docgen.word("Failed");
    }
  };

  for (const head of document.querySelectorAll(".code-head, .lane-head")) {
    const pre = head.parentElement.querySelector("pre");
    if (!pre) continue;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "copy";
    button.textContent = docgen.word("Copy");
    const { host } = head.closest(".lane-request")?.closest("[data-host]")?.dataset ?? {};
    const form = host && docgen.copyAs.choose();
    button.addEventListener("click", async () => {
      const text = textOf(pre);
      button.textContent = await copyText(form ? docgen.copyAs.write(form.value, text, host) : text, docgen.word("Copied"));
      setTimeout(() => { button.textContent = docgen.word("Copy"); docgen.say(""); }, 1600);
    });
    if (form) head.append(form);
    head.append(button);
  }

  for (const anchor of document.querySelectorAll(".anchor")) {
    anchor.title = docgen.word("Copy the link to this section");
    anchor.addEventListener("click", () => {
      copyText(anchor.href, docgen.word("Link copied"));
      anchor.classList.add("is-copied");
      setTimeout(() => { anchor.classList.remove("is-copied"); docgen.say(""); }, 1600);
    });
  }
});
