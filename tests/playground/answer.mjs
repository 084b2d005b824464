// Answers one request a line, [request, stored, options], with one line each.
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { runInThisContext } from 'node:vm';

for (const script of process.argv.slice(2)) {
  runInThisContext(readFileSync(script, 'utf8'), { filename: script });
}
for await (const line of createInterface({ input: process.stdin })) {
  const { status, fields, body } = globalThis.httpPreconditions.answer(...JSON.parse(line));
  process.stdout.write(`${JSON.stringify({ status, fields, body })}\n`);
}
