// What @fastify/etag does by itself: a tag of what is sent, and 304 where a request names it.
import fastifyEtag from '@fastify/etag';
import Fastify from 'fastify';

let doc = { title: 'old', body: 'old' };

const app = Fastify();
await app.register(fastifyEtag);
app.get('/doc', async () => doc);
app.put('/doc', async (request, reply) => {
  doc = request.body;
  return reply.code(204).send();
});
app.listen({ host: '127.0.0.1', port: process.argv[2] ?? 3000 });
