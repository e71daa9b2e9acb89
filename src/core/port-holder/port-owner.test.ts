import { createServer } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { noOtherUser, startForeignGateway } from '../../../e2e/fixtures/foreign-gateway.ts';
import { freePort } from '../../../e2e/fixtures/free-port.ts';
import { lookAtPort } from './look-at-port.ts';
import { refuseForeignPort } from './port-owner.ts';
import { realSystem, type System } from './system.ts';

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

async function listen(): Promise<number> {
  const port = await freePort();
  const server = createServer().listen(port, '127.0.0.1');
  ends.push(() => server.close());
  await new Promise((resolve) => server.once('listening', resolve));
  return port;
}

const recorded = (platform: NodeJS.Platform, outputs: Record<string, string>): System => ({
  ...realSystem,
  platform,
  uid: 501,
  userName: 'STUDIO\\ada',
  exec: async (file, args) => outputs[`${file} ${args.join(' ')}`] ?? outputs[file] ?? null,
  readFile: async (file) => outputs[file] ?? null,
});
const notOurs = { code: 'LOCAL_GATEWAY_NOT_OURS' };

describe('whose Gateway it is, before a credential goes there (R13, R16)', () => {
  it('this user’s, and a port where nobody listens', async () => {
    expect(await refuseForeignPort(await listen())).toBeNull();
    expect(await refuseForeignPort(await freePort())).toBeNull();
  });

  it('another user’s is refused, and hears nothing', async ({ skip }) => {
    if (noOtherUser) skip(noOtherUser);
    const port = await freePort();
    const foreign = await startForeignGateway(port);
    ends.push(foreign.stop);
    expect(await refuseForeignPort(port)).toMatchObject({ ...notOurs, details: { port } });
    expect(await lookAtPort(port)).toMatchObject({ tag: 'stranger', error: notOurs });
    expect(foreign.heard()).toBe('');
  });

  it('somebody whom the system hides', async () => {
    const port = await listen();
    expect(await refuseForeignPort(port, recorded('linux', {}))).toMatchObject(notOurs);
    expect(await refuseForeignPort(port, recorded('darwin', {}))).toMatchObject(notOurs);
  });

  const row = (uid: number) =>
    `  0: 0100007F:4965 00000000:0000 0A 00000000:00000000 00:00000000 00000000 ${uid} 0 100 1 0 100 0 0 10 0`;
  it.each([
    ['this user', [501], null],
    ['root', [0], null],
    ['another user', [502], notOurs],
    ['both, on one port', [501, 502], notOurs],
  ])('Linux: %s', async (_who, uids, verdict) => {
    const table = ['  sl  local_address', ...uids.map(row)].join('\n');
    const found = await refuseForeignPort(18_789, recorded('linux', { '/proc/net/tcp': table }));
    if (verdict) expect(found).toMatchObject(verdict);
    else expect(found).toBeNull();
  });

  it.each([
    ['this user', 501, null],
    ['another user', 502, notOurs],
  ])('macOS: %s, by lsof', async (_who, uid, verdict) => {
    const output = ['p42', `u${uid}`, 'f7', 'n127.0.0.1:18789', ''].join('\n');
    const found = await refuseForeignPort(18_789, recorded('darwin', { '/usr/sbin/lsof': output }));
    if (verdict) expect(found).toMatchObject(verdict);
    else expect(found).toBeNull();
  });

  it('Windows: by the user that tasklist is asked for', async () => {
    const netstat = '  TCP    127.0.0.1:18789   0.0.0.0:0   LISTENING   7312\r\n';
    const asked = 'tasklist.exe /fi PID eq 7312 /fi USERNAME eq STUDIO\\ada /fo csv /nh';
    const ours = { 'netstat.exe': netstat, [asked]: '"node.exe","7312","Console","1","9,652 K"\r\n' };
    expect(await refuseForeignPort(18_789, recorded('win32', ours))).toBeNull();
    const theirs = { 'netstat.exe': netstat, [asked]: 'INFO: No tasks are running\r\n' };
    expect(await refuseForeignPort(18_789, recorded('win32', theirs))).toMatchObject(notOurs);
  });
});
