// What hapi's h.entity() does by itself: 304 where a read names the tag that it is told.
import { createHash } from 'node:crypto';

import Hapi from '@hapi/hapi';

let doc = { title: 'old', body: 'old' };
let modified = new Date();
const tag = () => createHash('sha256').update(JSON.stringify(doc)).digest('hex').slice(0, 16);

const server = Hapi.server({ host: '127.0.0.1', port: process.argv[2] ?? 3000 });
server.route([
  {
    method: 'GET',
    path: '/doc',
    handler: (request, h) =>
      h.entity({ etag: tag(), modified: modified.toUTCString() }) ?? doc,
  },
  {
    method: 'PUT',
    path: '/doc',
    handler: (request, h) => {
      doc = request.payload;
      modified = new Date();
      return h.response().code(204);
    },
  },
]);
await server.start();
