import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer as createPipeServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { freePort } from '../../../e2e/fixtures/free-port.ts';
import { makeKey } from '../../../e2e/fixtures/sshd.ts';
import { createQuestions } from '../questions.ts';
import { makeTunnelBench, tagged, upOn } from './test-bench.ts';

const bench = makeTunnelBench();
const { defer, dial, echo, remote, roundTrip, server, tunnelTo } = bench;

type Scene = {
  /** What the tunnel is doing when it is stopped: a state's tag, a step, or an open question. */
  readonly when: string;
  readonly port: number;
  readonly identityFile: string;
  readonly remotePort?: number;
  readonly agentSocket?: string;
};

/** Stops a tunnel in the middle of something, in a process of its own, which then has nothing left to do. */
async function processThatStops(scene: Scene): Promise<string> {
  const url = (path: string) => new URL(path, import.meta.url).href;
  const program = `
    import { connect } from 'node:net';
    import { createQuestions } from '${url('../questions.ts')}';
    import { createTunnel } from '${url('./tunnel.ts')}';
    const scene = JSON.parse(process.env.SCENE ?? '');
    const questions = createQuestions(() => 'q');
    const tunnel = createTunnel({
      target: { host: '127.0.0.1', port: scene.port },
      identityFile: scene.identityFile,
      remotePort: scene.remotePort ?? 1,
      localPort: 0,
      ask: questions.ask,
      homeDir: process.env.HOME,
      env: scene.agentSocket ? { SSH_AUTH_SOCK: scene.agentSocket } : {},
      random: () => 1,
    });
    let stopped = false;
    const look = () => {
      const state = tunnel.state();
      const [question] = questions.open();
      const now = question ? 'question:' + question.kind : (state.tag === 'starting' ? state.step : state.tag);
      if (stopped || now !== scene.when) return;
      stopped = true;
      if (state.tag === 'up') {
        const socket = connect(state.localPort, '127.0.0.1', () => socket.write('x'));
        socket.on('error', () => {});
        socket.once('data', () => void stop());
      } else {
        void stop();
      }
    };
    const stop = async () => {
      await tunnel.stop();
      console.log(JSON.stringify({ state: tunnel.state().tag, questions: questions.open().length }));
    };
    tunnel.onDidChange(look);
    questions.onDidChange(look);
    void tunnel.start();
  `;
  const child = spawn(process.execPath, ['--input-type=module-typescript', '--eval', program], {
    env: { ...process.env, HOME: bench.ssh.home, SCENE: JSON.stringify(scene) },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  defer(() => child.kill('SIGKILL'));
  let output = '';
  child.stdout.on('data', (data) => (output += String(data)));
  child.stderr.on('data', (data) => (output += String(data)));
  const [code] = (await once(child, 'exit')) as [number | null];
  return `${code} ${output.trim()}`;
}

const stopped = '0 {"state":"stopped","questions":0}';

describe('stopping a tunnel leaves nothing behind (R6)', () => {
  it.each(['port', 'tcp', 'hostKey', 'authentication', 'up'])('at %s', async (when) => {
    const sshd = await server();
    const remotePort = await echo();
    const scene = { when, port: sshd.port, identityFile: sshd.clientKey, remotePort };
    expect(await processThatStops(scene)).toBe(stopped);
  });

  it('while the server says nothing', async () => {
    const sshd = await server();
    defer(() => sshd.resume());
    sshd.pause();
    const scene = { when: 'hostKey', port: sshd.port, identityFile: sshd.clientKey };
    expect(await processThatStops(scene)).toBe(stopped);
  });

  it('while it waits for its next try', async () => {
    const scene = { when: 'backingOff', port: await freePort(), identityFile: '' };
    expect(await processThatStops(scene)).toBe(stopped);
  });

  it('while a host key question is open', async () => {
    const sshd = await bench.ssh.server();
    const scene = { when: 'question:hostKey', port: sshd.port, identityFile: sshd.clientKey };
    expect(await processThatStops(scene)).toBe(stopped);
  });

  it('while a passphrase question is open', async () => {
    const locked = await makeKey({
      type: 'ed25519',
      dir: join(bench.ssh.home, 'keys'),
      passphrase: 'open sesame',
    });
    const sshd = await server({ authorizedKeys: [locked.publicKey] });
    const scene = { when: 'question:passphrase', port: sshd.port, identityFile: locked.file };
    expect(await processThatStops(scene)).toBe(stopped);
  });

  it('while an agent does not answer', async () => {
    const sshd = await server();
    const agentSocket = join(bench.ssh.home, 'agent.sock');
    const agent = createPipeServer(() => {}).listen(agentSocket);
    defer(() => agent.close());
    await once(agent, 'listening');
    const scene = { when: 'authentication', port: sshd.port, identityFile: sshd.clientKey, agentSocket };
    expect(await processThatStops(scene)).toBe(stopped);
  });

  it('after it has failed', async () => {
    const sshd = await server();
    const stranger = await makeKey({ type: 'ed25519', dir: join(bench.ssh.home, 'keys') });
    const scene = { when: 'failed', port: sshd.port, identityFile: stranger.file };
    expect(await processThatStops(scene)).toBe(stopped);
  });
});

describe('a tunnel that is stopped and started (R6)', () => {
  it('drops what an older attempt still finds out', async () => {
    const sshd = await bench.ssh.server();
    const questions = createQuestions(() => 'q');
    const { tunnel, seen } = tunnelTo({ sshd, ask: questions.ask, remotePort: await echo() });
    void tunnel.start();
    await expect.poll(() => questions.open().length).toBe(1);
    const stopping = tunnel.stop();
    expect(tunnel.state()).toEqual({ tag: 'stopped' });
    expect(questions.open()).toEqual([]);
    await stopping;
    expect(seen.at(-1)).toEqual({ tag: 'stopped' });

    bench.ssh.trust(sshd);
    const port = await upOn(tunnel);
    expect(await roundTrip(port, 'second life')).toBe('second life');
  });

  it('frees its port for a start in the same breath', async () => {
    const sshd = await server();
    const localPort = await freePort();
    const { tunnel, seen } = tunnelTo({ sshd, localPort, remotePort: await echo() });
    void tunnel.start();
    void tunnel.stop();
    void tunnel.start();
    void tunnel.stop();
    expect(await upOn(tunnel)).toBe(localPort);
    expect(seen.filter((state) => state.tag === 'up' || state.tag === 'failed')).toHaveLength(1);
    expect(await roundTrip(localPort, 'one of us')).toBe('one of us');
    const again = tunnel.stop();
    void tunnel.start();
    await again;
    await tagged(tunnel, 'up');
    expect(await roundTrip(localPort, 'still')).toBe('still');
  });

  it('starts once however often it is told', async () => {
    const sshd = await server();
    const { tunnel, seen } = tunnelTo({ sshd });
    await Promise.all([tunnel.start(), tunnel.start()]);
    await tagged(tunnel, 'up');
    await tunnel.start();
    expect(seen.filter((state) => state.tag === 'up')).toHaveLength(1);
  });

  it('stops with connections open, whatever they are doing', async () => {
    const sshd = await server();
    const remotePort = await remote((socket) => {
      const block = Buffer.alloc(256 * 1024);
      const more = () => {
        while (socket.write(block));
      };
      socket.on('drain', more);
      more();
    });
    const { tunnel } = tunnelTo({ sshd, remotePort });
    const port = await upOn(tunnel);
    const idle = await dial(port);
    idle.on('error', () => {});
    const busy = await dial(port);
    busy.on('error', () => {});
    await once(busy, 'data');
    const closing = (socket: Socket) => new Promise((resolve) => socket.once('close', resolve));
    const closed = Promise.all([closing(idle), closing(busy)]);
    idle.resume();
    busy.resume();
    await tunnel.stop();
    await closed;
    await expect(dial(port)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });
});
