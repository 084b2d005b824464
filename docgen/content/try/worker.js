// A server in the browser: requests below docs/ are answered by the rules of evaluator.js, with
// the web server gone, too. The documents are kept in IndexedDB, so they outlive this worker.
importScripts("../files/try/evaluator.js", "../files/try/answers.js");

const DOCUMENTS = new URL("docs/", self.registration.scope).href;
const STORE = "documents";
const PROBLEMS = new URL("../problems/", self.registration.scope).href;

const settled = (request) => new Promise((resolve, reject) => {
  request.onsuccess = () => resolve(request.result);
  request.onerror = () => reject(request.error);
});

const open = () => {
  const opening = indexedDB.open("http-preconditions", 1);
  opening.onupgradeneeded = () => opening.result.createObjectStore(STORE);
  return settled(opening);
};

// What is deleted and made again begins another epoch: a revision alone would come back, and a
// tag from before the deletion would match.
const renew = (stored) => {
  const [, epoch, revision] = /^"(.+)-(\d+)"$/.exec(stored?.etag) ?? ["", crypto.randomUUID().slice(0, 8), 0];
  return { etag: `"${epoch}-${Number(revision) + 1}"` };
};

const parse = (text) => {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
};

// One transaction reads, decides and writes: two writers with one tag cannot both succeed.
const serve = async (request) => {
  const { pathname, searchParams } = new URL(request.url);
  const content = parse(await request.text());
  const database = await open();
  const transaction = database.transaction(STORE, "readwrite");
  const done = new Promise((resolve, reject) => {
    transaction.oncomplete = resolve;
    transaction.onabort = () => reject(transaction.error);
  });
  const store = transaction.objectStore(STORE);
  const stored = (await settled(store.get(pathname))) ?? null;
  const found = httpPreconditions.answer(
    { method: request.method, fields: [...request.headers], content }, stored, {
      path: pathname, base: PROBLEMS, instance: `urn:uuid:${crypto.randomUUID()}`, renew,
      required: searchParams.get("require") !== "no", now: Math.floor(Date.now() / 1000),
    });
  if (found.stored) store.put(found.stored, pathname);
  else store.delete(pathname);
  await done;
  database.close();
  return new Response(found.body || null, {
    status: found.status, statusText: found.phrase, headers: found.fields,
  });
};

// The page finds a document at its first visit.
const begin = async () => {
  const database = await open();
  const store = database.transaction(STORE, "readwrite").objectStore(STORE);
  const path = new URL("shared", DOCUMENTS).pathname;
  if (!(await settled(store.count(path)))) await settled(store.put({ ...renew(), content: { text: "Milk" } }, path));
  database.close();
};

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(begin().then(() => self.clients.claim())));
self.addEventListener("fetch", (event) => {
  if (event.request.url.startsWith(DOCUMENTS)) event.respondWith(serve(event.request));
});
