// What http-server does by itself: it sends files, with a weak tag and a date.

import httpServer from 'http-server';

const root = process.env.DEFAULTS_DIR ?? '.';

httpServer.createServer({ root }).listen(process.argv[2] ?? 3000, '127.0.0.1');
