// The form of the inspector: what is pasted, judged and shown. What judges is loaded at its first
// use, by elements, so that it works from a file too. See records.js and facts.js.
(() => {
  const play = document.querySelector(".inspect");
  const find = (selector) => play.querySelector(selector);
  const { table, examples } = JSON.parse(play.dataset.known);
  const form = find("form"), text = find("textarea"), example = find("select"), file = find("[type=file]");
  const SEVERITIES = ["error", "warning", "note"];
  const LONGEST = 64 * 2 ** 20;

  const load = (source) => new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.onload = resolve;
    script.onerror = () => reject(new Error("A script of this page has not loaded. Reload the page."));
    script.src = source;
    document.head.append(script);
  });
  let loading = null;
  const ready = () => {
    loading ??= play.dataset.scripts.trim().split(" ").reduce(
      (before, source) => before.then(() => load(source)), Promise.resolve());
    return loading;
  };

  const element = (name, content, attributes = {}) => {
    const made = Object.assign(document.createElement(name), attributes);
    made.append(...[content].flat());
    return made;
  };

  const shown = ({ rule, place, evidence, count }, exchanges) => {
    const { method, url, status, phrase } = exchanges[place];
    const more = count > 1 ? `, and ${count - 1} more like it` : "";
    const asked = method ? `${method} ${url}` : "a request that is not known";
    const where = `Exchange ${place + 1}: ${asked} → ${status} ${phrase}`.trim() + more;
    const [name, href] = rule.source;
    return element("li", [
      element("p", [
        element("strong", rule.severity), ": ", rule.says, " ",
        element("a", rule.id, { href: `${play.dataset.rules}#${rule.id}` }), " ",
        element("a", name, { href, className: "clause" }),
      ]),
      element("pre", element("code", [where, ...evidence].join("\n")), { tabIndex: 0 }),
      element("p", rule.fix),
    ]);
  };

  // The same fault of a resource is told once.
  const gathered = (findings, exchanges) => {
    const kept = new Map();
    for (const finding of findings) {
      const { method, url } = exchanges[finding.place];
      const key = JSON.stringify([finding.rule.id, method, url]);
      const first = kept.get(key);
      if (first) first.count += 1;
      else kept.set(key, { ...finding, count: 1 });
    }
    const grave = ({ rule }) => SEVERITIES.indexOf(rule.severity);
    return [...kept.values()].sort((a, b) => grave(a) - grave(b));
  };

  const count = (number, noun) => `${number} ${noun}${number === 1 ? "" : "s"}`;

  const tell = (problem, summary = "", findings = [], unseen = []) => {
    find(".play-problem").textContent = problem;
    find(".inspect-summary").textContent = summary;
    find(".inspect-findings").replaceChildren(...findings);
    find(".inspect-unseen").textContent = unseen.length ? `Not looked at: ${unseen.join("; ")}.` : "";
  };

  const inspect = async () => {
    try {
      await ready();
      const capture = httpPreconditions.readRecord(text.value);
      const { exchanges } = capture;
      const { findings, unseen } = httpPreconditions.inspect(table, capture);
      const kept = gathered(findings, exchanges);
      const counts = SEVERITIES.map((name) => [kept.filter(({ rule }) => rule.severity === name).length, name]);
      const found = counts.filter(([number]) => number).map(([number, name]) => count(number, name)).join(", ");
      tell("", `${found || "No findings"} in ${count(exchanges.length, "exchange")}.`,
        kept.map((finding) => shown(finding, exchanges)), unseen);
    } catch (error) {
      tell(error.message);
    }
  };

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    inspect();
  });
  text.addEventListener("input", () => { example.selectedIndex = examples.length; });
  example.addEventListener("input", () => {
    text.value = examples[example.selectedIndex];
    inspect();
  });
  file.addEventListener("change", async () => {
    const [chosen] = file.files;
    if (!chosen) return;
    if (chosen.size > LONGEST) {
      tell("The file is longer than 64 MiB. Use flask preconditions inspect.");
      return;
    }
    text.value = await chosen.text();
    example.selectedIndex = examples.length;
    inspect();
  });
  [text.value] = examples;
  find(".play-off").remove();
  form.hidden = false;
})();
