// What express.static does by itself: it sends files, with a weak tag and a date.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import express from 'express';

const root = process.env.DEFAULTS_DIR ?? '.';
writeFileSync(join(root, 'doc'), '{"title": "old", "body": "old"}');

const app = express();
app.use(express.static(root));
app.listen(process.env.PORT ?? 3000, '127.0.0.1');
