// Plays and judges for the tests of the lab: one task a line, as JSON, and one line each in answer.
//   ["judge", lesson, session]: the judgement of each exchange, given by its facts
//   ["play", lesson, place, request or null]: solves so many steps, then plays the request or the
//     solution; the exchange, and its judgement
//   ["serve", requests]: what a fresh lab answers to each
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { runInThisContext } from 'node:vm';

for (const script of process.argv.slice(2)) {
  runInThisContext(readFileSync(script, 'utf8'), { filename: script });
}
const { lab, serveLab } = globalThis.httpPreconditions;
const NOW = 1_800_000_000;

const due = (run) => {
  if (!lab.stepOf(run)) return null;
  const { method, target, headers, body } = lab.solutionOf(run);
  return { method, target, headers, body: lab.factsOf({ sent: [], got: [], body }).request.body };
};

const told = (judgement, run) => judgement && {
  due: due(run),
  kind: judgement.kind,
  hint: judgement.hint && judgement.step.hints.indexOf(judgement.hint),
  unmet: judgement.unmet,
  notes: run.notes,
  requests: run.requests,
};

const documentsOf = () => {
  let documents = null;
  return ({ method, path, query = '', fields = [], body = '' }) => {
    const found = serveLab({ method, path, query, fields, body }, documents, { now: NOW });
    documents = found.documents;
    return { status: found.status, got: found.fields, content: found.body };
  };
};

const tasks = {
  judge: (lesson, session) => {
    const run = lab.begin(lesson);
    return session.map((facts) => told(lab.judge(run, facts), run));
  },
  play: (lesson, place, wrong) => {
    const run = lab.begin(lesson), serve = documentsOf();
    const play = ({ method, target, headers, body }) => {
      if (lab.stepOf(run).act === 'rival') serve({ method: 'POST', path: 'docs/welcome/rival' });
      const [path, query = ''] = target.split('?');
      const fields = Object.entries(headers).map(([name, value]) => [name, lab.resolve(value, run.notes)]);
      const answered = serve({ method, path, query, fields, body });
      const exchange = { method, path, query, sent: fields, body, ...answered };
      return [exchange, told(lab.feed(run, exchange), run)];
    };
    while (run.place < place) play(lab.solutionOf(run));
    return play(wrong ?? lab.solutionOf(run));
  },
  serve: (requests) => requests.map(documentsOf()),
};

for await (const line of createInterface({ input: process.stdin })) {
  const [task, ...given] = JSON.parse(line);
  process.stdout.write(`${JSON.stringify(tasks[task](...given))}\n`);
}
