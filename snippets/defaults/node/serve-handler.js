// What serve does by itself: it sends files, with a tag of their content when asked for it.
import { createServer } from 'node:http';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import handler from 'serve-handler';

const root = process.env.DEFAULTS_DIR ?? '.';
writeFileSync(join(root, 'doc'), '{"title": "old", "body": "old"}');

const server = createServer((request, response) =>
  handler(request, response, { public: root, etag: true }),
);
server.listen(process.argv[2] ?? 3000, '127.0.0.1');
