// A server in the browser: requests below docs/ and lab/…/ are answered by the rules of evaluator.js,
// with the web server gone, too. The documents are kept in IndexedDB, so they outlive this worker.
importScripts("../files/try/evaluator.js", "../files/try/answers.js",
  "../files/try/lab-documents.js");

const SCOPE = new URL(self.registration.scope).pathname;
const DOCUMENTS = "docs/";
const LAB = /^lab\/([a-z0-9]+)\/(docs\/.*)?$/;
const STORE = "documents", LABS = "labs";
const KEPT_LABS = 20;
const PROBLEMS = new URL("../problems/", self.registration.scope).href;

const settled = (request) => new Promise((resolve, reject) => {
  request.onsuccess = () => resolve(request.result);
  request.onerror = () => reject(request.error);
});

const open = () => {
  const opening = indexedDB.open("http-preconditions", 2);
  opening.onupgradeneeded = () => {
    const database = opening.result;
    for (const name of [STORE, LABS]) {
      if (!database.objectStoreNames.contains(name)) database.createObjectStore(name);
    }
  };
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

const seconds = () => Math.floor(Date.now() / 1000);

// One transaction reads, decides and writes: two writers with one tag cannot both succeed.
const inOneStep = async (name, decide) => {
  const database = await open();
  const transaction = database.transaction(name, "readwrite");
  const done = new Promise((resolve, reject) => {
    transaction.oncomplete = resolve;
    transaction.onabort = () => reject(transaction.error);
  });
  const found = await decide(transaction.objectStore(name));
  await done;
  database.close();
  return new Response(found.body || null, {
    status: found.status, statusText: found.phrase, headers: found.fields,
  });
};

const serve = async (request) => {
  const { pathname, searchParams } = new URL(request.url);
  const content = parse(await request.text());
  return inOneStep(STORE, async (store) => {
    const stored = (await settled(store.get(pathname))) ?? null;
    const found = httpPreconditions.answer(
      { method: request.method, fields: [...request.headers], content }, stored, {
        path: pathname, base: PROBLEMS, instance: `urn:uuid:${crypto.randomUUID()}`, renew,
        required: searchParams.get("require") !== "no", now: seconds(),
      });
    if (found.stored) store.put(found.stored, pathname);
    else store.delete(pathname);
    return found;
  });
};

// Of many tabs, those that were used last keep their documents.
const forgetOld = async (store) => {
  const [names, labs] = [await settled(store.getAllKeys()), await settled(store.getAll())];
  const byUse = names.map((name, at) => [labs[at].usedAt, name]).sort(([a], [b]) => b - a);
  for (const [, name] of byUse.slice(KEPT_LABS)) store.delete(name);
};

const serveLab = async (request, [, name, path = ""]) => {
  const { pathname, search } = new URL(request.url);
  const body = await request.text();
  return inOneStep(LABS, async (store) => {
    const lab = await settled(store.get(name));
    const found = httpPreconditions.serveLab(
      { method: request.method, path, place: pathname, query: search.slice(1), fields: [...request.headers], body },
      lab?.documents ?? null, { base: PROBLEMS, now: seconds() });
    if (found.documents) store.put({ documents: found.documents, usedAt: Date.now() }, name);
    else store.delete(name);
    await forgetOld(store);
    return found;
  });
};

// The page finds a document at its first visit.
const begin = async () => {
  const database = await open();
  const store = database.transaction(STORE, "readwrite").objectStore(STORE);
  const path = `${SCOPE}${DOCUMENTS}shared`;
  if (!(await settled(store.count(path)))) await settled(store.put({ ...renew(), content: { text: "Milk" } }, path));
  database.close();
};

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(begin().then(() => self.clients.claim())));
self.addEventListener("fetch", (event) => {
  const { origin, pathname } = new URL(event.request.url);
  if (origin !== self.location.origin || !pathname.startsWith(SCOPE)) return;
  const path = pathname.slice(SCOPE.length), lab = LAB.exec(path);
  if (lab) event.respondWith(serveLab(event.request, lab));
  else if (path.startsWith(DOCUMENTS)) event.respondWith(serve(event.request));
});
