// Decides one request a line, [method, fields, target, options], and answers one line each.
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { runInThisContext } from 'node:vm';

const [script] = process.argv.slice(2);
runInThisContext(readFileSync(script, 'utf8'), { filename: script });
for await (const line of createInterface({ input: process.stdin })) {
  const decision = globalThis.httpPreconditions.evaluate(...JSON.parse(line));
  process.stdout.write(`${JSON.stringify(decision)}\n`);
}
