/**
 * The preconditions of RFC 9110 §13, for Express 5.
 *
 * Express evaluates If-None-Match and If-Modified-Since of a GET, after your
 * handler has run, and nothing on a write: a PUT with a stale If-Match is
 * performed. So check() belongs in front of the handler, and of what reads the
 * body.
 */

// :snippet-start: preconditions
const ANY = '*';
const MALFORMED = new Set(); // sent, and nothing matches it
const READS = new Set(['GET', 'HEAD', 'QUERY']);
const INDIFFERENT = new Set(['OPTIONS', 'TRACE']); // §13.2.1

/**
 * Lets a request pass, or throws the Refusal that answers it: 304, 400, 412, 428.
 *
 * @param {{etag?: string, lastModified?: number} | undefined} current
 *   The validators of the target: its tag as it stands in the ETag field, and
 *   its date in whole seconds. Nothing where there is no target.
 */
export function check(req, current, { required = true } = {}) {
  // Not req.get(): of two If-Unmodified-Since lines Node drops one silently.
  const fields = req.headersDistinct;
  const refusal = evaluate(req.method, fields, current, required);
  if (refusal) throw new Refusal(refusal, current);
  // res.send() would decide again, by laxer rules that see commas inside tags
  // as separators and take nearly anything for a date.
  Object.defineProperty(req, 'fresh', { value: false });
}

export class Refusal extends Error {
  constructor({ status, field, reason }, current) {
    super(reason);
    Object.assign(this, { status, field, reason, etag: current?.etag });
  }
}

/** Decides in the order of RFC 9110 §13.2.2; nothing means: perform it. */
export function evaluate(method, fields, current, required) {
  if (INDIFFERENT.has(method)) return undefined;
  const reads = READS.has(method);
  const ifMatch = parseTags(fields['if-match']);
  const ifNoneMatch = parseTags(fields['if-none-match']);
  // NaN stands for no date, or no valid one: no comparison with it is true.
  const lastModified = current?.lastModified ?? NaN;
  const unmodifiedSince = parseDate(fields['if-unmodified-since']);
  const modifiedSince = parseDate(fields['if-modified-since']);

  // What cannot be read must never count as "no condition" on a write.
  if (ifMatch === MALFORMED) {
    return { status: 400, field: 'If-Match', reason: 'malformed' };
  }
  if (ifNoneMatch === MALFORMED && !reads) {
    return { status: 400, field: 'If-None-Match', reason: 'malformed' };
  }
  const dated = !Number.isNaN(lastModified - unmodifiedSince);
  const guarded = ifMatch || ifNoneMatch === ANY || dated;
  if (required && !reads && !guarded) return { status: 428 };

  // Step 1
  if (ifMatch && !matchesStrongly(ifMatch, current)) {
    const reason = explainMismatch(ifMatch, current);
    return { status: 412, field: 'If-Match', reason };
  }
  // Step 2
  if (!ifMatch && lastModified > unmodifiedSince) {
    return { status: 412, field: 'If-Unmodified-Since', reason: 'changed' };
  }
  // Step 3
  if (ifNoneMatch && matchesWeakly(ifNoneMatch, current)) {
    if (reads) return { status: 304 };
    return { status: 412, field: 'If-None-Match', reason: 'exists' };
  }
  // Step 4
  if (!ifNoneMatch && reads && lastModified <= modifiedSince) {
    return { status: 304 };
  }
}

function matchesStrongly(tags, current) {
  if (!current) return false;
  if (tags === ANY) return true;
  return tags.has(current.etag) && !current.etag.startsWith('W/');
}

function matchesWeakly(tags, current) {
  if (!current) return false;
  if (tags === ANY) return true;
  const opaque = current.etag?.replace(/^W\//, '');
  return tags.has(opaque) || tags.has(`W/${opaque}`);
}

function explainMismatch(tags, current) {
  if (!current) return 'absent';
  const { etag } = current;
  return etag?.startsWith('W/') || tags.has(`W/${etag}`) ? 'weak' : 'changed';
}

// An element of a list: an entity tag (§8.8.3) or nothing (§5.6.1), then a comma.
// Sticky, and no two parts can take the same blank: linear in time.
const ELEMENT =
  /[ \t]*(?:((?:W\/)?"[\x21\x23-\x7e\x80-\xff]*")[ \t]*)?(?:,|$)/y;

function parseTags(lines) {
  if (!lines) return undefined;
  const value = lines.join(', '); // several lines are one list (§5.3)
  if (/^[ \t]*\*[ \t]*$/.test(value)) return ANY;
  const tags = new Set();
  for (let at = 0; at < value.length; at = ELEMENT.lastIndex) {
    ELEMENT.lastIndex = at;
    const element = ELEMENT.exec(value);
    if (!element) return MALFORMED;
    if (element[1]) tags.add(element[1]);
  }
  return tags.size ? tags : MALFORMED;
}

const MONTHS = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');
const DAY = '(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)';
const LONG_DAY = '(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day';
const MONTH = `(?<month>${MONTHS.join('|')})`;
const TIME = '(?<time>(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]|23:59:60)';
// The three forms of §5.6.7. Date.parse() reads far more than these, and
// takes the last one for local time.
const DATES = [
  `${DAY}, (?<day>[0-9]{2}) ${MONTH} (?<year>[0-9]{4}) ${TIME} GMT`,
  `${LONG_DAY}, (?<day>[0-9]{2})-${MONTH}-(?<year>[0-9]{2}) ${TIME} GMT`,
  `${DAY} ${MONTH} (?<day>[ 0-9][0-9]) ${TIME} (?<year>[0-9]{4})`,
].map((form) => new RegExp(`^[ \\t]*${form}[ \\t]*$`));

function parseDate(lines) {
  const value = lines?.join(', ') ?? ''; // two lines are no date
  const match = DATES.map((form) => form.exec(value)).find(Boolean);
  if (!match) return NaN;
  const { year, month, day, time } = match.groups;
  const midnight = new Date(0);
  midnight.setUTCFullYear(fullYear(year), MONTHS.indexOf(month), day);
  if (midnight.getUTCDate() !== Number(day)) return NaN; // such as 31 February
  const [hours, minutes, seconds] = time.split(':').map(Number);
  return midnight / 1000 + (hours * 60 + minutes) * 60 + seconds;
}

/** Two digits name no year more than 50 years ahead (§5.6.7). */
function fullYear(digits) {
  if (digits.length === 4) return Number(digits);
  const now = new Date().getUTCFullYear();
  const year = now - (now % 100) + Number(digits);
  return year > now + 50 ? year - 100 : year;
}

const PROBLEMS = '/problems/'; // where the pages about them are published
const KINDS = {
  400: ['malformed-precondition', 'Malformed Precondition'],
  412: ['precondition-failed', 'Precondition Failed'],
  428: ['precondition-required', 'Precondition Required'],
};
const DETAILS = {
  absent: 'The document does not exist, and If-Match asks that it does.',
  changed: 'The document changed after you read it.',
  exists: 'The document exists in a state that your If-None-Match rules out.',
  'lost-race': 'Another write came first, while this one was under way.',
  malformed: 'An entity tag is in double quotes, such as "v1"; * stands alone.',
  weak: 'If-Match compares strongly, and a weak tag (W/) never matches.',
};
const REQUIRED =
  'Send If-Match with the ETag you read, or If-None-Match: * to create.';

/** The error handler of refusals: 304, and problem documents (RFC 9457). */
export function answerRefusal(error, req, res, next) {
  if (!(error instanceof Refusal) || res.headersSent) return next(error);
  const { status, etag } = error;
  if (etag && (status === 304 || status === 412)) res.set('ETag', etag);
  if (status === 304) return res.status(304).end();
  sendProblem(res, describe(error, req));
}

export function sendProblem(res, problem) {
  res.status(problem.status).set('Cache-Control', 'no-store');
  // As a Buffer: to a string's type, Express would add a charset.
  res.type('application/problem+json');
  res.send(Buffer.from(JSON.stringify(problem)));
}

export const pathOf = (req) => req.baseUrl + req.path; // still percent-encoded

function describe({ status, field, reason, etag }, req) {
  const [slug, title] = KINDS[status];
  const instance = pathOf(req);
  let next = { action: 'refetch', method: 'GET', href: instance };
  if (status === 400 || (status === 428 && !etag)) next = { action: 'resend' };
  if (reason === 'absent') next = { action: 'none' };
  return {
    type: `${PROBLEMS}${slug}/`,
    title,
    status,
    detail: DETAILS[reason] ?? REQUIRED,
    instance,
    failed_header: field,
    reason,
    current_etag: status === 412 ? etag : undefined,
    next,
  };
}
// :snippet-end:
