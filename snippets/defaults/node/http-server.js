// What http-server does by itself: it sends files, with a weak tag and a date.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import httpServer from 'http-server';

const root = process.env.DEFAULTS_DIR ?? '.';
writeFileSync(join(root, 'doc'), '{"title": "old", "body": "old"}');

httpServer.createServer({ root }).listen(process.argv[2] ?? 3000, '127.0.0.1');
