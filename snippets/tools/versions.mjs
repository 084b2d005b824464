// Print the versions of packages and of Node.js: `node versions.mjs koa koa-etag`.
import { createRequire } from 'node:module';
import { join } from 'node:path';

const require = createRequire(join(process.cwd(), 'package.json'));
for (const name of process.argv.slice(2)) {
  console.log(name, require(`./node_modules/${name}/package.json`).version);
}
console.log('Node.js', process.versions.node);
