// What @fastify/static does by itself: it sends files, with a weak tag and a date.
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

import fastifyStatic from '@fastify/static';
import Fastify from 'fastify';

const root = resolve(process.env.DEFAULTS_DIR ?? '.');
writeFileSync(join(root, 'doc'), '{"title": "old", "body": "old"}');

const app = Fastify();
app.register(fastifyStatic, { root });
app.listen({ host: '127.0.0.1', port: process.argv[2] ?? 3000 });
