import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { findPortHolder } from './find-port-holder.ts';
import { parseNetstat, parseProcNet } from './listening.ts';
import { realSystem, type System } from './system.ts';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

async function listen(host: string): Promise<number> {
  const server = createServer().listen(0, host);
  servers.push(server);
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

/** A system that answers with what was recorded elsewhere, and knows which programs were asked. */
function recorded(platform: NodeJS.Platform, outputs: Record<string, string>) {
  const asked: string[] = [];
  const system: System = {
    ...realSystem,
    platform,
    exec: async (file, args) => {
      asked.push([file, ...args].join(' '));
      return outputs[file] ?? null;
    },
  };
  return { system, asked };
}

describe.runIf(process.platform === 'linux')('R36 who listens, on Linux', () => {
  it.each(['127.0.0.1', '0.0.0.0', '::'])('%s', async (host) => {
    expect(await findPortHolder(await listen(host))).toEqual({ pid: process.pid, command: 'node' });
  });

  it('nobody: a free port, and one of ::1 alone', async () => {
    const port = await listen('127.0.0.1');
    await new Promise((resolve) => servers.pop()?.close(resolve));
    expect(await findPortHolder(port)).toBeNull();
    expect(await findPortHolder(await listen('::1'))).toBeNull();
  });

  it('somebody whose descriptors this user may not see', async () => {
    const port = await listen('127.0.0.1');
    const system: System = { ...realSystem, listDirectory: async () => [] };
    expect(await findPortHolder(port, system)).toBeNull();
  });
});

describe('R36 who listens, by the report of lsof', () => {
  const output = [
    ...['p512', 'claunchd', 'f7', 'n[::1]:18789'],
    ...['p4242', 'cGoogle\\x20Chrome\\x20Helper', 'f31', 'n127.0.0.1:18789'],
    ...['p4300', 'cssh', 'f4', 'n*:18790', ''],
  ].join('\n');

  it('names the process of 127.0.0.1', async () => {
    const { system, asked } = recorded('darwin', { '/usr/sbin/lsof': output });
    expect(await findPortHolder(18789, system)).toEqual({ pid: 4242, command: 'Google Chrome Helper' });
    expect(asked).toEqual(['/usr/sbin/lsof -nP +c0 -iTCP:18789 -sTCP:LISTEN -Fpcun']);
    expect(await findPortHolder(18790, system)).toEqual({ pid: 4300, command: 'ssh' });
  });

  it('nobody, or no lsof', async () => {
    expect(await findPortHolder(1, recorded('darwin', { '/usr/sbin/lsof': output }).system)).toBeNull();
    expect(await findPortHolder(1, recorded('darwin', {}).system)).toBeNull();
  });
});

describe('R36 who listens, on Windows', () => {
  const netstat = [
    '',
    'Active Connections',
    '',
    '  Proto  Local Address          Foreign Address        State           PID',
    '  TCP    0.0.0.0:135            0.0.0.0:0              LISTENING       1044',
    '  TCP    127.0.0.1:18789        0.0.0.0:0              LISTENING       7312',
    '  TCP    127.0.0.1:18789        127.0.0.1:61020        ESTABLISHED     7312',
    '  TCP    127.0.0.1:61020        127.0.0.1:18789        ESTABLISHED     9000',
    '',
  ].join('\r\n');

  it('names the process', async () => {
    const { system, asked } = recorded('win32', {
      'netstat.exe': netstat,
      'tasklist.exe': '"ssh.exe","7312","Console","1","9,652 K"\r\n',
    });
    expect(await findPortHolder(18789, system)).toEqual({ pid: 7312, command: 'ssh.exe' });
    expect(asked).toEqual(['netstat.exe -ano -p TCP', 'tasklist.exe /fi PID eq 7312 /fo csv /nh']);
  });

  it('does not take a client for a server', () => {
    expect(parseNetstat(netstat, 61020)).toBeNull();
    expect(parseNetstat(netstat, 1878)).toBeNull();
  });

  it('reads a translated report', () => {
    const german = '  TCP    127.0.0.1:18789        0.0.0.0:0              ABHÖREN         7312\r\n';
    expect(parseNetstat(german, 18789)).toBe(7312);
  });

  it('a process that is gone, or hidden', async () => {
    const none = 'INFO: No tasks are running which match the specified criteria.\r\n';
    const { system } = recorded('win32', { 'netstat.exe': netstat, 'tasklist.exe': none });
    expect(await findPortHolder(18789, system)).toEqual({ pid: 7312, command: '?' });
  });
});

it('parseProcNet takes listeners of the port alone', () => {
  const table = [
    '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode',
    '   0: 0100007F:4965 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 100 1 0 100 0 0 10 0',
    '   1: 0100007F:4965 0100007F:C350 01 00000000:00000000 00:00000000 00000000  1000        0 101 1 0 100 0 0 10 0',
    '   2: 0200007F:4965 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 102 1 0 100 0 0 10 0',
    '   3: 0100007F:4966 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 103 1 0 100 0 0 10 0',
  ].join('\n');
  expect(parseProcNet(table, 18789)).toEqual(['100']);
});
