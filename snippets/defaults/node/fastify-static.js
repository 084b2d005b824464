// What @fastify/static does by itself: it sends files, with a weak tag and a date.
import { resolve } from 'node:path';

import fastifyStatic from '@fastify/static';
import Fastify from 'fastify';

const root = resolve(process.env.DEFAULTS_DIR ?? '.');

const app = Fastify();
app.register(fastifyStatic, { root });
app.listen({ host: '127.0.0.1', port: process.argv[2] ?? 3000 });
