// Two clients and one document. What they send is sent: worker.js answers it.
(() => {
  const pair = document.querySelector(".pair");
  const find = (selector) => pair.querySelector(selector);
  const URL_OF = new URL("../docs/shared", location.href);
  let lastSave = null; // who was last told that a change is stored, and what it was

  // --- The worker ---

  const waitForControl = () => new Promise((resolve) => {
    if (navigator.serviceWorker.controller) resolve();
    else navigator.serviceWorker.addEventListener("controllerchange", () => resolve(), { once: true });
  });

  const start = async () => {
    if (location.protocol === "file:") {
      throw new Error("A browser starts no worker from a file: this page needs a web server.");
    }
    if (!("serviceWorker" in navigator)) {
      throw new Error("This browser runs no service worker here: it takes one from https: or localhost, "
        + "and not in a private window.");
    }
    const known = await navigator.serviceWorker.getRegistration("../worker.js");
    if (known?.active && !navigator.serviceWorker.controller) {
      throw new Error("This page was loaded past its worker, as a reload with Shift does. Reload it without.");
    }
    await navigator.serviceWorker.register("../worker.js");
    await waitForControl();
  };

  // --- Requests ---

  const line = ([name, value]) => `${name}: ${value}`;

  const send = async (method, { tag = null, text = null, required = true } = {}) => {
    const url = new URL(URL_OF);
    if (!required) url.searchParams.set("require", "no");
    const fields = [];
    if (tag) fields.push(["If-Match", tag]);
    const body = text === null ? null : JSON.stringify({ text });
    if (body) fields.push(["Content-Type", "application/json"]);
    if (!navigator.serviceWorker.controller) throw new Error("The service worker is gone. Reload the page.");
    const response = await fetch(url, { method, headers: fields, body });
    const content = await response.text();
    const told = [
      `${method} ${url.pathname}${url.search} HTTP/1.1`, ...fields.map(line), ...(body ? ["", body] : []), "",
      `HTTP/1.1 ${response.status} ${response.statusText}`, ...[...response.headers].map(line),
      ...(content ? ["", content.trim()] : []),
    ].join("\n");
    return { status: response.status, phrase: response.statusText, tag: response.headers.get("ETag"), content, told };
  };

  const parse = (content) => JSON.parse(content).text ?? "";

  // --- The two clients ---

  const isGuarded = () => find("[name=guarded]").checked;

  const showStored = async () => {
    const { status, tag, content } = await send("GET");
    find(".pair-stored").textContent = status === 200 ? `${tag}  ${parse(content)}` : "nothing";
  };

  const client = (element) => {
    const part = (selector) => element.querySelector(selector);
    const name = element.dataset.name;
    const text = part("textarea");
    let tag = null, seen = null;

    const show = ({ status, phrase, told }, words) => {
      const badge = document.createElement("span");
      badge.className = `status status-${Math.floor(status / 100)}`;
      badge.textContent = `${status} ${phrase}`;
      part(".pair-answer").replaceChildren(badge, ` ${words}`);
      part("code").textContent = told;
    };

    const read = async () => {
      const found = await send("GET");
      if (found.status === 200) {
        tag = found.tag;
        seen = text.value = parse(found.content);
        part("[name=save]").disabled = false;
      }
      show(found, found.status === 200 ? `It read “${seen}”.` : "There is nothing to read.");
      lastSave = lastSave?.by === name ? lastSave : lastSave && { ...lastSave, seenBy: name };
    };

    const save = async () => {
      const guarded = isGuarded();
      const found = await send("PUT", { tag: guarded ? tag : null, text: text.value, required: guarded });
      if (found.status === 204) {
        const lost = lastSave && lastSave.by !== name && lastSave.seenBy !== name ? lastSave : null;
        show(found, "It was told that the change is stored.");
        find(".pair-verdict").textContent = lost
          ? `${lost.by}'s change “${lost.text}” is gone. Both were told 204, and ${name} never saw it.` : "";
        lastSave = { by: name, text: text.value, seenBy: null };
      } else if (found.status === 412) {
        show(found, "Nothing was written. Read again, and decide what to keep of both.");
        find(".pair-verdict").textContent = `No update is lost: ${name} was refused, and knows it.`;
      } else {
        show(found, "Nothing was written.");
      }
      await showStored();
    };

    const reset = () => {
      tag = seen = null;
      text.value = "";
      part("[name=save]").disabled = true;
      part(".pair-answer").textContent = "It has read nothing yet.";
      part("code").textContent = "";
    };

    part("[name=read]").addEventListener("click", () => guard(read));
    part("[name=save]").addEventListener("click", () => guard(save));
    return { reset };
  };

  const showProblem = (error) => { find(".pair-problem").textContent = error?.message ?? String(error); };

  const guard = (act) => act().then(() => { find(".pair-problem").textContent = ""; }, showProblem);

  const clients = [...pair.querySelectorAll(".pair-client")].map(client);

  const reset = async () => {
    await send("PUT", { text: "Milk", required: false });
    lastSave = null;
    find(".pair-verdict").textContent = "";
    for (const each of clients) each.reset();
    await showStored();
  };

  const forget = async () => {
    const registration = await navigator.serviceWorker.getRegistration("../worker.js");
    await registration?.unregister();
    indexedDB.deleteDatabase("http-preconditions");
    find(".pair-tool").hidden = true;
    find(".pair-off").hidden = false;
    find(".pair-off").textContent = "The worker and its documents are gone. Reload the page to begin again.";
  };

  find("[name=reset]").addEventListener("click", () => guard(reset));
  find("[name=forget]").addEventListener("click", () => guard(forget));

  start().then(async () => {
    await showStored();
    find(".pair-off").hidden = true;
    find(".pair-tool").hidden = false;
  }).catch((error) => { find(".pair-off").textContent = error.message; });
})();
