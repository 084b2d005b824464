/**
 * A documents API from the browser, by fetch alone: what others saved is never overwritten.
 *
 *   import { create, read, save, update, Conflict } from './documents.js';
 */

const ATTEMPTS = 5;

/** Another one saved first. `theirs` is what is there now, or nothing: it was deleted. */
export class Conflict extends Error {
  constructor(theirs) {
    super('The document changed after you read it.');
    this.theirs = theirs;
  }
}

/** Reads a document: its content, and the tag to send when it is saved. */
export async function read(url) {
  // Not the cache's copy without asking: a 412 leaves it in place (RFC 9111 §4.4), and its
  // old tag would be refused again, for as long as the copy counts as fresh.
  const response = await fetch(url, { cache: 'no-cache' });
  if (!response.ok) throw await unexpected(response);
  // From another origin it is there only where the server sends
  // Access-Control-Expose-Headers: ETag.
  const etag = response.headers.get('ETag');
  if (!etag) throw new Error('The answer shows no ETag to send in If-Match.');
  if (etag.startsWith('W/')) throw new Error(`If-Match never matches ${etag}.`);
  const { title, body } = await response.json();
  return { etag, title, body };
}

/** Makes a document; false where there is one of that name already. */
export async function create(url, content) {
  const response = await put(url, content, { 'If-None-Match': '*' });
  if (response.status === 412) return false;
  if (!response.ok) throw await unexpected(response);
  return true;
}

/** Saves what a person has edited; a Conflict is for that person to decide. */
export async function save(url, etag, content) {
  const response = await put(url, content, { 'If-Match': etag });
  if (response.ok) return;
  if (response.status !== 412) throw await unexpected(response);
  const theirs = await read(url).catch((error) => {
    if (error.status !== 404) throw error; // it was deleted
  });
  throw new Conflict(theirs);
}

/** Makes a change that suits any state, however often others save first. */
export async function update(url, change) {
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const { etag, ...content } = await read(url);
    const response = await put(url, change(content), { 'If-Match': etag });
    if (response.ok) return;
    if (response.status !== 412) throw await unexpected(response);
    const pause = Math.random() * 50 * 2 ** attempt;
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
  throw new Error(`Not saved in ${ATTEMPTS} attempts: others kept saving first.`);
}

function put(url, { title, body }, condition) {
  return fetch(url, {
    method: 'PUT',
    headers: { ...condition, 'Content-Type': 'application/json' },
    body: JSON.stringify({ title, body }),
  });
}

/** Tells the status and the detail of the problem document (RFC 9457), if it is one. */
async function unexpected(response) {
  const problem = await response.json().catch(() => undefined);
  const said = problem?.detail ?? response.statusText;
  return Object.assign(new Error(`${response.status} ${said}`), {
    status: response.status,
  });
}
