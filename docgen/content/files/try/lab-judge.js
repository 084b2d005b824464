// Judges exchanges by the steps of a lesson: flask_preconditions.lab in another language, on the
// same lessons. Tests hold the two together, over every solution and every recorded mistake.
//
//   const run = httpPreconditions.lab.begin(lesson);
//   httpPreconditions.lab.feed(run, exchange); // { kind: "passed", … }, and run.place is the next step
//
// An exchange is { method, path, query, sent, body, status, got, content }; see rows.js.
(() => {
  const { follow, isSame, satisfies } = httpPreconditions;
  const SAFE = ["GET", "HEAD", "OPTIONS", "QUERY", "TRACE"];
  // What clients add by themselves makes no other request of it.
  const COMPARED = [
    "if-match", "if-modified-since", "if-none-match", "if-range", "if-unmodified-since", "prefer", "range",
  ];

  const REFUSED = [400, 404, 405, 409, 413, 422], LONGEST_COMPLAINT = 300;

  // --- The facts of an exchange ---

  const joined = (fields) => {
    const values = new Map();
    for (const [name, value] of fields) {
      const key = name.toLowerCase();
      values.set(key, values.has(key) ? `${values.get(key)}, ${value}` : value);
    }
    return Object.fromEntries(values);
  };

  const contentOf = (text) => {
    try {
      return JSON.parse(text);
    } catch {
      return text;
    }
  };

  const factsOf = ({ method, path, query, sent, body, status, got, content }) => ({
    request: {
      method, path, query: Object.fromEntries(new URLSearchParams(query)), headers: joined(sent), body: contentOf(body),
    },
    response: { status, headers: joined(got), body: contentOf(content) },
  });

  // What of a request differs from another one, as a sorted list of its paths.
  const changes = (now, before) => [
    ...["method", "path", "query", "body"].filter((name) => !isSame(now[name], before[name])),
    ...COMPARED.filter((name) => now.headers[name] !== before.headers[name]).map((name) => `headers.${name}`),
  ].map((path) => `request.${path}`).sort();

  const valueAt = (path, facts, passed) => (path.startsWith("changes.")
    ? changes(facts.request, passed[path.slice("changes.".length)].request) : follow(path, facts));

  // What was noted, in the place of its name.
  const resolve = (value, notes) => {
    if (typeof value === "string") {
      return value.replace(/\{([a-z_]+)\}/g, (whole, name) => (Object.hasOwn(notes, name) ? notes[name] : whole));
    }
    return Array.isArray(value) ? value.map((one) => resolve(one, notes)) : value;
  };

  // --- A learner on the way through a lesson ---

  const begin = (lesson) => ({ lesson, place: 0, notes: {}, passed: {}, requests: [] });

  const stepOf = ({ lesson, place }) => lesson.steps[place] ?? null;

  const isMet = ([path, op, value], facts, { passed, notes }) =>
    satisfies(valueAt(path, facts, passed), op, resolve(value, notes));

  const describe = ([path, op, value], facts, { passed, notes }) => {
    const found = valueAt(path, facts, passed);
    const characters = [...(found === undefined ? "absent" : JSON.stringify(found))];
    const shown = characters.length < 80 ? characters.join("") : `${characters.slice(0, 79).join("")}…`;
    const wanted = value === undefined ? op
      : `${op === "is" ? "" : `${op} `}${JSON.stringify(resolve(value, notes))}`;
    return `${path} is ${shown}, wanted: ${wanted}`;
  };

  // What an answer itself says is wrong with a request that was refused as such.
  const complaint = ({ status, body }) => (REFUSED.includes(status) && typeof body?.detail === "string"
    ? [...body.detail.replace(/[\0-\x1f\x7f-\x9f]/g, " ")].slice(0, LONGEST_COMPLAINT).join("") : "");

  // The names of notes, where their values were sent: so it can be sent again where every tag is another.
  const withoutNotes = (request, notes) => {
    const headers = {};
    for (const name of COMPARED) {
      if (!(name in request.headers)) continue;
      headers[name] = Object.entries(notes).reduce(
        (value, [noted, text]) => value.replaceAll(text, () => `{${noted}}`), request.headers[name]);
    }
    return { ...request, headers };
  };

  // One exchange more. A read beside the step is always allowed.
  const judge = (run, facts) => {
    const step = stepOf(run);
    if (!step || facts.request.method === "OPTIONS") return null;
    const hold = (rules) => rules.every((rule) => isMet(rule, facts, run));
    if (hold(step.expect)) {
      run.requests.push(withoutNotes(facts.request, run.notes));
      for (const [name, path] of Object.entries(step.capture)) {
        run.notes[name] = String(valueAt(path, facts, run.passed));
      }
      run.passed[step.id] = facts;
      run.place += 1;
      return { kind: "passed", step, hint: null, unmet: [] };
    }
    const hint = step.hints.find(({ when }) => hold(when)) ?? null;
    const told = complaint(facts.response);
    const unmet = told ? [told]
      : step.expect.filter((rule) => !isMet(rule, facts, run)).map((rule) => describe(rule, facts, run));
    const isLook = !hint && SAFE.includes(facts.request.method) && !SAFE.includes(step.solution.method);
    return { kind: isLook ? "looked" : "failed", step, hint, unmet };
  };

  const feed = (run, exchange) => judge(run, factsOf(exchange));

  // --- Requests of the reader and of the lesson, { method, target, headers, body } ---

  const asRequest = ({ method, path, query, headers, body }) => {
    const asked = new URLSearchParams(query).toString();
    return { method, target: asked ? `${path}?${asked}` : path, headers,
      body: typeof body === "string" ? body : JSON.stringify(body) };
  };

  // Where the step asks for an earlier request with no more than this changed, it is the reader's own.
  const solutionOf = (run) => {
    const { solution, expect } = stepOf(run);
    const rule = expect.find(([path, op]) => path.startsWith("changes.") && op === "is");
    if (!rule) return solution;
    const at = run.lesson.steps.findIndex(({ id }) => id === rule[0].slice("changes.".length));
    const before = run.requests[at], headers = { ...before.headers };
    const isNew = (name) => rule[2].includes(`request.headers.${name.toLowerCase()}`);
    for (const [name, value] of Object.entries(solution.headers)) {
      const key = name.toLowerCase();
      const own = headers[key] ?? value;
      delete headers[key];
      headers[name] = isNew(name) ? value : own;
    }
    return { ...asRequest(before), headers };
  };

  httpPreconditions.lab = { begin, feed, judge, factsOf, resolve, stepOf, asRequest, solutionOf };
})();
