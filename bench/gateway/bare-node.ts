import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const script = `
process.once('message', () => {
  const { DatabaseSync } = process.getBuiltinModule('node:sqlite');
  new DatabaseSync('bare.sqlite').exec('PRAGMA journal_mode = WAL; CREATE TABLE bare (id INTEGER)');
  const server = process.getBuiltinModule('node:http').createServer();
  server.listen(0, '127.0.0.1', () => process.send('listens'));
});`;

/** The floor of any Gateway in a Node of its own: how long one takes that only opens a database and a port, in ms. */
export async function bareNodeMs(): Promise<number> {
  const dir = mkdtempSync(join(tmpdir(), 'chela-bench-'));
  try {
    writeFileSync(join(dir, 'bare.cjs'), script);
    const startedAt = performance.now();
    const child = fork(join(dir, 'bare.cjs'), [], { cwd: dir, execArgv: [] });
    child.send('start');
    await once(child, 'message');
    const ms = performance.now() - startedAt;
    child.kill();
    await once(child, 'exit');
    return ms;
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}
