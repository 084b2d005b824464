// What @hapi/inert does by itself: it sends files, with a tag and a date.
import { resolve } from 'node:path';

import Hapi from '@hapi/hapi';
import Inert from '@hapi/inert';

const root = resolve(process.env.DEFAULTS_DIR ?? '.');

const server = Hapi.server({ host: '127.0.0.1', port: process.argv[2] ?? 3000 });
await server.register(Inert);
server.route({ method: 'GET', path: '/{file*}', handler: { directory: { path: root } } });
await server.start();
