/**
 * A documents API by axios: what others saved is never overwritten.
 *
 *   import { read, save, Conflict } from './documents.js';
 */
import axios from 'axios';

/** Another one saved first. `theirs` is what is there now, or nothing: it was deleted. */
export class Conflict extends Error {
  constructor(theirs) {
    super('The document changed after you read it.');
    this.theirs = theirs;
  }
}

/** Reads a document: its content, and the tag to send when it is saved. */
export async function read(url) {
  // Not the cache's copy without asking: a 412 leaves it in place (RFC 9111 §4.4).
  const { data, headers } = await axios.get(url, { adapter: 'fetch', fetchOptions: { cache: 'no-cache' } });
  if (!headers.etag) throw new Error('The answer shows no ETag to send in If-Match.');
  return { etag: headers.etag, title: data.title, body: data.body };
}

/** Saves what a person has edited; a Conflict is for that person to decide. */
export async function save(url, { etag, ...content }) {
  try {
    await axios.put(url, content, { headers: { 'If-Match': etag } });
  } catch (error) {
    if (error.response?.status !== 412) throw error;
    const theirs = await read(url).catch((gone) => {
      if (gone.response?.status !== 404) throw gone; // it was deleted
    });
    throw new Conflict(theirs);
  }
}
