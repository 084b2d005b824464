// Judges recorded exchanges by the table of flask_preconditions.inspector, whose facts it finds, too.
// Tests hold the two together, fact by fact. See records.js and rows.js.
(() => {
  const { evaluate, isTag, parseTag, parseTags, parseDate, FIELDS, joined, holds } = httpPreconditions;
  const READS = ["GET", "HEAD", "QUERY"];
  const INDIFFERENT = ["CONNECT", "OPTIONS", "TRACE"];
  const SAFE = [...READS, ...INDIFFERENT];
  const CONDITIONAL = FIELDS.map((name) => name.toLowerCase());
  const isSuccess = (status) => status >= 200 && status < 300;
  const trim = (text) => httpPreconditions.trim(text, " \t");
  const SUFFIX = /[-:;.]{1,2}(?:gzip|br|zstd|deflate)$/;

  // The octets that went over the wire, a character each (RFC 9110 §8.8.3).
  const wire = (value) => (/[^\x00-\xff]/.test(value)
    ? String.fromCharCode(...new TextEncoder().encode(value)) : value);
  const tagOf = (value) => {
    const text = trim(wire(value ?? ""));
    return isTag(text) ? parseTag(text) : null;
  };
  const dateOf = (value) => (value === undefined ? null : parseDate(value, null));
  const mediaOf = (fields) => trim((fields["content-type"] ?? "").split(";")[0]).toLowerCase();
  const codingOf = (fields) => {
    const coding = trim(fields["content-encoding"] ?? "").toLowerCase();
    return coding === "identity" ? "" : coding;
  };
  const namesIn = (value) => (value ?? "").split(",").map((name) => trim(name).toLowerCase()).filter(Boolean);

  // What is asked of an exchange again and again is found once.
  const once = (look) => {
    const found = new WeakMap();
    return (one) => {
      if (!found.has(one)) found.set(one, look(one));
      return found.get(one);
    };
  };

  const stateOf = once((one) => {
    const fields = joined(one.got);
    const tag = tagOf(fields.etag), lastModified = dateOf(fields["last-modified"]);
    return tag || lastModified !== null ? { tag, etag: tag?.wire, lastModified } : null;
  });
  const decide = (one, state) =>
    evaluate(one.method, one.sent.map(([name, value]) => [name, wire(value)]), state).outcome;

  const kindOfTags = (value) => {
    if (value === undefined) return "absent";
    const { problem, any, tags } = parseTags(wire(value));
    if (problem) return "malformed";
    if (any) return "any";
    const hasWeak = tags.some((tag) => tag.weak), hasStrong = tags.some((tag) => !tag.weak);
    return hasWeak && hasStrong ? "mixed" : hasWeak ? "weak" : "strong";
  };

  const requestFacts = ({ method, sent }) => {
    const fields = joined(sent);
    const names = [...FIELDS, "If"].filter((name) => name.toLowerCase() in fields);
    const ifMatch = kindOfTags(fields["if-match"]), ifNoneMatch = kindOfTags(fields["if-none-match"]);
    const dates = ["If-Modified-Since", "If-Unmodified-Since"].filter((name) => names.includes(name));
    const bad = dates.filter((name) => dateOf(fields[name.toLowerCase()]) === null);
    const isDated = dates.includes("If-Unmodified-Since") && !bad.includes("If-Unmodified-Since");
    const kind = READS.includes(method) ? "read" : INDIFFERENT.includes(method) ? "indifferent" : "write";
    return {
      method, kind: method ? kind : "unknown", fields, conditions: method ? [...names].sort() : null,
      is_conditional: names.length > 0, if_match: ifMatch, if_none_match: ifNoneMatch, bad_dates: bad,
      guards: ifMatch !== "absent" || ifNoneMatch === "any" || isDated,
      by_date: isDated && ifMatch === "absent" && ifNoneMatch !== "any",
      only_asks: names.length > 0
        && names.every((name) => ["If-None-Match", "If-Modified-Since"].includes(name)),
    };
  };

  // RFC 9111 §3, §4.2.
  const keeping = (fields) => {
    const control = new Map();
    for (const part of (fields["cache-control"] ?? "").match(/(?:[^",]|"[^"]*"?)+/g) ?? []) {
      const at = part.indexOf("="), name = at < 0 ? part : part.slice(0, at);
      const key = trim(name).toLowerCase();
      const value = at < 0 ? "" : httpPreconditions.trim(trim(part.slice(at + 1)), '"');
      if (!control.has(key)) control.set(key, value);
    }
    const lives = ["max-age", "s-maxage"].map((name) => control.get(name) ?? "");
    let isFresh = lives.some((text) => /^0*[1-9][0-9]*$/.test(text));
    const expires = dateOf(fields.expires), date = dateOf(fields.date);
    if (!lives.some(Boolean) && expires !== null && date !== null) isFresh = expires > date;
    const noStore = control.has("no-store");
    return { may_be_kept: !noStore && (isFresh || control.has("public")), no_store: noStore,
      is_fresh: isFresh && !noStore && !control.has("no-cache") };
  };

  const objectIn = (text) => {
    try {
      const found = JSON.parse(text);
      return found && typeof found === "object" && !Array.isArray(found) ? found : null;
    } catch {
      return null;
    }
  };

  // RFC 9457 §3.1.
  const problemIn = ({ status, method, content }, fields) => {
    const isProblem = mediaOf(fields) === "application/problem+json";
    if (status < 400 || method === "HEAD" || content === null) return "none";
    if (!isProblem && mediaOf(fields) !== "application/json") return "none";
    const document = objectIn(content);
    if (!document) return isProblem ? "unreadable" : "none";
    const has = (name) => Object.hasOwn(document, name);
    if (!isProblem) {
      const isAlike = document.status === status && has("title") && (has("type") || has("detail"));
      return isAlike ? "untyped" : "none";
    }
    const isText = (name) => !has(name) || typeof document[name] === "string";
    if (!["type", "title", "detail", "instance"].every(isText)) return "members";
    if (!has("status")) return "fine";
    if (typeof document.status !== "number") return "members";
    return document.status === status ? "fine" : "status";
  };

  // The conditions at the state that the answer tells.
  const byItself = (one) => {
    const state = stateOf(one), sent = joined(one.sent);
    const isRead = one.status === 200 && READS.includes(one.method);
    if ((one.status !== 412 && !isRead) || !state || "if" in sent) return "unknown";
    if (!CONDITIONAL.some((name) => name in sent)) return "unknown";
    const isByTag = "if-match" in sent || "if-none-match" in sent;
    return (isByTag ? !state.tag : state.lastModified === null) ? "unknown" : decide(one, state);
  };

  const responseFacts = (one) => {
    const fields = joined(one.got), { status, content } = one;
    const tag = tagOf(fields.etag);
    const listed = parseTags(wire(joined(one.sent)["if-none-match"] ?? ""));
    return {
      status, class: Math.floor(status / 100), fields,
      etag: tag ? (tag.weak ? "weak" : "strong") : fields.etag === undefined ? "absent" : "malformed",
      content: content === null ? "unknown" : content ? "some" : "none",
      media: mediaOf(fields), ...keeping(fields), suffix: Boolean(tag) && SUFFIX.test(tag.opaque),
      is_coded: codingOf(fields) !== "",
      varies: namesIn(fields.vary).some((name) => name === "accept-encoding" || name === "*"),
      listed: Boolean(tag) && !listed.problem && listed.tags.some((each) => each.opaque === tag.opaque),
      problem: problemIn(one, fields), by_itself: byItself(one),
    };
  };

  // --- Pages of another origin (Fetch) ---

  const isSameOrigin = (origin, url) => {
    const at = url.indexOf("//");
    if (at < 0) return false;
    const scheme = url.slice(0, at);
    const place = `${scheme}//${url.slice(at + 2).split("/")[0].split("?")[0]}`.toLowerCase();
    const asked = origin.toLowerCase();
    return (scheme ? asked : asked.includes(":") ? asked.slice(asked.indexOf(":") + 1) : "") === place;
  };

  const corsFacts = (one) => {
    const sent = joined(one.sent), got = joined(one.got), { origin } = sent;
    const isElsewhere = origin !== undefined && !isSameOrigin(origin, one.url);
    const asks = isElsewhere && one.method === "OPTIONS" && "access-control-request-method" in sent;
    let refused = [];
    if (asks) {
      const allowed = namesIn(got["access-control-allow-headers"]);
      const methods = namesIn(got["access-control-allow-methods"]);
      const asked = [...new Set(namesIn(sent["access-control-request-headers"]))]
        .filter((name) => CONDITIONAL.includes(name)).sort();
      const method = trim(sent["access-control-request-method"]);
      if (!allowed.includes("*")) refused = asked.filter((name) => !allowed.includes(name));
      const isAllowed = ["GET", "HEAD", "POST"].includes(method)
        || methods.includes(method.toLowerCase()) || methods.includes("*");
      if (!isAllowed) refused.push(method);
      if (!isSuccess(one.status)) refused = [...asked, method];
    }
    return { is_elsewhere: isElsewhere, is_preflight: asks, refused,
      allowed: isElsewhere && ["*", origin].includes(got["access-control-allow-origin"] ?? ""),
      exposes: namesIn(got["access-control-expose-headers"]).some((n) => n === "etag" || n === "*") };
  };

  // --- What came before ---

  const KEPT = 100;
  const OF_200 = ["Cache-Control", "Content-Location", "Expires", "Vary"];
  const bare = (opaque) => opaque.replace(SUFFIX, "");
  const variantOf = once((one) => {
    const got = joined(one.got);
    return `${mediaOf(got)} ${trim(got["content-language"] ?? "").toLowerCase()}`;
  });

  const pastOf = (exchanges, places, place) => {
    const { began } = exchanges[place];
    if (began === null) return places.filter((each) => each < place);
    const isOver = (each) => {
      const { ended } = exchanges[each];
      return each !== place && ended !== null && (ended < began || (ended === began && each < place));
    };
    return places.filter(isOver).sort((a, b) => exchanges[a].ended - exchanges[b].ended || a - b);
  };

  const learn = (known, one, place) => {
    const told = stateOf(one), { status, method } = one, tag = told?.tag;
    const keep = (state, variant) => Object.assign(known, { state, at: place, variant });
    if (tag && !tag.weak) known.tags.set(bare(tag.opaque), variantOf(one));
    if (!SAFE.includes(method)) {
      if ((status === 412 || status === 428) && tag && !tag.weak) keep(told, known.variant);
      else if (status < 400 || status >= 500) {
        const isTold = ["PUT", "PATCH"].includes(method) && isSuccess(status) && tag;
        keep(isTold ? told : null, variantOf(one));
      }
    } else if (["GET", "HEAD"].includes(method) && (status === 200 || status === 304) && tag) {
      keep(told, status === 200 ? variantOf(one) : known.variant);
    }
  };

  const standing = (value, known) => {
    const { problem, tags = [] } = parseTags(wire(value ?? ""));
    const named = tags.filter((tag) => !tag.weak).map((tag) => bare(tag.opaque));
    const current = known.state?.tag;
    if (problem || !named.length || !current || current.weak) return "unknown";
    if (named.includes(bare(current.opaque))) return "current";
    const told = [...known.tags].filter(([opaque]) => named.includes(opaque)).map(([, variant]) => variant);
    if (!told.length) return "never";
    return told.includes(known.variant) ? "superseded" : "unknown";
  };

  const isFull = (one) => one.method === "GET" && one.status === 200;
  const strongTag = (value) => {
    const tag = tagOf(value);
    return tag && !tag.weak ? tag.opaque : "";
  };
  const told = once((one) => strongTag(joined(one.got).etag));
  const match = once((one) => (["PUT", "PATCH"].includes(one.method) && isSuccess(one.status)
    ? strongTag(joined(one.sent)["if-match"]) : ""));
  const differ = (a, b) => a !== null && b !== null && a !== b;
  const isAlike = (old, one) => isFull(old) && isFull(one) && told(one) !== "" && told(one) === told(old);
  const coding = once((one) => codingOf(joined(one.got)));
  const LOOKS = {
    repeated: (old, one) => match(one) !== "" && match(one) === match(old) && differ(old.body, one.body),
    two_contents: (old, one) => isAlike(old, one) && coding(old) === coding(one)
      && variantOf(old) === variantOf(one) && differ(old.content, one.content),
    two_codings: (old, one) => isAlike(old, one) && coding(old) !== coding(one),
    not_stored: (old, one) => old.method === "PUT" && isSuccess(old.status) && isFull(one)
      && told(one) !== "" && told(one) === told(old) && (one.isDecoded || !coding(one))
      && differ(old.body, one.content),
  };

  const pastFacts = (exchanges, past, place) => {
    const one = exchanges[place];
    const known = { state: null, at: null, variant: " ", tags: new Map() };
    for (const each of past) learn(known, exchanges[each], each);
    const facts = {
      told: known.tags.size > 0 || known.state !== null,
      decision: known.state && one.method ? decide(one, known.state) : "unknown",
      if_match: standing(joined(one.sent)["if-match"], known), earlier: { told: known.at }, dropped: [],
    };
    for (const [name, look] of Object.entries(LOOKS)) {
      const at = past.findLast((each) => look(exchanges[each], one)) ?? null;
      facts[name] = at !== null;
      facts.earlier[name] = at;
    }
    if (one.status === 304) {
      const read = past.findLast((each) => isFull(exchanges[each])) ?? null;
      facts.earlier.read = read;
      if (read !== null) {
        const had = joined(exchanges[read].got), has = joined(one.got);
        facts.dropped = OF_200.filter((name) => name.toLowerCase() in had && !(name.toLowerCase() in has));
      }
    }
    return facts;
  };

  const historyFacts = (exchanges, isOfResource) => {
    const resources = new Map();
    exchanges.forEach((one, place) => {
      const key = one.url || `#${place}`;
      resources.set(key, [...(resources.get(key) ?? []), place]);
    });
    const found = [];
    for (const places of resources.values()) {
      const isWritten = places.some((place) => ["PUT", "PATCH", "DELETE"].includes(exchanges[place].method));
      for (const place of places) {
        const past = pastOf(exchanges, places, place).slice(-KEPT);
        found[place] = { ...pastFacts(exchanges, past, place), is_edited: isWritten || isOfResource };
      }
    }
    const seen = new Set();
    exchanges.forEach((one, place) => {
      const key = `${joined(one.sent).origin ?? ""} ${(one.url.split("//")[1] ?? "").split("/")[0]}`;
      found[place].was_allowed = seen.has(key);
      if (one.status < 400 && corsFacts(one).allowed) seen.add(key);
    });
    return found;
  };

  const factsOf = ({ exchanges, isOfResource }) => {
    const histories = historyFacts(exchanges, isOfResource);
    return exchanges.map((one, place) => ({ request: requestFacts(one), response: responseFacts(one),
      cors: corsFacts(one), history: histories[place] }));
  };

  // --- The rules: rows about these facts ---

  const LONGEST = 300;
  const shorten = (text) => (text.length <= LONGEST ? text
    : `${text.slice(0, LONGEST)}… (${text.length} characters)`);

  const evidenceOf = (rule, place, exchanges, facts) => rule.evidence.flatMap((text) => {
    const [, from, side, name, may] = /^([a-z_]*)([<>]) ([^?]+)(\??)$/.exec(text);
    const at = from ? facts.history.earlier[from] ?? null : place;
    if (at === null) return [];
    const one = exchanges[at], before = at === place ? side : `exchange ${at + 1}: ${side}`;
    if (name === "content") {
      const content = ((side === ">" ? one.body : one.content) ?? "").trim();
      return content ? [`${before} ${shorten(content)}`] : [];
    }
    const lines = (side === ">" ? one.sent : one.got)
      .filter(([key]) => key.toLowerCase() === name.toLowerCase())
      .map(([, value]) => `${before} ${name}: ${shorten(value)}`);
    return lines.length || may ? lines : [`${before} (no ${name})`];
  });

  // Each finding with the place of its exchange; and what there was nothing of.
  const inspect = ({ topics, rules }, capture) => {
    const seen = new Set();
    const findings = factsOf(capture).flatMap((facts, place) => {
      const here = Object.keys(topics).filter((id) => holds(topics[id].when, facts));
      for (const id of here) seen.add(id);
      return rules.filter((rule) => here.includes(rule.topic) && holds(rule.when, facts)).map((rule) =>
        ({ rule, place, evidence: evidenceOf(rule, place, capture.exchanges, facts) }));
    });
    const unseen = Object.keys(topics).filter((id) => !seen.has(id)).map((id) => topics[id].unseen);
    return { findings, unseen };
  };

  Object.assign(httpPreconditions, { factsOf, inspect });
})();
