// A captured request as code that sends it, made of the text that is shown.
docgen.copyAs = (() => {
  const quote = (word) => `'${word.replaceAll("'", "'\\''")}'`;
  const text = JSON.stringify; // of JavaScript and Python alike

  const read = (shown, host) => {
    const [head, ...rest] = shown.trim().split("\n\n");
    const [start, ...lines] = head.split("\n");
    const [method, target] = start.split(" ");
    const fields = lines.map((line) => /^(.*?): *(.*)$/.exec(line).slice(1));
    let body = rest.join("\n\n");
    try { body &&= text(JSON.parse(body)); } catch { /* no JSON */ }
    return { method, url: host + target, fields, body };
  };

  const FORMS = {
    HTTP: null,
    curl: ({ method, url, fields, body }) => [
      `curl -i --globoff${method === "HEAD" ? " -I" : ` -X ${method}`} ${quote(url)}`,
      // Of "Name:" curl makes no field, of "Name;" an empty one.
      ...fields.map(([name, value]) => `-H ${quote(value ? `${name}: ${value}` : `${name};`)}`),
      ...(body ? [`--data-raw ${quote(body)}`] : []),
    ].join(" \\\n  "),
    fetch: ({ method, url, fields, body }) => [
      `const response = await fetch(${text(url)}, {`,
      `  method: ${text(method)},`,
      `  headers: ${text(fields)},`,
      ...(body ? [`  body: ${text(body)},`] : []),
      "});",
      "console.log(response.status, await response.text());",
    ].join("\n"),
    httpx: ({ method, url, fields, body }) => [
      "import httpx\n",
      "response = httpx.request(",
      `    ${text(method)},`,
      `    ${text(url)},`,
      `    headers=${text(fields)},`,
      ...(body ? [`    content=${text(body)},`] : []),
      ")",
      "print(response.status_code, response.text)",
    ].join("\n"),
  };

  // What is chosen once is chosen for every request.
  const lists = [];
  const choose = () => {
    const list = document.createElement("select");
    list.className = "copy-as";
    list.ariaLabel = docgen.word("Copy as");
    list.append(...Object.keys(FORMS).map((name) => new Option(name)));
    const kept = docgen.get("copy-as");
    if (kept in FORMS) list.value = kept;
    list.addEventListener("change", () => {
      docgen.set("copy-as", list.value);
      lists.forEach((other) => { other.value = list.value; });
    });
    lists.push(list);
    return list;
  };

  const write = (name, shown, host) => (FORMS[name] ? `${FORMS[name](read(shown, host))}\n` : shown);
  return { choose, write };
})();
