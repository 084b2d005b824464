// The rules of flask_preconditions.core in another language. Tests hold the two together, step by
// step, over every vector, a whole table and random requests.
//
//   httpPreconditions.evaluate("PUT", [["If-Match", '"v1"']], { etag: '"v2"' })
//
// A state is null where nothing exists, or { etag, lastModified, strongDate }, each of which may
// be missing; a date is in seconds since 1970. A classic script, so that it loads from a file.
(() => {
  const READS = ["GET", "HEAD", "QUERY"];
  const RANGES = ["GET", "QUERY"];
  const SAFE = ["GET", "HEAD", "OPTIONS", "QUERY", "TRACE"];
  const INDIFFERENT = ["CONNECT", "OPTIONS", "TRACE"]; // RFC 9110 §13.2.1
  const STATUS = { "not-modified": 304, failed: 412, malformed: 400, required: 428 };

  const TRUE = true, FALSE = false, IGNORED = null;
  const verdict = (truth, note, reason = null) => ({ truth, note, reason });

  // --- Entity tags (§8.8.3): a scanner, as a pattern could be made to give back for ages ---

  const isTagCharacter = (c) => c === 0x21 || (c >= 0x23 && c <= 0x7e) || (c >= 0x80 && c <= 0xff);

  const endOfTag = (text, start) => {
    let at = text.startsWith("W/", start) ? start + 2 : start;
    if (text[at] !== '"') return -1;
    do at += 1; while (isTagCharacter(text.charCodeAt(at)));
    return text[at] === '"' ? at + 1 : -1;
  };

  const parseTag = (wire) => {
    const weak = wire.startsWith("W/");
    return { wire, weak, opaque: wire.slice(weak ? 3 : 1, -1) };
  };

  const isTag = (text) => endOfTag(text, 0) === text.length;

  // Blanks and commas; a recipient accepts empty elements (§5.6.1).
  const endOfGap = (text, start) => {
    let at = start;
    while (at < text.length && " \t,".includes(text[at])) at += 1;
    return at;
  };

  const trim = (text, characters) => {
    let start = 0, end = text.length;
    while (start < end && characters.includes(text[start])) start += 1;
    while (end > start && characters.includes(text[end - 1])) end -= 1;
    return text.slice(start, end);
  };

  const parseTags = (text) => {
    if (trim(text, " \t") === "*") return { any: true, tags: [] };
    const tags = [];
    let at = endOfGap(text, 0);
    for (;;) {
      const end = endOfTag(text, at);
      if (end < 0) return { problem: diagnose(text) };
      tags.push(parseTag(text.slice(at, end)));
      at = endOfGap(text, end);
      if (at === text.length) return { any: false, tags };
      if (!text.slice(end, at).includes(",")) return { problem: diagnose(text) };
    }
  };

  const isOpaque = (text) => [...text].every((c) => isTagCharacter(c.codePointAt(0)));

  const escape = (c) => {
    const short = { "\t": "\\t", "\n": "\\n", "\r": "\\r" }[c];
    const code = c.codePointAt(0);
    const [mark, width] = code < 0x100 ? ["x", 2] : code < 0x10000 ? ["u", 4] : ["U", 8];
    return short ?? `\\${mark}${code.toString(16).padStart(width, "0")}`;
  };

  const escaped = (text) => text.replace(/[\p{C}\p{Z}]/gu, (c) => (c === " " ? c : escape(c)));

  const diagnose = (value) => {
    const text = trim(value, " \t,");
    if (!text) return "The value is empty. Send the ETag of your last GET, quotes included.";
    const characters = [...text];
    const shown = escaped(characters.length <= 60 ? text : `${characters.slice(0, 57).join("")}…`);
    const start = text.slice(0, 2);
    if (isOpaque(text) && !text.includes(",") && start !== "W/" && start !== "w/") {
      const bare = trim(shown, "'");
      return `The quotes are part of an entity tag. Send "${bare}", not ${shown}.`;
    }
    if (text.startsWith('w/"')) {
      return `The mark of a weak tag is a capital W. Send W/${shown.slice(2)}, not ${shown}.`;
    }
    if (text.split(",").some((part) => trim(part, " \t") === "*")) {
      return "The wildcard * stands alone. Send either * or a list of entity tags.";
    }
    return `${shown} is not a list of entity tags. Each one is in double quotes, `
      + 'has no blank or quote inside, and a comma stands between two: "v1", "v2".';
  };

  // --- Dates (§5.6.7): whole seconds, three forms, GMT alone ---

  const DAYS = "Mon|Tue|Wed|Thu|Fri|Sat|Sun";
  const MONTHS = "Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec";
  const TIME = "(?<time>(?:[01][0-9]|2[0-3]):[0-5][0-9]:(?:[0-5][0-9]|60))";
  const FORMS = [
    `(?:${DAYS}), (?<day>[0-9]{2}) (?<month>${MONTHS}) (?<year>[0-9]{4}) ${TIME} GMT`,
    `(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day, (?<day>[0-9]{2})-(?<month>${MONTHS})-(?<year>[0-9]{2}) ${TIME} GMT`,
    `(?:${DAYS}) (?<month>${MONTHS}) (?<day>[ 0-9][0-9]) ${TIME} (?<year>[0-9]{4})`,
  ].map((form) => new RegExp(`^${form}$`));
  const LAST_SECOND = 253402300799; // of the year 9999

  const toSeconds = (year, month, day, hour, minute, second) => {
    const date = new Date(0);
    date.setUTCFullYear(year, month, day);
    date.setUTCHours(hour, minute, second);
    const isReal = year > 0 && date.getUTCMonth() === month && date.getUTCDate() === day;
    return isReal ? date.getTime() / 1000 : null;
  };

  // A date that appears to be more than 50 years ahead is of the century before.
  const fullYear = (digits, at, now) => {
    if (now === null) return digits + (digits >= 69 ? 1900 : 2000);
    const today = new Date(now * 1000);
    const year = today.getUTCFullYear() - (today.getUTCFullYear() % 100) + digits;
    const limit = new Date(today);
    limit.setUTCFullYear(today.getUTCFullYear() + 50);
    if (limit.getUTCDate() !== today.getUTCDate()) limit.setUTCDate(0); // 29 February
    const moment = at(year);
    if (moment === null) return null;
    return limit.getTime() / 1000 < moment ? year - 100 : year;
  };

  const parseDate = (value, now) => {
    const text = trim(value, " \t");
    const form = FORMS.find((each) => each.test(text));
    if (!form) return null;
    const { day, month, year, time } = form.exec(text).groups;
    const isLeap = time === "23:59:60";
    if (!isLeap && time.endsWith("60")) return null; // leap seconds end a day
    const [hour, minute, second] = (isLeap ? "23:59:59" : time).split(":").map(Number);
    const at = (full) =>
      toSeconds(full, MONTHS.split("|").indexOf(month), Number(day), hour, minute, second);
    // The reader of the other evaluator takes two digits for 19xx or 20xx before anything else.
    if (year.length === 2 && at(fullYear(Number(year), at, null)) === null) return null;
    const full = year.length === 4 ? Number(year) : fullYear(Number(year), at, now);
    const moment = full === null ? null : at(full);
    if (moment === null || moment + isLeap > LAST_SECOND) return null;
    return moment + isLeap;
  };

  // --- One function per field (§13.1) ---

  const FIELDS = ["If-Match", "If-Unmodified-Since", "If-None-Match", "If-Modified-Since", "If-Range"];

  const ifMatch = ({ any, tags }, state) => {
    if (!state) return verdict(FALSE, "the target does not exist", "absent");
    if (any) return verdict(TRUE, "* and the target exists");
    const { tag } = state;
    if (!tag) return verdict(FALSE, "the target has no entity tag", "changed");
    const same = tags.filter((each) => each.opaque === tag.opaque);
    if (same.some((each) => !each.weak) && !tag.weak) return verdict(TRUE, `the current tag ${tag.wire} is listed`);
    if (same.length) {
      return verdict(FALSE, `the current tag ${tag.wire} is listed, but a weak tag never matches strongly`, "weak");
    }
    return verdict(FALSE, `the current tag ${tag.wire} is not listed`, tag.weak ? "weak" : "changed");
  };

  const ifNoneMatch = ({ any, tags }, state) => {
    if (!state) return verdict(TRUE, "the target does not exist");
    if (any) return verdict(FALSE, "* and the target exists", "exists");
    const { tag } = state;
    if (!tag) return verdict(TRUE, "the target has no entity tag");
    return tags.some((each) => each.opaque === tag.opaque)
      ? verdict(FALSE, `the current tag ${tag.wire} is listed`, "exists")
      : verdict(TRUE, `the current tag ${tag.wire} is not listed`);
  };

  const undated = (date, state) => {
    if (date.problem) return verdict(IGNORED, "not a valid HTTP-date, so it is ignored");
    if (!state || state.lastModified === null) {
      return verdict(IGNORED, "the target has no modification date, so it is ignored");
    }
    return null;
  };

  const ifUnmodifiedSince = (date, state) => undated(date, state) ?? (
    state.lastModified <= date.seconds
      ? verdict(TRUE, "the target did not change after the date")
      : verdict(FALSE, "the target changed after the date", "changed"));

  const ifModifiedSince = (date, state) => undated(date, state) ?? (
    state.lastModified > date.seconds
      ? verdict(TRUE, "the target changed after the date")
      : verdict(FALSE, "the target did not change after the date", "exists"));

  const ifRange = (validator, state) => {
    if (!state || validator.problem) return verdict(FALSE, "no validator to match: Range is ignored");
    const { tag, lastModified, strongDate } = state;
    const matches = validator.tag
      ? tag !== null && !tag.weak && !validator.tag.weak && tag.opaque === validator.tag.opaque
      : strongDate && lastModified === validator.seconds;
    return matches
      ? verdict(TRUE, "the validator matches: Range applies")
      : verdict(FALSE, "the validator does not match strongly: Range is ignored");
  };

  // --- The order (§13.2.2) ---

  const STEPS = [
    { number: 1, field: "If-Match", evaluate: ifMatch, clause: "RFC 9110 §13.1.1",
      ifFalse: "failed", ifFalseOnRead: "failed" },
    { number: 2, field: "If-Unmodified-Since", evaluate: ifUnmodifiedSince, clause: "RFC 9110 §13.1.4",
      ifFalse: "failed", ifFalseOnRead: "failed", unless: "If-Match" },
    { number: 3, field: "If-None-Match", evaluate: ifNoneMatch, clause: "RFC 9110 §13.1.2",
      ifFalse: "failed", ifFalseOnRead: "not-modified" },
    { number: 4, field: "If-Modified-Since", evaluate: ifModifiedSince, clause: "RFC 9110 §13.1.3",
      ifFalse: null, ifFalseOnRead: "not-modified", unless: "If-None-Match", methods: READS },
    { number: 5, field: "If-Range", evaluate: ifRange, clause: "RFC 9110 §13.1.5",
      ifFalse: null, ifFalseOnRead: null, methods: RANGES },
  ];

  // The lines of one field are one value (§5.3).
  const collect = (fields) => {
    const values = new Map();
    for (const [name, text] of fields) {
      const key = name.toLowerCase();
      values.set(key, values.has(key) ? `${values.get(key)}, ${text}` : text);
    }
    return values;
  };

  const readDate = (text, now) => {
    const seconds = parseDate(text, now);
    return seconds === null ? { problem: "It is not one valid HTTP-date." } : { seconds };
  };

  const readValidator = (sent, now) => {
    const text = trim(sent, " \t");
    if (!text.slice(0, 3).includes('"')) { // §13.1.5: that is how a tag is told from a date
      const date = readDate(text, now);
      return date.problem ? { problem: "It is neither an entity tag nor a valid HTTP-date." } : date;
    }
    return isTag(text) ? { tag: parseTag(text) } : { problem: "It is not one entity tag." };
  };

  const readConditions = (values, now) => {
    const read = { "If-Match": parseTags, "If-None-Match": parseTags,
      "If-Unmodified-Since": readDate, "If-Modified-Since": readDate, "If-Range": readValidator };
    const conditions = {};
    for (const field of FIELDS) {
      const text = values.get(field.toLowerCase());
      if (text !== undefined) conditions[field] = read[field](text, now);
    }
    return conditions;
  };

  const gate = (number, clause, found, field = null) => ({ number, clause, field, ...found });

  const decide = (outcome, trace, more = {}) => ({
    outcome, status: STATUS[outcome] ?? null, decidedBy: null, reason: null, malformed: null,
    honoursRange: true, trace, ...more,
  });

  const skip = (step, method, conditions) => {
    if (step.methods && !step.methods.includes(method)) {
      return verdict(IGNORED, `ignored on ${method}`);
    }
    if (step.unless && conditions[step.unless]) {
      return verdict(IGNORED, `ignored beside ${step.unless}`);
    }
    if (step.field === "If-None-Match" && conditions[step.field].problem) {
      return verdict(IGNORED, "malformed, so the full answer is the safe one");
    }
    return null;
  };

  // While its second lasts, nobody was told a date.
  const isUntold = (date, { lastModified, strongDate }, now) =>
    date.seconds === lastModified && !strongDate && now !== null && now <= lastModified;

  const evaluateInOrder = (method, conditions, state, hasRange, now) => {
    const trace = [];
    let firstTrue = null, honoursRange = true;
    for (const step of STEPS) {
      const condition = conditions[step.field];
      if (!condition || (step.field === "If-Range" && !hasRange)) continue;
      let found = skip(step, method, conditions) ?? step.evaluate(condition, state);
      if (step.number === 2 && found.truth && !READS.includes(method) && isUntold(condition, state, now)) {
        found = verdict(FALSE, "its second lasts, and the date was not told yet", "changed");
      }
      trace.push(gate(step.number, step.clause, found, step.field));
      if (found.truth === TRUE) {
        firstTrue ??= step.field;
      } else if (found.truth === FALSE) {
        const outcome = READS.includes(method) ? step.ifFalseOnRead : step.ifFalse;
        if (outcome) return decide(outcome, trace, { decidedBy: step.field, reason: found.reason });
        honoursRange = false;
      }
    }
    const note = firstTrue ? "perform: all conditions hold" : "perform: no condition applies";
    trace.push(gate(6, "RFC 9110 §13.2.2", verdict(TRUE, note)));
    return decide("perform", trace, { decidedBy: firstTrue, honoursRange });
  };

  // If-None-Match with tags guards no write: it lets through what has changed.
  const isGuarded = (conditions, state) => {
    const date = conditions["If-Unmodified-Since"];
    return Boolean(conditions["If-Match"])
      || conditions["If-None-Match"]?.any === true
      || (date !== undefined && ifUnmodifiedSince(date, state).truth !== IGNORED);
  };

  const ignoreAll = (note) =>
    decide("perform", [gate(0, "RFC 9110 §13.2.1", verdict(IGNORED, note))]);

  const evaluate = (method, fields, target, { required = false, creates = method === "PUT", now = null } = {}) => {
    const state = target && {
      tag: target.etag ? parseTag(target.etag) : null,
      lastModified: target.lastModified ?? null,
      strongDate: target.strongDate ?? false,
    };
    if (INDIFFERENT.includes(method)) return ignoreAll(`${method} ignores preconditions`);
    if (!state && !creates) {
      return ignoreAll("the target does not exist, which is the answer with or without them");
    }
    const values = collect(fields);
    const conditions = readConditions(values, now);
    const isRead = READS.includes(method);
    for (const field of isRead ? ["If-Match"] : ["If-Match", "If-None-Match"]) {
      const problem = conditions[field]?.problem;
      if (!problem) continue;
      const refused = gate(0, "RFC 9110 §8.8.3", verdict(FALSE, problem, "malformed"), field);
      return decide("malformed", [refused], { decidedBy: field, reason: "malformed",
        malformed: { field, value: values.get(field.toLowerCase()), problem } });
    }
    if (required && !SAFE.includes(method) && !isGuarded(conditions, state)) {
      const note = "a write needs If-Match, If-Unmodified-Since or If-None-Match: *";
      return decide("required", [gate(0, "RFC 6585 §3", verdict(FALSE, note))]);
    }
    return evaluateInOrder(method, conditions, state, values.has("range"), now);
  };

  globalThis.httpPreconditions = { evaluate, isTag, parseTag, parseTags, parseDate, trim, FIELDS, STEPS };
})();
