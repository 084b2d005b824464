// Test equipment, not part of the example: a target in whatever state the request
// describes, decided by the very check() of the documents. It keeps nothing.
import createError from 'http-errors';

import { answerError, app } from './app.js';
import { check } from './preconditions.js';

app.all('/probe', (req, res) => {
  const etag = req.get('Probe-ETag');
  const date = req.get('Probe-Last-Modified');
  const exists = req.get('Probe-State') === 'present';
  const required = req.get('Probe-Require') === 'yes';
  if (!exists && req.method !== 'PUT') throw createError(404);
  const lastModified = date && Date.parse(date) / 1000;
  check(req, exists ? { etag, lastModified } : undefined, { required });
  if (req.method !== 'GET' && req.method !== 'HEAD') {
    return res.status(exists ? 204 : 201).end();
  }
  if (etag) res.set('ETag', etag);
  if (date) res.set('Last-Modified', date);
  res.type('text').send('probe');
});
app.use(answerError); // an error handler sees the errors of what stands before it

app.listen(process.env.PORT, '127.0.0.1');
