/**
 * A documents API that cannot lose an update: Express 5 and node:sqlite.
 *
 * The check stands before the parser of the body: a stale write is 412, whatever
 * it carries (RFC 9110 §13.2.1). Run it with `npm install && npm start`.
 */
import { STATUS_CODES } from 'node:http';
import { DatabaseSync } from 'node:sqlite';

import express from 'express';
import createError from 'http-errors';

import {
  answerRefusal,
  check,
  pathOf,
  Refusal,
  sendProblem,
} from './preconditions.js';

// :snippet-start: store
const db = new DatabaseSync(process.env.DOCS_DB ?? 'docs.sqlite3', {
  timeout: 30_000, // a writer waits for the writers of other processes
});
// The tag is random, so a document that is deleted and made again never repeats one.
db.exec(`
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = NORMAL;
  CREATE TABLE IF NOT EXISTS docs (
    name TEXT PRIMARY KEY,
    title TEXT NOT NULL,
    body TEXT NOT NULL,
    rev TEXT NOT NULL DEFAULT (lower(hex(randomblob(8)))),
    saved_at INTEGER NOT NULL DEFAULT (unixepoch())
  );
`);

const SELECT = db.prepare('SELECT * FROM docs WHERE name = ?');
const LIST = db.prepare('SELECT * FROM docs ORDER BY name');

// The compare-and-swap: it names the revision that was compared, so a write that
// came in between leaves it no row to change.
const UPDATE = db.prepare(`
  UPDATE docs
  SET title = ?, body = ?, rev = lower(hex(randomblob(8))), saved_at = unixepoch()
  WHERE name = ? AND rev = ? RETURNING *
`);
const INSERT = db.prepare(`
  INSERT INTO docs (name, title, body) VALUES (?, ?, ?)
  ON CONFLICT DO NOTHING RETURNING *
`);
const DELETE = db.prepare(
  'DELETE FROM docs WHERE name = ? AND rev = ? RETURNING *',
);
// :snippet-end:

const etag = (doc) => `"${doc.rev}"`;
const represent = ({ name, title, body }) => ({ name, title, body });
const validatorsOf = (doc) =>
  doc && { etag: etag(doc), lastModified: doc.saved_at };

export const app = express();
// Express tags every body it sends, also that of an error, and a tag on a 412 or
// 428 reads as the document's. Ours are set where they are meant.
app.set('etag', false);

app
  .route('/docs')
  .get((req, res) => {
    const docs = LIST.all();
    const items = docs.map((doc) => ({ ...represent(doc), etag: etag(doc) }));
    res.json({ items });
  })
  .all(others('GET, HEAD, OPTIONS'));

const document = app.route('/docs/:name');

// :snippet-start: read
/** Finds the document and checks the preconditions, before the body is read. */
function guard({ creates = false } = {}) {
  return (req, res, next) => {
    const doc = SELECT.get(req.params.name);
    if (!doc && !creates) throw createError(404, 'No such document.');
    check(req, validatorsOf(doc));
    res.locals.doc = doc;
    next();
  };
}

document.get(guard(), (req, res) => {
  const { doc } = res.locals;
  res.set('ETag', etag(doc));
  // While its second lasts, another write could share the date.
  if (Date.now() >= (doc.saved_at + 1) * 1000) {
    res.set('Last-Modified', new Date(doc.saved_at * 1000).toUTCString());
  }
  res.json(represent(doc));
});
// :snippet-end:

// :snippet-start: write
// Not express.json(): it skips other types, and takes an empty body for {}.
const readBody = express.raw({ type: () => true, limit: '1mb' });

document.put(guard({ creates: true }), readBody, (req, res) => {
  const { title, body } = parse(req.body, ['title', 'body']);
  const { name } = req.params;
  const { doc } = res.locals;
  if (doc) {
    confirm(req, UPDATE.all(title, body, name, doc.rev));
    // No ETag: columns are stored, not the bytes that were sent (§9.3.4).
    res.status(204).end();
  } else {
    // If-None-Match: * held.
    confirm(req, INSERT.all(name, title, body));
    res.status(201).location(pathOf(req)).end();
  }
});

document.patch(guard(), readBody, (req, res) => {
  const { doc } = res.locals;
  const { title, body } = { ...doc, ...parse(req.body) };
  const saved = confirm(req, UPDATE.all(title, body, doc.name, doc.rev));
  res.set('ETag', etag(saved)).json(represent(saved));
});

document.delete(guard(), (req, res) => {
  const { doc } = res.locals;
  confirm(req, DELETE.all(doc.name, doc.rev));
  res.status(204).end();
});

/** Gives the written row, or refuses: another write came after the check. */
function confirm(req, [saved]) {
  if (saved) return saved;
  const fields = ['If-Match', 'If-Unmodified-Since', 'If-None-Match'];
  const field = fields.find((name) => req.get(name) !== undefined);
  const current = validatorsOf(SELECT.get(req.params.name));
  throw new Refusal({ status: 412, field, reason: 'lost-race' }, current);
}
// :snippet-end:

document.all(others('GET, HEAD, OPTIONS, PUT, PATCH, DELETE'));

/** Answers the methods that a route does not have; Express would say 404. */
function others(allow) {
  return (req, res) => {
    res.set('Allow', allow);
    if (req.method !== 'OPTIONS') throw createError(405);
    res.status(204).end();
  };
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

function parse(body, required = []) {
  let members;
  try {
    members = JSON.parse(utf8.decode(body));
  } catch {
    throw createError(400, 'Send a JSON object.');
  }
  if (Object.prototype.toString.call(members) !== '[object Object]') {
    throw createError(422, 'Send a JSON object.');
  }
  for (const name of new Set([...required, ...Object.keys(members)])) {
    const text = members[name];
    if (!['title', 'body'].includes(name) || typeof text !== 'string') {
      throw createError(422, `${name}: send title and body, both strings.`);
    }
    if (!text.isWellFormed()) {
      throw createError(400, `${name}: a lone surrogate is no text.`);
    }
  }
  return members;
}

/** Answers all other errors, as problem documents too. */
export function answerError(error, req, res, next) {
  if (res.headersSent) return next(error);
  const { status = 500, message } = error;
  if (status >= 500) console.error(error);
  const title = STATUS_CODES[status];
  const detail = status < 500 ? message : undefined; // ours is for the log
  sendProblem(res, { type: 'about:blank', title, status, detail });
}

app.use(answerRefusal, answerError);

if (import.meta.main) app.listen(process.env.PORT ?? 3000, '127.0.0.1');
