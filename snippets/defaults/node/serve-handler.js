// What serve does by itself: it sends files, with a tag of their content when asked for it.
import { createServer } from 'node:http';

import handler from 'serve-handler';

const root = process.env.DEFAULTS_DIR ?? '.';

const server = createServer((request, response) =>
  handler(request, response, { public: root, etag: true }),
);
server.listen(process.argv[2] ?? 3000, '127.0.0.1');
