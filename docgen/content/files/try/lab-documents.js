// The documents of the lab in the browser, as flask_preconditions.simulator keeps them below
// /api/lab/…, with a rival who saves and with the faults of hops before them. Tests compare the two.
//
//   httpPreconditions.serveLab({ method, path: "docs/welcome", query, fields, body }, documents, { now })
//
// Where the path is below another one, `place` is the whole of it. It
// gives { status, phrase, fields, body, documents }, with the documents as they are afterwards;
// null is a lab that nobody has used yet. See answers.js.
(() => {
  const { answer, PHRASES } = httpPreconditions;
  Object.assign(PHRASES, { 409: "Conflict", 413: "Content Too Large", 416: "Range Not Satisfiable" });
  const METHODS = ["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "PUT"];
  const CONDITIONS = ["if-match", "if-none-match", "if-modified-since", "if-unmodified-since", "if-range"];
  const NAME = /^[A-Za-z0-9_-]{1,40}$/;
  const MOST_DOCUMENTS = 20, MOST_OCTETS = 16384;
  const PAGE = "<!doctype html><title>Error</title><h1>The request could not be processed</h1>\n";
  const EXPOSED = "ETag, Last-Modified, Location, Content-Range, Retry-After, Preference-Applied";
  const OPTIONS = {
    fault: ["bare", "cacheable", "html", "ignore", "no-cors", "redirect", "strip-etag", "suffix-gzip", "unquoted", "weaken"],
    cors: ["1", "on", "true", "0", "off", "false"],
    require: ["1", "on", "true", "0", "off", "false"],
  };

  const octetsOf = (text) => new TextEncoder().encode(text);
  const random = (count) => [...crypto.getRandomValues(new Uint8Array(count))]
    .map((octet) => octet.toString(16).padStart(2, "0")).join("");

  // Random, so that a document that is deleted and made again never repeats a tag.
  const make = (title, body, now) => ({ etag: `"${random(8)}"`, lastModified: now, content: { title, body } });

  const refuse = (status, detail, fields = []) => ({
    status, phrase: PHRASES[status],
    fields: [["Content-Type", "application/problem+json"], ["Cache-Control", "no-store"], ...fields],
    body: `${JSON.stringify({ type: "about:blank", title: PHRASES[status], status, detail }, null, 2)}\n`,
  });

  // --- What a request asks for, and what a hop makes of the answer ---

  const readOptions = (query) => {
    const asked = new URLSearchParams(query);
    for (const name of new Set(asked.keys())) {
      const known = Object.hasOwn(OPTIONS, name) ? OPTIONS[name] : null;
      if (!known) return { problem: `This lab knows the options ${Object.keys(OPTIONS).join(", ")}.` };
      if (asked.getAll(name).length > 1) return { problem: `The query has ${name} more than once.` };
      if (!known.includes(asked.get(name))) return { problem: `${name} takes ${known.join(", ")}.` };
    }
    const isOff = (name) => ["0", "off", "false"].includes(asked.get(name));
    return { fault: asked.get("fault"), cors: !isOff("cors"), required: !isOff("require") };
  };

  const without = (fields, ...names) => fields.filter(([name]) => !names.includes(name.toLowerCase()));
  const retag = (found, change) => ({
    ...found, fields: found.fields.map(([name, value]) => (name === "ETag" ? [name, change(value)] : [name, value])),
  });
  const ofErrors = (change) => (found) => (found.status >= 400 ? change(found) : found);
  const empty = (found) => ({ ...found, body: "", fields: without(found.fields, "content-type", "etag", "cache-control") });
  const FAULTS = {
    weaken: (found) => retag(found, (tag) => (tag.startsWith('"') ? `W/${tag}` : tag)),
    "suffix-gzip": (found) => retag(found, (tag) => `${tag.slice(0, -1)}-gzip"`),
    unquoted: (found) => retag(found, (tag) => tag.replace(/^W\//, "").replaceAll('"', "")),
    "strip-etag": (found) => ({ ...found, fields: without(found.fields, "etag") }),
    "no-cors": ofErrors((found) => ({
      ...found, fields: found.fields.filter(([name]) => !name.startsWith("Access-Control-")),
    })),
    cacheable: ofErrors((found) => ({
      ...found, fields: [...without(found.fields, "cache-control"), ["Cache-Control", "public, max-age=300"]],
    })),
    bare: ofErrors(empty),
    html: ofErrors((found) => {
      const bare = empty(found);
      return { ...bare, body: PAGE, fields: [["Content-Type", "text/html; charset=utf-8"], ...bare.fields] };
    }),
  };

  // --- One document ---

  // A name may be one that every object has.
  const find = (documents, name) => (Object.hasOwn(documents, name) ? documents[name] : null);

  const parse = (text) => {
    try {
      return JSON.parse(text);
    } catch {
      return null;
    }
  };

  // It comes after the check: a stale write is 412, whatever it carries.
  const contentProblem = (method, text) => {
    const content = parse(text);
    const isTree = content !== null && typeof content === "object" && !Array.isArray(content);
    if (octetsOf(text).length > MOST_OCTETS) return [413, "The content is longer than 16,384 octets."];
    if (content === null) return [400, 'The content is a JSON object: {"title": "…", "body": "…"}.'];
    const isFit = isTree && Object.entries(content).every(
      ([name, value]) => ["title", "body"].includes(name) && typeof value === "string");
    if (!isFit) return [422, "The content has title and body, both strings, and nothing else."];
    return method === "PUT" && Object.keys(content).length < 2
      ? [422, "PUT replaces the whole document: send title and body."] : null;
  };

  // One range of octets; what is no such range is ignored (RFC 9110 §14.2).
  const cut = (found, value) => {
    const parts = /^bytes=(?:(\d{1,15})-(\d{0,15})|-(\d{1,15}))$/.exec(value ?? "");
    const octets = octetsOf(found.body), last = octets.length - 1;
    if (!parts || Number(parts[3] ?? 0) > octets.length) return found;
    const start = parts[3] === undefined ? Number(parts[1]) : octets.length - Number(parts[3]);
    const end = parts[3] === undefined && parts[2] ? Math.min(Number(parts[2]), last) : last;
    if (start > last || end < start || (parts[2] && Number(parts[2]) < start)) {
      return refuse(416, "The range lies outside of the document.", [["Content-Range", `bytes */${octets.length}`]]);
    }
    return { ...found, status: 206, phrase: PHRASES[206], body: new TextDecoder().decode(octets.slice(start, end + 1)),
      fields: [...found.fields, ["Content-Range", `bytes ${start}-${end}/${octets.length}`]] };
  };

  const serveDocument = (request, documents, name, { required, now, base }) => {
    const { method, fields, body } = request, path = request.place ?? request.path;
    const kept = find(documents, name);
    const stored = kept && { ...kept, strongDate: now > kept.lastModified };
    const content = parse(body);
    const isObject = content !== null && typeof content === "object" && !Array.isArray(content);
    const found = answer({ method, fields, content: isObject ? content : {} }, stored, {
      path, base, required, now, instance: `urn:uuid:${uuid()}`, renew: () => make("", "", now),
    });
    const isWritten = found.status < 300 && ["PUT", "PATCH"].includes(method);
    const unfit = isWritten ? contentProblem(method, body) : null;
    if (unfit) return refuse(...unfit);
    const isRead = method === "GET" || method === "HEAD";
    const told = [...found.fields];
    if (isRead && found.status < 400) told.push(["Cache-Control", "no-cache"]);
    if (found.status === 201) told.push(["Location", path]);
    if (found.stored && !stored && Object.keys(documents).length >= MOST_DOCUMENTS) {
      return refuse(409, "The lab has as many documents as it may have.");
    }
    const { [name]: _, ...rest } = documents;
    const after = found.stored ? { ...rest, [name]: found.stored } : rest;
    const whole = { status: found.status, phrase: found.phrase, fields: told, body: found.body, documents: after };
    const range = fields.find(([field]) => field.toLowerCase() === "range")?.[1];
    if (!isRead || found.status !== 200) return whole;
    whole.fields.push(["Accept-Ranges", "bytes"]);
    return method === "GET" && found.decision.honoursRange ? cut(whole, range) : whole;
  };

  const uuid = () => {
    const digits = random(16);
    const variant = "89ab"[parseInt(digits[16], 16) % 4];
    return [digits.slice(0, 8), digits.slice(8, 12), `4${digits.slice(13, 16)}`,
      `${variant}${digits.slice(17, 20)}`, digits.slice(20)].join("-");
  };

  // --- A lab ---

  const letRivalSave = (documents, name, now) => {
    const old = find(documents, name);
    if (!old) return refuse(404, "There is no such document that a rival could save.");
    const saved = make(old.content.title, `The rival was here: ${random(3)}.`, now);
    return { status: 200, phrase: "OK", documents: { ...documents, [name]: saved },
      fields: [["Content-Type", "application/json"], ["Cache-Control", "no-cache"]],
      body: `${JSON.stringify(saved.content, null, 2)}\n` };
  };

  const decide = (request, documents, settings, options) => {
    const { method, fields, path } = request;
    if (path === "" && method === "DELETE") {
      return { status: 204, phrase: "No Content", fields: [], body: "", documents: null };
    }
    const [first, name, last, ...more] = path.split("/");
    const isRival = last === "rival" && !more.length && method === "POST";
    if (first !== "docs" || name === undefined || (last !== undefined && !isRival)) {
      return refuse(404, "There is nothing at this path. The documents are below docs/.");
    }
    const allow = ["Allow", METHODS.join(", ")];
    if (method === "OPTIONS") return { status: 204, phrase: "No Content", fields: [allow], body: "" };
    if (!isRival && !METHODS.includes(method)) return refuse(405, `A document takes ${allow[1]}.`, [allow]);
    if (!NAME.test(name)) return refuse(400, "The name of a document is 1 to 40 letters, digits, _ and - of ASCII.");
    if (isRival) return letRivalSave(documents, name, settings.now);
    if (options.problem) return refuse(400, options.problem);
    if (options.fault === "redirect") {
      return { status: 302, phrase: "Found", fields: [["Location", "?cors=on"], ["Cache-Control", "no-store"]], body: "" };
    }
    const isIgnored = options.fault === "ignore";
    const sent = isIgnored ? without(fields, ...CONDITIONS) : fields;
    const required = options.required && !isIgnored;
    return serveDocument({ ...request, fields: sent }, documents, name, { ...settings, required });
  };

  const serveLab = (request, documents, { now, base = "/problems/" }) => {
    const kept = documents ?? { welcome: make("Welcome", "Edit me, while a rival does the same.", now) };
    // As at the simulator: what a document does not take, it does not read the options of.
    const isAsked = /^docs\/[^/]*$/.test(request.path) && METHODS.includes(request.method) && request.method !== "OPTIONS";
    const options = isAsked ? readOptions(request.query) : {};
    const found = { documents: kept, ...decide(request, kept, { now, base }, options) };
    if (options.cors ?? true) {
      found.fields = [...found.fields,
        ["Access-Control-Allow-Origin", "*"], ["Access-Control-Expose-Headers", EXPOSED]];
    }
    const told = (FAULTS[options.fault] ?? ((same) => same))(found);
    return request.method === "HEAD" ? { ...told, body: "" } : told;
  };

  Object.assign(httpPreconditions, { serveLab });
})();
