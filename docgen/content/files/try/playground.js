// The form of the playground: what is composed, decided and shown. See evaluator.js.
(() => {
  const { evaluate, answer, parseDate, isTag, FIELDS } = httpPreconditions;
  const play = document.querySelector(".play");
  const form = play.querySelector("form");
  const find = (selector) => play.querySelector(selector);
  const known = JSON.parse(play.dataset.known);
  const example = find("#play-example");
  const language = find("#play-language");
  const CONTENT = { text: "Milk, eggs" };
  const STORED = { text: "Milk" };
  const WRITES = ["PUT", "PATCH"];
  const URL_SHOWN = "https://api.example/docs/1";
  const VALUES = [...FIELDS, "Range", "etag", "date"];

  // --- What is composed ---

  const read = () => {
    const { elements } = form;
    const state = { method: elements.method.value };
    for (const name of VALUES) state[name] = elements[name].value;
    for (const name of ["exists", "required"]) state[name] = elements[name].checked;
    return state;
  };

  const write = (state) => {
    const { elements } = form;
    elements.method.value = state.method;
    for (const name of VALUES) elements[name].value = state[name] ?? "";
    for (const name of ["exists", "required"]) elements[name].checked = state[name];
  };

  const fromExample = ({ method, sent, etag, date, exists }) =>
    ({ method, ...sent, etag, date, exists, required: true });

  // A link says only what differs from an empty form.
  const toLink = (state) => {
    const parts = new URLSearchParams({ method: state.method });
    for (const name of VALUES) if (state[name]) parts.set(name, state[name]);
    if (!state.exists) parts.set("exists", "no");
    if (!state.required) parts.set("required", "no");
    return `#${parts}`;
  };

  const fromLink = (hash) => {
    const parts = new URLSearchParams(hash.slice(1));
    const methods = [...form.elements.method.options].map((option) => option.value);
    if (!methods.includes(parts.get("method"))) return null;
    const state = { method: parts.get("method") };
    for (const name of VALUES) state[name] = parts.get(name) ?? "";
    return { ...state, exists: parts.get("exists") !== "no", required: parts.get("required") !== "no" };
  };

  // --- The request in other languages ---

  const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`;
  const LANGUAGES = {
    HTTP: ({ method, fields, body }) => [
      `${method} /docs/1 HTTP/1.1`, "Host: api.example",
      ...fields.map(([name, value]) => `${name}: ${value}`), ...(body ? ["", body] : []),
    ].join("\n"),
    curl: ({ method, fields, body }) => [
      `curl -i ${method === "HEAD" ? "--head" : `-X ${method}`} ${quoted(URL_SHOWN)}`,
      ...fields.map(([name, value]) => `  -H ${quoted(`${name}: ${value}`)}`),
      ...(body ? [`  --data ${quoted(body)}`] : []),
    ].join(" \\\n"),
    fetch: ({ method, fields, body }) => `await fetch(${JSON.stringify(URL_SHOWN)}, ${JSON.stringify(
      { method, cache: "no-cache", headers: Object.fromEntries(fields), ...(body && { body }) }, null, 2)})`,
    httpx: ({ method, fields, body }) => [
      "httpx.request(", `    ${JSON.stringify(method)},`, `    ${JSON.stringify(URL_SHOWN)},`,
      "    headers={",
      ...fields.map(([name, value]) => `        ${JSON.stringify(name)}: ${JSON.stringify(value)},`),
      "    },", ...(body ? [`    content=${JSON.stringify(body)},`] : []), ")",
    ].join("\n"),
    Hurl: ({ method, fields, body, status }) => [
      `${method} ${URL_SHOWN}`, ...fields.map(([name, value]) => `${name}: ${value}`),
      ...(body ? [body] : []), "", `HTTP ${status}`,
    ].join("\n"),
  };

  // --- What is shown ---

  const LETTERS = new Map([[null, "i"], [true, "t"], [false, "f"]]);
  const WORDS = new Map([[null, "ignored"], [true, "true"], [false, "false"]]);

  const signature = ({ outcome, trace }) =>
    [outcome, ...trace.map((step) => `${step.number}${LETTERS.get(step.truth)}${step.reason ?? ""}`)].join(" ");

  const showSteps = ({ trace }) => {
    for (const item of play.querySelectorAll(".play-steps li")) {
      const step = trace.find((each) => String(each.number) === item.dataset.step);
      item.querySelector(".play-note")?.remove();
      item.dataset.truth = step ? WORDS.get(step.truth) : "";
      if (!step) continue;
      const note = document.createElement("span");
      note.className = "play-note";
      const what = step.number === 0 && step.field ? `${step.field}: ${step.note}` : step.note;
      note.textContent = `${step.number === 6 ? "" : `${WORDS.get(step.truth)}: `}${what} (${step.clause})`;
      item.append(note);
    }
  };

  const showCase = (method, decision) => {
    const place = find(".play-case");
    const cases = known.cases[signature(decision)] ?? {};
    const found = cases[method] ?? Object.values(cases)[0];
    place.replaceChildren();
    if (!found) {
      place.textContent = "No vector leads to exactly these steps.";
      return;
    }
    const [group, id] = found.split("#");
    const link = document.createElement("a");
    link.href = `${play.dataset.root}vectors/${group}/index.html#${id}`;
    link.textContent = id;
    place.append("The case that covers it: ", link);
  };

  const problemOf = ({ etag, date, exists }) => {
    if (exists && etag && !isTag(etag)) {
      return `The document's ETag is no entity tag. One looks like "v1" or W/"v1", with its quotes.`;
    }
    if (exists && date && parseDate(date, null) === null) {
      return "The document's Last-Modified is no HTTP date. One looks like Tue, 15 Nov 1994 12:45:26 GMT.";
    }
    return "";
  };

  const show = () => {
    const state = read();
    const problem = problemOf(state);
    find(".play-problem").textContent = problem;
    if (problem) return;
    const body = WRITES.includes(state.method) ? JSON.stringify(CONTENT) : "";
    const fields = [...FIELDS, "Range"].filter((name) => state[name]).map((name) => [name, state[name]]);
    if (body) fields.push(["Content-Type", "application/json"]);
    const now = Math.floor(Date.now() / 1000);
    const lastModified = state.date ? parseDate(state.date, now) : null;
    // A date is strong once its second is over (RFC 9110 §8.8.2.2).
    const strongDate = lastModified !== null && now > lastModified;
    const stored = state.exists
      ? { etag: state.etag || null, lastModified, strongDate, content: STORED } : null;
    const { method, required } = state;
    const found = answer({ method, fields, content: body ? CONTENT : null }, stored, {
      required, now, renew: () => ({ etag: '"3"', lastModified: null, strongDate: false }),
      instance: `urn:uuid:${crypto.randomUUID?.() ?? "00000000-0000-4000-8000-000000000000"}`,
      base: new URL(`${play.dataset.root}problems/`, location.href).href,
    });
    const decision = found.decision ?? evaluate(method, fields, stored, { required, now });
    const place = find(".play-decision");
    const status = document.createElement("span");
    status.className = `status status-${Math.floor(found.status / 100)}`;
    status.textContent = `${found.status} ${found.phrase}`;
    const why = decision.decidedBy
      ? ` ${decision.decidedBy} decides${decision.reason ? `: ${decision.reason}` : ""}.`
      : " No condition decides.";
    place.replaceChildren(status, why);
    showSteps(decision);
    showCase(method, decision);
    find(".play-request").textContent =
      LANGUAGES[language.value]({ method, fields, body, status: found.status });
    find(".play-response").textContent = [
      `HTTP/1.1 ${found.status} ${found.phrase}`,
      ...found.fields.map(([name, value]) => `${name}: ${value}`), ...(found.body ? ["", found.body] : []),
    ].join("\n");
    find(".play-share").href = toLink(state);
  };

  // --- Events ---

  form.addEventListener("input", (event) => {
    if (event.target === example) write(fromExample(known.examples[example.selectedIndex]));
    else example.selectedIndex = known.examples.length;
    show();
  });
  form.addEventListener("submit", (event) => event.preventDefault());
  language.addEventListener("input", show);

  const open = () => {
    const linked = fromLink(location.hash || location.search);
    write(linked ?? fromExample(known.examples[0]));
    example.selectedIndex = linked ? known.examples.length : 0;
    show();
  };
  addEventListener("hashchange", open);
  find(".play-off").remove();
  for (const part of [find(".play-decision"), form, find(".play-result")]) part.hidden = false;
  open();
})();
