// Node's fetch against the recorder: node probe.mjs <base>
const base = process.argv[2];
const asked = [
  ["304", "GET", { "If-None-Match": '"v2"' }, undefined],
  ["412", "PUT", { "If-Match": '"v1"', "Content-Type": "application/json" }, "{}"],
  ["428", "PUT", { "Content-Type": "application/json" }, "{}"],
];
const found = { version: process.versions.node };
for (const [status, method, headers, body] of asked) {
  try {
    const response = await fetch(`${base}/${status}`, { method, headers, body });
    found[status] = { gives: "response", status: response.status, tag: response.headers.get("etag") };
  } catch (error) {
    found[status] = { gives: "exception", named: error.name };
  }
}
console.log(JSON.stringify(found));
