// Inspects one record a line, with the table in the first line, and answers one line each: the facts
// and the findings. A record is a text, or exchanges as they are.
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { runInThisContext } from 'node:vm';

for (const script of process.argv.slice(2)) {
  runInThisContext(readFileSync(script, 'utf8'), { filename: script });
}
const { readRecord, factsOf, inspect } = globalThis.httpPreconditions;
const answer = (table, record) => {
  const capture = typeof record === 'string' ? readRecord(record) : record;
  const { findings, unseen } = inspect(table, capture);
  return {
    exchanges: capture.exchanges,
    facts: factsOf(capture),
    findings: findings.map(({ rule, place, evidence }) => [place, rule.id, evidence]),
    unseen,
  };
};
let table;
for await (const line of createInterface({ input: process.stdin })) {
  if (table === undefined) {
    table = JSON.parse(line);
    continue;
  }
  let told;
  try {
    told = answer(table, JSON.parse(line));
  } catch (error) {
    told = { error: error.message };
  }
  process.stdout.write(`${JSON.stringify(told)}\n`);
}
