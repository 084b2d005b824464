/**
 * A client of the documents API that never overwrites what it has not seen.
 *
 *   node client.mjs update URL WORD
 *   node client.mjs create URL TITLE BODY
 *   node client.mjs save URL ETAG TITLE BODY
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';

const ATTEMPTS = 5;

/** An end of the program, with its exit code and what to tell. */
class Exit extends Error {
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}

// :snippet-start: update
async function update(url, word) {
  let unsure; // what was sent when the connection broke
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    if (attempt > 1) await sleep(Math.random() * 50 * 2 ** attempt);
    const { etag, content } = await read(url);
    if (unsure && isDeepStrictEqual(content, unsure)) return; // it was saved
    requireStrong(etag);

    // Made anew from each read: the old content with a new tag would overwrite.
    const changed = { ...content, body: `${content.body} ${word}` };
    let response;
    try {
      response = await put(url, changed, { 'If-Match': etag });
    } catch {
      unsure = changed; // saved or not? Only a read can tell.
      continue;
    }
    if (response.ok) return;
    if (response.status !== 412) throw await unexpected(response);
  }
  throw new Exit(5, `Gave up after ${ATTEMPTS} attempts, overwriting nothing.`);
}

async function read(url) {
  // A browser's cache must ask the server: an old tag is refused for certain.
  const response = await fetch(url, { cache: 'no-cache' });
  if (response.status === 404) throw new Exit(6, 'There is no such document.');
  if (!response.ok) throw await unexpected(response);
  // Of another origin, a script sees the field only where the server says
  // Access-Control-Expose-Headers: ETag.
  const etag = response.headers.get('ETag');
  const { title, body } = await response.json();
  return { etag, content: { title, body } };
}

function put(url, content, condition) {
  return fetch(url, {
    method: 'PUT',
    headers: { ...condition, 'Content-Type': 'application/json' },
    body: JSON.stringify(content),
  });
}

function requireStrong(etag) {
  if (!etag) throw new Exit(7, 'Without an ETag, If-Match names nothing.');
  if (etag.startsWith('W/')) {
    throw new Exit(7, `If-Match never matches a weak tag, such as ${etag}.`);
  }
}
// :snippet-end:

// :snippet-start: create
async function create(url, title, body) {
  const response = await put(url, { title, body }, { 'If-None-Match': '*' });
  if (response.status === 412) {
    throw new Exit(3, 'The document exists; it was left as it is.');
  }
  if (!response.ok) throw await unexpected(response);
}
// :snippet-end:

// :snippet-start: conflict
async function save(url, etag, title, body) {
  const response = await put(url, { title, body }, { 'If-Match': etag });
  if (response.ok) return;
  if (response.status !== 412) throw await unexpected(response);

  // A person decides; to send the same again with a new tag would overwrite.
  const theirs = await read(url).catch((error) => {
    if (error.code !== 6) throw error; // it was deleted
  });
  const shown = theirs ? JSON.stringify(theirs.content) : 'it is gone';
  console.log('theirs:', shown);
  console.log('yours:', JSON.stringify({ title, body }));
  console.log('current tag:', theirs?.etag ?? 'none');
  throw new Exit(4, 'Not saved: the document changed after you read it.');
}
// :snippet-end:

async function unexpected(response) {
  const problem = await response.json().catch(() => undefined);
  const said = problem?.detail ?? response.statusText;
  return new Exit(1, `${response.status} ${said}`);
}

const USAGE =
  'update URL WORD | create URL TITLE BODY | save URL ETAG TITLE BODY';
const commands = { update, create, save };
const [name, ...words] = process.argv.slice(2);
const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
if (command?.length !== words.length) {
  console.error(USAGE);
  process.exit(2);
}
try {
  await command(...words);
} catch (error) {
  console.error(error.cause?.message ?? error.message); // fetch hides the cause
  process.exitCode = error instanceof Exit ? error.code : 1;
}
