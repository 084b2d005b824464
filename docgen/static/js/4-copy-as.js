// A captured request as code that sends it: read from the text that is shown, so that the
// page carries each request once.
docgen.copyAs = (() => {
  const read = (text, host) => {
    const lines = text.trim().split("\n");
    const [method, target] = lines[0].split(" ");
    const end = lines.indexOf("", 1);
    const fields = lines.slice(1, end < 0 ? undefined : end).map((line) => {
      const colon = line.indexOf(":");
      return [line.slice(0, colon), line.slice(colon + 1).trim()];
    });
    let body = end < 0 ? "" : lines.slice(end + 1).join("\n").trim();
    // It was indented for reading.
    try { body &&= JSON.stringify(JSON.parse(body)); } catch { /* no JSON: as it is */ }
    return { method, url: host + target, fields, body };
  };

  const quote = (word) => `'${word.replaceAll("'", "'\\''")}'`;
  const pairs = (fields, [open, close]) =>
    fields.map(([name, value]) => `${open}${JSON.stringify(name)}, ${JSON.stringify(value)}${close}`).join(", ");

  const curl = ({ method, url, fields, body }) => {
    const how = { GET: "", HEAD: " -I" }[method] ?? ` -X ${method}`;
    const parts = [`curl -i --globoff${how} ${quote(url)}`];
    // Of "Name:" curl makes no field, of "Name;" an empty one.
    for (const [name, value] of fields) parts.push(`-H ${quote(value ? `${name}: ${value}` : `${name};`)}`);
    if (body) parts.push(`--data-raw ${quote(body)}`);
    return parts.join(" \\\n  ");
  };

  const fetch = ({ method, url, fields, body }) => {
    const lines = [`const response = await fetch(${JSON.stringify(url)}, {`, `  method: "${method}",`];
    if (fields.length) lines.push(`  headers: [${pairs(fields, "[]")}],`);
    if (body) lines.push(`  body: ${JSON.stringify(body)},`);
    return [...lines, "});", "console.log(response.status, await response.text());"].join("\n");
  };

  const httpx = ({ method, url, fields, body }) => {
    const lines = ["import httpx", "", "response = httpx.request(", `    "${method}",`, `    ${JSON.stringify(url)},`];
    if (fields.length) lines.push(`    headers=[${pairs(fields, "()")}],`);
    if (body) lines.push(`    content=${JSON.stringify(body)},`);
    return [...lines, ")", "print(response.status_code, response.text)"].join("\n");
  };

  const FORMS = { HTTP: null, curl, fetch, httpx };
  const choices = [];

  // A list of the forms; what is chosen once is chosen for every request.
  const choose = () => {
    const list = document.createElement("select");
    list.className = "copy-as";
    list.setAttribute("aria-label", "Copy as");
    list.append(...Object.keys(FORMS).map((name) => new Option(name)));
    const kept = docgen.get("copy-as");
    if (kept in FORMS) list.value = kept;
    list.addEventListener("change", () => {
      docgen.set("copy-as", list.value);
      choices.forEach((other) => { other.value = list.value; });
    });
    choices.push(list);
    return list;
  };

  const write = (name, text, host) => (FORMS[name] ? `${FORMS[name](read(text, host))}\n` : text);
  return { choose, write };
})();
