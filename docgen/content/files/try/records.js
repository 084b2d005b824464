// Reads recorded exchanges in the browser: a transcript of curl, messages, a HAR. It is
// flask_preconditions.recorded in another language; tests hold the two together. See evaluator.js.
(() => {
  const { FIELDS } = httpPreconditions;
  const trim = (text) => httpPreconditions.trim(text, " \t");
  const CONDITIONAL = FIELDS.map((name) => name.toLowerCase());

  // Not by a pattern, which would look for the end from each of many line breaks.
  const textOf = (lines) => {
    let end = lines.length;
    while (end > 0 && lines[end - 1] === "") end -= 1;
    return lines.slice(0, end).join("\n");
  };

  // The lines of one field are one value (RFC 9110 §5.3).
  const joined = (fields) => {
    const values = new Map();
    for (const [name, value] of fields) {
      const key = name.toLowerCase();
      values.set(key, values.has(key) ? `${values.get(key)}, ${value}` : value);
    }
    return Object.fromEntries(values);
  };

  // --- Records: the line of a shell, a transcript, a HAR ---

  const splitWords = (line) => {
    const words = [];
    let word = null, quote = "";
    for (let at = 0; at < line.length; at += 1) {
      const c = line[at], next = line[at + 1];
      if (quote === "'") {
        if (c === "'") quote = "";
        else word = (word ?? "") + c;
      } else if (c === "\\" && next !== undefined && (!quote || '\\"$`'.includes(next))) {
        word = (word ?? "") + next;
        at += 1;
      } else if (quote) {
        if (c === '"') quote = "";
        else word = (word ?? "") + c;
      } else if (c === "'" || c === '"') {
        quote = c;
        word ??= "";
      } else if (" \t\n".includes(c)) {
        if (word !== null) words.push(word);
        word = null;
      } else {
        word = (word ?? "") + c;
      }
    }
    return word === null ? words : [...words, word];
  };

  const SHORT_WITH_VALUE = "ACDEFHKTUXYbcdemortuwxyz";
  const LONG_WITH_VALUE = ("request header data data-raw data-binary data-ascii json user output cookie "
    + "cookie-jar user-agent referer upload-file max-time proxy write-out url dump-header cert form "
    + "connect-timeout retry cacert etag-save etag-compare resolve key data-urlencode").split(" ");
  const LONG = { request: "X", header: "H", json: "J", "upload-file": "T", head: "I", get: "G",
    "etag-compare": "unknown" };

  const readCommand = (line) => {
    const named = new Map();
    const add = (name, value) => named.set(name, [...(named.get(name) ?? []), value]);
    const words = splitWords(line).slice(1);
    while (words.length) {
      const word = words.shift();
      if (word.startsWith("--")) {
        const name = word.slice(2);
        const takes = LONG_WITH_VALUE.includes(name) && words.length;
        const isData = /^data(-raw|-binary|-ascii|-urlencode)?$/.test(name);
        add(isData ? "d" : LONG[name] ?? name, takes ? words.shift() : "");
      } else if (word.startsWith("-") && word.length > 1) {
        for (let at = 1; at < word.length; at += 1) {
          if (SHORT_WITH_VALUE.includes(word[at])) {
            add(word[at], word.slice(at + 1) || (words.shift() ?? ""));
            break;
          }
          add(word[at], "");
        }
      } else {
        add("url", word);
      }
    }
    const data = [...(named.get("d") ?? []), ...(named.get("J") ?? [])];
    let url = (named.get("url") ?? [""])[0].split("#")[0];
    if (url && !url.includes("://")) url = `http://${url}`;
    let method = "GET";
    if (named.has("I")) method = "HEAD";
    else if (named.has("T")) method = "PUT";
    else if (data.length && !named.has("G")) method = "POST";
    method = (named.get("X") ?? [method]).at(-1).toUpperCase();
    const fields = [];
    for (const text of named.get("H") ?? []) {
      const at = text.indexOf(":");
      if (at < 0 && text.endsWith(";")) fields.push([text.slice(0, -1).trim(), ""]);
      else if (at >= 0 && text.slice(at + 1).trim()) {
        fields.push([text.slice(0, at).trim(), text.slice(at + 1).trim()]);
      }
    }
    // What the shell fills in, such as "If-Match: $tag", cannot be judged.
    const filledIn = ([name, value]) => CONDITIONAL.includes(name.toLowerCase()) && /[$`]/.test(value);
    if (fields.some(filledIn) || named.has("unknown") || method.includes("$")) method = "";
    const isTold = data.length && !data.some((text) => text.startsWith("@"));
    const body = isTold ? data.join("&") : !data.length && !named.has("T") ? "" : null;
    return { method, url: method ? url : "", sent: method ? fields : [], body };
  };

  const contentOf = (text, method, status, fields) => {
    if (text) return text;
    if (method === "HEAD" || status === 204 || status === 304) return "";
    return (joined(fields)["content-length"] ?? "0") === "0" ? "" : null;
  };

  // Where the content does not end with a line break, what curl says next stands on its last line.
  const FAREWELL = /\* (?:Connection #[0-9]+ to|Closing connection|shutting down conn).*/s;

  const readTranscript = (text) => {
    const isVerbose = /(?:^|\n)> [A-Z]+ [^ \t\r\n]/.test(text);
    const found = [];
    let command = "", method = "", url = "", body = null, status = 0, phrase = "";
    let request = null, response = null, head = null;

    const finish = () => {
      if (response) {
        const sent = request?.fields ?? [];
        const written = request && method ? textOf(request.lines) : "";
        const host = joined(sent).host ?? "";
        const content = contentOf(textOf(response.lines), method, status, response.fields);
        found.push({ method, sent, body: written || body, status, phrase, got: response.fields, content,
          url: host && url.startsWith("/") ? `//${host}${url}` : url.split("#")[0],
          began: null, ended: null, isDecoded: false });
      }
      method = url = phrase = "";
      body = request = response = head = null;
      status = 0;
    };
    const message = (fields = []) => ({ fields, lines: [] });
    const begin = ([, verb, target]) => {
      finish();
      [method, url, body] = [verb, target, isVerbose ? null : ""];
      request = head = message();
    };
    const answer = ([, code, reason]) => {
      if (response) finish();
      [status, phrase] = [Number(code), reason ?? ""];
      response = head = message();
    };
    const resume = (line) => {
      command += line.replace(/\\$/, "");
      if (line.endsWith("\\")) {
        command += " ";
        return;
      }
      const told = readCommand(command);
      command = "";
      ({ method, url, body } = told);
      request = message([...told.sent]);
    };
    const field = (line, number) => {
      const parts = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):(.*)$/s.exec(line);
      if (!trim(line)) {
        const isTunnel = phrase.toLowerCase() === "connection established";
        if (head === response && (status < 200 || isTunnel)) [response, status] = [null, 0];
        head = null;
      } else if (" \t".includes(line[0]) && head.fields.length) {
        const last = head.fields.pop();
        head.fields.push([last[0], `${last[1]} ${trim(line)}`]);
      } else if (parts) {
        head.fields.push([parts[1], trim(parts[2])]);
      } else if (!line.startsWith(":")) {
        throw new Error(`Line ${number} stands in a header section and is no field ("Name: value"); `
          + "an empty line ends the section.");
      }
    };

    text.replace(/^\ufeff/, "").split("\n").forEach((raw, at) => {
      const line = raw.replace(/\r+$/, ""), rest = line.slice(2), number = at + 1;
      const mark = isVerbose && /^[<>]( |$)/.test(line) ? line[0] : "";
      let parts;
      if (command) resume(line);
      else if (isVerbose && /^(\*|\{ \[|\} \[)/.test(line)) return;
      else if (mark) {
        if (head && head === (mark === ">" ? request : response)) field(rest, number);
        else if (mark === ">" && (parts = /^([A-Z]+) ([^ \t]+)(?: HTTP\/[0-9.]+)?[ \t]*$/.exec(rest))) begin(parts);
        else if (mark === "<" && (parts = /^(?:HTTP\/[0-9.]+ +)?([1-9][0-9]{2})(?: +(.*?))?[ \t]*$/s.exec(rest))) answer(parts);
      } else if (head && !isVerbose) field(line, number);
      else if ((parts = /^(?:[^ ]* ?[$%#] +)?(curl .*)$/s.exec(line))) {
        finish();
        resume(parts[1]);
      } else if ((parts = /^([A-Z]+) ([^ \t]+) HTTP\/[0-9.]+$/.exec(line))) begin(parts);
      else if ((parts = /^HTTP\/[0-9.]+ +([1-9][0-9]{2})(?: +(.*))?$/s.exec(line))) answer(parts);
      else if (response) response.lines.push(isVerbose ? line.replace(FAREWELL, "") : line);
      else if (request && !isVerbose) request.lines.push(line);
    });
    if (command) resume("");
    finish();
    if (!found.length) {
      throw new Error("No response is in it: none of its lines is a status line such as "
        + "HTTP/1.1 412 Precondition Failed. Record with curl -i or curl -v.");
    }
    return found;
  };

  // What else stands in the place of a text or a number was written by no browser and no proxy.
  const isText = (value) => typeof value === "string";
  const isObject = (value) => value !== null && typeof value === "object" && !Array.isArray(value);
  const hasFields = ({ headers }) => Array.isArray(headers)
    && headers.every((field) => isObject(field) && isText(field.name) && isText(field.value));
  const isFit = (entry) => isObject(entry) && isObject(entry.request) && isObject(entry.response)
    && isText(entry.request.url) && isText(entry.request.method) && Number.isInteger(entry.response.status)
    && hasFields(entry.request) && hasFields(entry.response)
    && [entry.request.postData, entry.response.content].every((part) => (part ?? null) === null || isObject(part))
    && isText(entry.response.statusText ?? "") && typeof (entry.response.content?.size ?? 0) === "number";

  const harFields = (part) => part.headers.flatMap(({ name, value }) => (name.startsWith(":") ? []
    : value.split("\n").map((line) => [name, httpPreconditions.trim(line, " \t\r")])));

  const harContent = (answered, method, status) => {
    const { text, size: told, encoding } = answered.content ?? {};
    // Playwright says -1 of a size that it does not know.
    const size = told === -1 && (status === 204 || status === 304 || method === "HEAD") ? 0 : told;
    // Browsers show the stored content beside a 304, which had none.
    if (status === 304 || method === "HEAD") return text || size ? null : "";
    if (typeof text !== "string" || !text) return size ? null : "";
    if (encoding !== "base64") return text;
    try {
      const octets = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
      return new TextDecoder().decode(octets);
    } catch {
      return null;
    }
  };

  const harEntry = (entry) => {
    const asked = entry.request, answered = entry.response;
    const { status } = answered, method = asked.method.toUpperCase();
    const date = String(entry.startedDateTime ?? "");
    // mitmproxy writes microseconds, of which Date.parse keeps the first three digits.
    const more = Number(/\.\d{3}(\d{1,3})/.exec(date)?.[1].padEnd(3, "0") ?? 0);
    const began = /(?:Z|[+-]\d\d:?\d\d)$/i.test(date) ? (Date.parse(date) * 1000 + more) / 1e6 : NaN;
    const took = typeof entry.time === "number" && entry.time > 0 ? entry.time / 1000 : 0;
    const written = asked.postData?.text;
    return { method, url: asked.url.split("#")[0], sent: harFields(asked),
      body: typeof written === "string" ? written : asked.bodySize ? null : "",
      status, phrase: answered.statusText ?? "", got: harFields(answered),
      content: harContent(answered, method, status), isDecoded: true,
      began: Number.isNaN(began) ? null : began, ended: Number.isNaN(began) ? null : began + took };
  };

  const readHar = (text) => {
    let found;
    try {
      const { entries } = JSON.parse(text).log;
      if (!Array.isArray(entries) || !entries.every(isFit)) throw new Error("not as HAR 1.2 has it");
      const isExchange = ({ request, response, _fromCache }) =>
        /^https?:\/\//i.test(request.url) && !_fromCache && response.status > 0;
      found = entries.filter(isExchange).map(harEntry);
    } catch {
      throw new Error("This is no HAR: log.entries cannot be read.");
    }
    if (found.every((one) => one.began !== null)) found.sort((a, b) => a.began - b.began);
    return found;
  };

  // What a browser saved of a page was not recorded for one resource.
  const readRecord = (text) => {
    const record = text.replace(/^[\ufeff \t\r\n]+/, "");
    return record.startsWith("{") ? { exchanges: readHar(record), isOfResource: false }
      : { exchanges: readTranscript(text), isOfResource: true };
  };

  Object.assign(httpPreconditions, { readRecord, joined });
})();
