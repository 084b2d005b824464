// What json-server does by itself: an API of a JSON document, with Express's weak tags.
import jsonServer from 'json-server';

const server = jsonServer.create();
server.use(jsonServer.router({ doc: { title: 'old', body: 'old' } }));
server.listen(process.argv[2] ?? 3000, '127.0.0.1');
