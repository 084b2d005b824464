// What koa-static does by itself: it sends files, with a date.

import Koa from 'koa';
import serve from 'koa-static';

const root = process.env.DEFAULTS_DIR ?? '.';

const app = new Koa();
app.use(serve(root));
app.listen(process.argv[2] ?? 3000, '127.0.0.1');
