import { once } from 'node:events';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { freePort } from '../../../e2e/fixtures/free-port.ts';
import { makeKey } from '../../../e2e/fixtures/sshd.ts';
import { type Clock, systemClock } from '../clock.ts';
import { createQuestions } from '../questions.ts';
import { makeTunnelBench, readAll, tagged, upOn } from './test-bench.ts';

const bench = makeTunnelBench();
const { dial, remote, roundTrip, server, tunnelTo } = bench;

describe('a tunnel whose SSH server goes away (R6)', () => {
  it('resets what was under way, keeps its port, holds who comes meanwhile, and comes back', async () => {
    const sshd = await server();
    const remotePort = await remote((socket) => {
      const block = Buffer.alloc(256 * 1024);
      const more = () => {
        while (socket.write(block));
      };
      socket.once('data', (data) => (String(data) === 'pour' ? more() : socket.end(data)));
      socket.on('drain', more);
    });
    const { tunnel, seen } = tunnelTo({ sshd, remotePort });
    const port = await upOn(tunnel);

    const torn = await dial(port);
    torn.write('pour');
    await once(torn, 'data');
    const tornBy = once(torn, 'error');
    torn.resume();
    // Its own half is over, as in a request that ends before the answer does.
    const halfClosed = await dial(port);
    halfClosed.end('pour');
    await once(halfClosed, 'data');
    halfClosed.on('error', () => {});
    halfClosed.resume();

    await sshd.kill();
    const lost = await tagged(tunnel, 'backingOff');
    expect(lost.error).toMatchObject({ code: 'SSH_CLOSED', details: { host: '127.0.0.1' } });
    expect(await tornBy).toMatchObject([{ code: 'ECONNRESET' }]);

    const early = await dial(port);
    early.write('early');
    await sshd.restart();
    expect((await tagged(tunnel, 'up')).localPort).toBe(port);
    expect((await readAll(early)).toString()).toBe('early');
    expect(await roundTrip(port, 'later')).toBe('later');
    expect(seen.filter((state) => state.tag === 'up')).toHaveLength(2);
  });

  it('closes who waited too long, with a reason', async () => {
    const clock: Clock = {
      now: systemClock.now,
      after: (delayMs, run) => systemClock.after(delayMs === 10_000 ? 300 : delayMs, run),
    };
    const sshd = { port: await freePort(), clientKey: '' };
    const localPort = await freePort();
    const { tunnel } = tunnelTo({ sshd, clock, localPort });
    void tunnel.start();
    await tagged(tunnel, 'backingOff');
    const answer = (await readAll(await dial(localPort))).toString();
    expect(answer).toMatch(/^HTTP\/1\.1 503 /);
    expect(JSON.parse(answer.split('\r\n\r\n')[1] ?? '')).toMatchObject({ code: 'SSH_REFUSED' });
  });

  it('does not ask for the passphrase again', async () => {
    const locked = await makeKey({
      type: 'ecdsa',
      dir: join(bench.ssh.home, 'keys'),
      passphrase: 'open sesame',
    });
    const sshd = await server({ authorizedKeys: [locked.publicKey] });
    const questions = createQuestions(() => 'q');
    let asked = 0;
    questions.onDidChange(() => {
      if (questions.open().length === 0) return;
      asked++;
      questions.answer('q', { kind: 'passphrase', passphrase: 'open sesame', remember: false });
    });
    const { tunnel } = tunnelTo({ sshd: { ...sshd, clientKey: locked.file }, ask: questions.ask });
    await upOn(tunnel);
    await sshd.kill();
    await tagged(tunnel, 'backingOff');
    await sshd.restart();
    await tagged(tunnel, 'up');
    expect(asked).toBe(1);
  });
});
