import { randomUUID } from 'node:crypto';

import express from 'express';

import { answerRefusal, check } from './preconditions.js';

const app = express();
app.set('etag', false); // or Express tags every answer, errors too
let doc = { title: 'Welcome', body: 'Hello.' };
let etag = `"${randomUUID()}"`;

app.get('/doc', (req, res) => {
  check(req, { etag });
  res.set('ETag', etag).json(doc);
});

app.put('/doc', express.json(), (req, res) => {
  // Nothing is awaited below, so check and write are one step in this process. A
  // database does it by its WHERE.
  check(req, { etag });
  doc = { title: req.body.title, body: req.body.body };
  etag = `"${randomUUID()}"`;
  res.status(204).end();
});

app.use(answerRefusal); // behind the routes, before other error handlers
app.listen(8000, '127.0.0.1');
