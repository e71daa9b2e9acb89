import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { startFaultProxy } from '../../e2e/fixtures/fault-proxy.ts';
import { type Sshd, startSshd } from '../../e2e/fixtures/sshd.ts';
import { readSsh2Facts } from '../../src/core/ssh/ssh2-facts.ts';
import { type Report, type Result, resultOf } from '../report.ts';
import type { LoadAnswer, LoadRequest } from './load.ts';
import { type Home, keepSshAlive, makeHome, ourSide, type Side, sshSide } from './sides.ts';

type Load = (request: LoadRequest) => Promise<LoadAnswer>;
type Bench = {
  sshd: Sshd;
  home: Home;
  load: Load;
  rounds: number;
  short: boolean;
  say: (line: string) => void;
};
type Both = { ours: number[]; theirs: number[] };

const rttMs = 50;
const MB = 1_000_000;

/** A forwarded port of ours against `ssh -N -L`, to the same server, in the same minutes. */
export async function benchTunnel(options: { short: boolean; say: (line: string) => void }): Promise<Report> {
  const { short, say } = options;
  const sshd = await startSshd();
  const home = makeHome(sshd);
  const child = fork(new URL('./load.ts', import.meta.url), {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  try {
    const bench: Bench = { sshd, home, load: ask(child), rounds: short ? 2 : 5, short, say };
    const results = [...(await nearby(bench)), ...(await farAway(bench)), ...(await comeBack(bench))];
    const { version, crypto, cryptoProblem } = readSsh2Facts();
    const notes = [
      `${bench.rounds} rounds${short ? ', short: small amounts, times mean little' : ''}; ssh2 ${version}, crypto: ${crypto}` +
        (crypto === 'native' ? '' : ` (binding: ${cryptoProblem})`),
      `${rttMs} ms of round trip through a delaying TCP proxy, which has no limit to what is on its way`,
    ];
    return { name: 'tunnel', peer: 'ssh', notes, results };
  } finally {
    child.disconnect();
    await sshd.stop();
    home.remove();
  }
}

function ask(child: ChildProcess): Load {
  return async (request) => {
    const answered = once(child, 'message');
    child.send(request);
    const [answer] = (await answered) as [LoadAnswer];
    if (answer.error !== undefined) throw new Error(`${request.do}: ${answer.error}`);
    return answer;
  };
}

/** Ours, then theirs; the other way round in every second round. */
async function interleaved(bench: Bench, measure: (side: Side) => Promise<number>): Promise<Both> {
  const both: Both = { ours: [], theirs: [] };
  const sides = [
    { side: ourSide(bench.sshd, bench.home), into: both.ours },
    { side: sshSide(bench.sshd, bench.home), into: both.theirs },
  ];
  for (let round = 0; round < bench.rounds; round++) {
    for (const { side, into } of round % 2 === 0 ? sides : [...sides].reverse())
      into.push(await measure(side));
  }
  return both;
}

const through =
  (sshPort: number, remotePort: number, use: (port: number) => Promise<number>) => async (side: Side) => {
    const forward = await side.forward(sshPort, remotePort);
    try {
      return await use(forward.port);
    } finally {
      await forward.stop();
    }
  };

async function nearby(bench: Bench): Promise<Result[]> {
  const { load, short, say, sshd } = bench;
  const { echo = 0, source = 0, sink = 0 } = await load({ do: 'ports' });
  const count = short ? 300 : 3000;
  const bytes = (short ? 16 : 256) * MB;
  const p50 = async (port: number) =>
    (await load({ do: 'pingPong', port, bytes: 64, count })).p50 ?? Number.NaN;
  const p99 = async (port: number) =>
    (await load({ do: 'pingPong', port, bytes: 4096, count })).p99 ?? Number.NaN;
  const down = async (port: number) => (await load({ do: 'download', port, bytes })).rate ?? Number.NaN;
  const up = async (port: number) => (await load({ do: 'upload', port, bytes })).rate ?? Number.NaN;

  say('latency …');
  const none: number[] = [];
  for (let round = 0; round < bench.rounds; round++) none.push(await p50(echo));
  const direct = none.sort((a, b) => a - b)[Math.floor(none.length / 2)] ?? 0;
  const added = await interleaved(
    bench,
    through(sshd.port, echo, async (port) => (await p50(port)) - direct),
  );
  const tail = await interleaved(bench, through(sshd.port, echo, p99));
  say('loopback throughput …');
  const downs = await interleaved(bench, through(sshd.port, source, down));
  const ups = await interleaved(bench, through(sshd.port, sink, up));
  return [
    resultOf('added latency, 64 B, p50', 'µs', added.ours, added.theirs, { kind: 'ratioAtMost', value: 1.1 }),
    resultOf('4 KiB ping-pong, p99', 'µs', tail.ours, tail.theirs, { kind: 'oursAtMost', value: 1000 }),
    resultOf('loopback download', 'MB/s', downs.ours, downs.theirs, { kind: 'ratioAtLeast', value: 0.8 }),
    resultOf('loopback upload', 'MB/s', ups.ours, ups.theirs, null),
  ];
}

async function farAway(bench: Bench): Promise<Result[]> {
  const { load, short, say, sshd, home } = bench;
  const { echo = 0, source = 0, sink = 0 } = await load({ do: 'ports' });
  const { port: far = 0 } = await load({ do: 'delay', port: sshd.port, rttMs });
  home.trust(far);
  const bytes = (short ? 8 : 64) * MB;
  say(`over ${rttMs} ms …`);
  const first = await interleaved(bench, async (side) => {
    const startedAt = performance.now();
    const forward = await side.forward(far, echo);
    await echoes(forward.port);
    const took = performance.now() - startedAt;
    await forward.stop();
    return took;
  });
  const downs = await interleaved(
    bench,
    through(far, source, async (port) => (await load({ do: 'download', port, bytes })).rate ?? Number.NaN),
  );
  const ups = await interleaved(
    bench,
    through(far, sink, async (port) => (await load({ do: 'upload', port, bytes })).rate ?? Number.NaN),
  );
  const over = `over ${rttMs} ms`;
  return [
    resultOf(`download ${over}`, 'MB/s', downs.ours, downs.theirs, { kind: 'ratioAtLeast', value: 1.4 }),
    resultOf(`upload ${over}`, 'MB/s', ups.ours, ups.theirs, { kind: 'ratioAtLeast', value: 1 }),
    resultOf(`start to first byte ${over}`, 'ms', first.ours, first.theirs, {
      kind: 'ratioAtMost',
      value: 0.6,
    }),
  ];
}

/** The path is silent for a while: how long after its return does a new connection get an answer? */
async function comeBack(bench: Bench): Promise<Result[]> {
  const { load, say, short } = bench;
  const { echo = 0 } = await load({ do: 'ports' });
  const lost: Both = { ours: [], theirs: [] };
  const survived: Both = { ours: [], theirs: [] };
  for (let round = 0; round < bench.rounds; round++) {
    say(`a dead path, round ${round + 1} of ${bench.rounds} …`);
    const holeMs = short ? 4000 : 8000;
    const tcpHoleMs = short ? 4000 : 12_000;
    // Nobody computes here, so both sides live through it at the same time.
    const theirs = (isLost: boolean, ms: number) =>
      hole(bench, { isLost, holeMs: ms }, async (sshPort) =>
        keepSshAlive(bench.sshd, bench.home, { sshPort, remotePort: echo, throttleMs: 10_000 }),
      );
    const ours = (isLost: boolean, ms: number) =>
      hole(bench, { isLost, holeMs: ms }, (sshPort) =>
        ourSide(bench.sshd, bench.home).forward(sshPort, echo),
      );
    const [a, b, c, d] = await Promise.all([
      ours(true, holeMs),
      ours(false, tcpHoleMs),
      short ? null : theirs(true, holeMs),
      short ? null : theirs(false, tcpHoleMs),
    ]);
    lost.ours.push(a);
    survived.ours.push(b);
    if (c !== null) lost.theirs.push(c);
    if (d !== null) survived.theirs.push(d);
  }
  const back = 'forwarding again after a dead path is back';
  return [
    resultOf(`${back}, connections lost`, 's', lost.ours, lost.theirs, { kind: 'oursAtMost', value: 1.5 }),
    resultOf(`${back}, TCP survived`, 's', survived.ours, survived.theirs, {
      kind: 'oursAtMost',
      value: 0.5,
    }),
  ];
}

async function hole(
  bench: Bench,
  { isLost, holeMs }: { isLost: boolean; holeMs: number },
  start: (sshPort: number) => Promise<{ port: number; stop(): Promise<void> }>,
): Promise<number> {
  const proxy = await startFaultProxy({ target: bench.sshd });
  bench.home.trust(proxy.port);
  const forward = await start(proxy.port);
  try {
    await echoes(forward.port);
    proxy.blackHole();
    await new Promise((resolve) => setTimeout(resolve, holeMs));
    proxy.restore({ lost: isLost });
    const startedAt = performance.now();
    await echoes(forward.port);
    return (performance.now() - startedAt) / 1000;
  } finally {
    await forward.stop();
    await proxy.stop();
  }
}

/** Resolves when a byte came back; dials anew when it is refused, cut, or kept waiting. */
async function echoes(port: number): Promise<void> {
  for (;;) {
    const dialled = [tryEcho(port)];
    // A dial from before the return may wait for ever in a connection that is dead.
    while (dialled.length < 400) {
      const outcome = await Promise.race([Promise.any(dialled), pause(100)]).catch(() => pause(20));
      if (outcome === 'echoed') return;
      dialled.push(tryEcho(port));
    }
  }
}

const pause = (ms: number) => new Promise<'paused'>((resolve) => setTimeout(() => resolve('paused'), ms));

function tryEcho(port: number): Promise<'echoed'> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true }, () => socket.write('x'));
    socket.setTimeout(30_000, () => socket.destroy());
    socket.once('data', () => {
      resolve('echoed');
      socket.destroy();
    });
    socket.once('error', reject);
    socket.once('close', () => reject(new Error('closed')));
  });
}
