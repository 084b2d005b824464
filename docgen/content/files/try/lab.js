// The form of the lab: a lesson is chosen, each request composed, sent and judged. What judges and
// answers is loaded at the start of a lesson. See lab-judge.js, lab-documents.js and worker.js.
(() => {
  const play = document.querySelector(".lab");
  const find = (selector) => play.querySelector(selector);
  const form = find("form"), choice = find("select"), problem = find(".play-problem");
  const MARKS = { passed: "✔", looked: "·", failed: "✘" };
  const TRUTHS = { passed: "true", looked: "ignored", failed: "false" };
  const KEPT = "http-preconditions.lab";
  const WORKER = "../worker.js";
  const PATIENCE = 5000; // milliseconds for the worker to take the page over

  // Each page has documents of its own, so that two tabs do not disturb each other.
  const name = [...crypto.getRandomValues(new Uint8Array(8))].map((octet) => octet.toString(36)).join("");
  const base = new URL(`${name}/`, location.href);
  const known = [...choice.options].map((option) => (
    { id: option.value, title: option.textContent, count: Number(option.dataset.steps) }));
  let run = null, documents = null, hasWorker = false, isBusy = false, isOtherChosen = false;

  const element = (tag, content, attributes = {}) => {
    const made = Object.assign(document.createElement(tag), attributes);
    made.append(...[content].flat());
    return made;
  };

  // --- What is done, in the shape of the file of flask preconditions lab ---

  const isRequest = (one) => ["method", "path"].every((key) => typeof one?.[key] === "string")
    && ["query", "headers"].every((key) => one[key] && Object.values(one[key]).every((value) => typeof value === "string"));

  const readKept = () => {
    try {
      const { version, requests } = JSON.parse(localStorage.getItem(KEPT));
      const isFit = version === 1 && Object.values(requests).every((list) => list.every(isRequest));
      return isFit ? requests : {};
    } catch { // nothing is kept, or it cannot be read
      return {};
    }
  };

  const keep = (id, requests) => {
    const all = { ...readKept(), [id]: requests };
    try {
      localStorage.setItem(KEPT, JSON.stringify({ version: 1, requests: all }));
    } catch {
      problem.textContent = "This browser keeps nothing for this page: the lesson begins anew with the next visit.";
    }
  };

  const done = ({ id, count }) => Math.min((readKept()[id] ?? []).length, count);

  const showLessons = () => known.forEach((lesson, at) => {
    const count = done(lesson);
    const mark = count === lesson.count ? " ✔" : count ? ` (${count} of ${lesson.count})` : "";
    choice.options[at].textContent = `${lesson.title}${mark}`;
  });

  // --- What is loaded at the start ---

  const load = (source) => new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.onload = resolve;
    script.onerror = () => reject(new Error("A script of this page has not loaded. Reload the page."));
    script.src = source;
    document.head.append(script);
  });

  const takeOver = async () => {
    if (location.protocol === "file:") throw new Error("a browser starts no service worker from a file");
    if (!("serviceWorker" in navigator)) throw new Error("this browser runs no service worker here");
    const workers = navigator.serviceWorker;
    const known = await workers.getRegistration(WORKER);
    if (known?.active && !workers.controller) {
      throw new Error("the page was loaded past its worker, as a reload with Shift does");
    }
    await workers.register(WORKER);
    await new Promise((resolve, reject) => {
      if (workers.controller) resolve();
      workers.addEventListener("controllerchange", resolve, { once: true });
      setTimeout(reject, PATIENCE, new Error("the service worker has not started"));
    });
    const begun = await fetch(base, { method: "DELETE" });
    if (begun.status !== 204) throw new Error("an older service worker is still there");
  };

  const answerAlone = (why) => {
    hasWorker = false;
    find(".lab-route").textContent = `No request is sent; the page answers by itself, with the same rules: ${why}.`;
  };

  let loading = null;
  const ready = () => {
    if (!loading) find(".lab-route").textContent = "The lesson is loading…";
    loading ??= play.dataset.scripts.trim().split(" ")
      .reduce((before, source) => before.then(() => load(source)), Promise.resolve())
      .then(() => takeOver().then(() => {
        hasWorker = true;
        find(".lab-route").textContent =
          "Your requests are sent, and a service worker answers them: see the network panel of your browser.";
      }, ({ message }) => answerAlone(message)))
      .catch((error) => {
        find(".lab-route").textContent = "";
        throw error;
      });
    return loading;
  };

  // --- Requests ---

  const answerHere = ({ method, path, query, sent, body }, stored) => httpPreconditions.serveLab(
    { method, path, place: `/${path}`, query, fields: sent, body }, stored,
    { now: Math.floor(Date.now() / 1000), base: play.dataset.problems });

  const complete = (asked, found, note = "") =>
    ({ ...asked, status: found.status, phrase: found.phrase, got: found.fields, content: found.body, note });

  // Without its worker, as after the data of the site were cleared, a request would reach the web server.
  const askWorker = async (request) => {
    const answer = navigator.serviceWorker.controller ? await fetch(request).catch(() => null) : null;
    if (!answer) answerAlone("the service worker is gone");
    return answer;
  };

  const send = async (asked) => {
    if (!hasWorker) {
      const found = answerHere(asked, documents);
      ({ documents } = found);
      return complete(asked, found);
    }
    const { method, url, body } = asked;
    const request = new Request(url, {
      method, headers: asked.sent, body: body || undefined, redirect: "manual", cache: "no-store",
    });
    // What a page may not set, the browser drops in silence.
    const [sent, dropped] = [true, false].map((is) => asked.sent.filter(([key]) => request.headers.has(key) === is));
    const names = dropped.map(([key]) => key).join(", ");
    const answer = await askWorker(request);
    if (!answer) {
      await replay(run.lesson, run.requests);
      showSteps();
      throw new Error("The service worker is gone. The page answers by itself now: send it again, with the tags of your notes.");
    }
    if (answer.type === "opaqueredirect") {
      return complete({ ...asked, sent }, answerHere(asked, null), "The browser hides a redirect from a page; this is what was answered.");
    }
    const found = { status: answer.status, phrase: answer.statusText, fields: [...answer.headers], body: await answer.text() };
    return complete({ ...asked, sent }, found, names && `A browser lets no page send ${names}.`);
  };

  const target = (text) => {
    const url = new URL(text.trim().replace(/^\/+/, ""), base);
    url.hash = "";
    if (!url.href.startsWith(base.href)) throw new Error("The path leads out of the lab. It begins with docs/.");
    return { url: url.href, path: url.pathname.slice(base.pathname.length), query: url.search.slice(1) };
  };

  const compose = ({ method, target: text, headers, body }) => {
    const sent = Object.entries(headers).map(([key, value]) => [key, httpPreconditions.lab.resolve(value, run.notes)]);
    if (body && !sent.some(([key]) => key.toLowerCase() === "content-type")) sent.push(["Content-Type", "application/json"]);
    return { method, ...target(text), sent, body };
  };

  const read = () => {
    const { method, target: text, fields, body } = form.elements;
    const sent = fields.value.split("\n").flatMap((line, at) => {
      if (!line.trim()) return [];
      const parts = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*(.*?)\s*$/.exec(line);
      if (!parts) throw new Error(`Line ${at + 1} of the headers is no header. One looks like If-Match: "v1".`);
      const odd = /[^\t\x20-\x7e\x80-\xff]/u.exec(parts[2]);
      if (odd) throw new Error(`Line ${at + 1} of the headers has ${odd[0]}, a character that none may have.`);
      return [[parts[1], parts[2]]];
    });
    const content = body.value.trim();
    if (content && ["GET", "HEAD"].includes(method.value)) throw new Error(`A browser sends no content with ${method.value}.`);
    if (content && !sent.some(([key]) => key.toLowerCase() === "content-type")) sent.push(["Content-Type", "application/json"]);
    return { method: method.value, ...target(text.value), sent, body: content };
  };

  // --- The lesson ---

  const prepare = async () => {
    if (httpPreconditions.lab.stepOf(run)?.act !== "rival") return;
    await send(compose({ method: "POST", target: "docs/welcome/rival", headers: {}, body: "" }));
  };

  // What is done is played again, so that the documents are as they were: the reader's own requests,
  // or the solutions where one of those no longer passes.
  const replay = async (lesson, requests) => {
    const { begin, feed, stepOf, asRequest, solutionOf } = httpPreconditions.lab;
    for (const isOwn of [true, false]) {
      documents = null;
      if (hasWorker) await askWorker(new Request(base, { method: "DELETE" }));
      const past = run?.lesson === lesson && !isOwn ? run.place : requests.length;
      run = begin(lesson);
      while (run.place < past && stepOf(run)) {
        await prepare();
        const asked = compose(isOwn ? asRequest(requests[run.place]) : solutionOf(run));
        if (feed(run, await send(asked))?.kind !== "passed") break;
      }
      if (run.place >= Math.min(past, lesson.steps.length)) break;
    }
    await prepare();
  };

  const wire = ({ method, path, query, sent, body, status, phrase, got, content }) => {
    const lines = (fields) => fields.map(([key, value]) => `${key}: ${value}`);
    return [`${method} /${path}${query && `?${query}`} HTTP/1.1`, ...lines(sent), ...(body ? ["", body] : []), "",
      `HTTP/1.1 ${status} ${phrase}`, ...lines(got), ...(content ? ["", content.trimEnd()] : [])].join("\n");
  };

  const showSteps = () => {
    find(".lab-steps").replaceChildren(...run.lesson.steps.map((step, at) => {
      const isNow = at === run.place;
      const item = element("li", at < run.place ? `✔ ${step.say}` : isNow ? element("strong", step.say) : step.say);
      item.dataset.state = at < run.place ? "done" : isNow ? "now" : "ahead";
      if (isNow) item.setAttribute("aria-current", "step");
      return item;
    }));
    const notes = Object.entries(run.notes).map(([key, value]) => `${key} = ${value}`);
    find(".lab-notes").replaceChildren(...(notes.length ? ["Your notes: ", element("code", notes.join("   "))] : []));
    form.hidden = run.place === run.lesson.steps.length;
    showLessons();
  };

  const clear = () => {
    find(".lab-verdict").textContent = problem.textContent = "";
    delete find(".lab-verdict").dataset.truth;
    find(".lab-exchange").hidden = true;
  };

  const fill = ({ method, target: text, headers, body }) => {
    const { elements } = form;
    elements.method.value = method;
    elements.target.value = text;
    elements.fields.value = Object.entries(headers)
      .map(([key, value]) => `${key}: ${httpPreconditions.lab.resolve(value, run.notes)}`).join("\n");
    elements.body.value = body;
  };

  const start = async (requests) => {
    await ready();
    const lesson = httpPreconditions.lessons[choice.selectedIndex];
    clear();
    const kept = requests ?? readKept()[lesson.id] ?? [];
    await replay(lesson, kept);
    if (run.place < kept.length) keep(lesson.id, run.requests); // the rest does not pass
    fill({ method: "GET", target: "docs/welcome", headers: {}, body: "" });
    find("[name=start]").hidden = true;
    find("[name=again]").hidden = false;
    showSteps();
    if (!form.hidden) return;
    find(".lab-verdict").textContent = `Done: ${lesson.title}.`;
    find(".lab-verdict").dataset.truth = "true";
  };

  const verdict = ({ status }, { kind, step, hint, unmet }) => {
    const words = { passed: step.learnt, looked: "Looking is always allowed.", failed: hint?.say ?? unmet.join("; ").replace(/[^.]$/, "$&.") };
    const end = form.hidden ? ` Done: ${run.lesson.title}.` : "";
    const first = words[kind].startsWith(String(status)) ? "" : `${status}: `;
    return `${MARKS[kind]} ${first}${words[kind]}${end}`;
  };

  const submit = async () => {
    const exchange = await send(read());
    const judgement = httpPreconditions.lab.feed(run, exchange);
    if (judgement?.kind === "passed") {
      // Another tab may have come further.
      if (run.place > (readKept()[run.lesson.id] ?? []).length) keep(run.lesson.id, run.requests);
      await prepare();
    }
    showSteps();
    const place = find(".lab-verdict");
    place.dataset.truth = TRUTHS[judgement?.kind] ?? "";
    place.textContent = judgement ? verdict(exchange, judgement) : "OPTIONS is no part of a lesson.";
    find(".lab-exchange").hidden = false;
    find(".lab-exchange code").textContent = wire(exchange);
    if (exchange.note) place.append(` ${exchange.note}`);
  };

  // --- Events ---

  const guard = (act) => async (event) => {
    event?.preventDefault();
    if (isBusy) return;
    isBusy = true;
    problem.textContent = "";
    try {
      await act();
    } catch (error) {
      find(".lab-verdict").textContent = "";
      delete find(".lab-verdict").dataset.truth;
      problem.textContent = error?.message ?? String(error);
    }
    isBusy = false;
    if (isOtherChosen) chosen();
  };

  const chosen = () => {
    isOtherChosen = isBusy;
    if (run && !isBusy) guard(() => start())();
  };

  const choose = () => {
    const read = play.querySelectorAll(".lab-lessons > details")[choice.selectedIndex];
    find(".lab-about").textContent = read.querySelector("p").textContent;
    find("[name=start]").textContent = done(known[choice.selectedIndex]) ? "Go on" : "Start";
  };

  form.addEventListener("submit", guard(submit));
  find("[name=solve]").addEventListener("click", guard(async () => fill(httpPreconditions.lab.solutionOf(run))));
  find("[name=start]").addEventListener("click", guard(() => start()));
  find("[name=again]").addEventListener("click", guard(() => {
    keep(choice.value, []);
    return start([]);
  }));
  choice.addEventListener("input", () => {
    choose();
    chosen();
  });

  showLessons();
  const first = known.findIndex((lesson) => done(lesson) < lesson.count);
  choice.selectedIndex = Math.max(first, 0);
  choose();
  find(".play-off").remove();
  find(".lab-tool").hidden = false;
})();
