// What koa-etag and koa-conditional-get do by themselves: a tag of what is sent, and 304.
import { json } from 'node:stream/consumers';

import Koa from 'koa';
import conditional from 'koa-conditional-get';
import etag from 'koa-etag';

let doc = { title: 'old', body: 'old' };

const app = new Koa();
app.use(conditional());
app.use(etag());
app.use(async (context) => {
  if (context.path !== '/doc') return;
  if (context.method === 'PUT') {
    doc = await json(context.req);
    context.status = 204;
  } else if (context.method === 'GET' || context.method === 'HEAD') {
    context.body = doc;
  }
});
app.listen(process.argv[2] ?? 3000, '127.0.0.1');
