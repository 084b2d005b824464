// What webdav-server does by itself: files that WebDAV reads and writes, with a tag.
import { v2 as webdav } from 'webdav-server';

const server = new webdav.WebDAVServer({ hostname: '127.0.0.1', port: process.argv[2] ?? 3000 });
server
  .rootFileSystem()
  .addSubTree(server.createExternalContext(), { doc: '{"title": "old", "body": "old"}' });
server.start();
