import { once } from 'node:events';
import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { freePort } from '../../../e2e/fixtures/free-port.ts';
import { makeTunnelBench, tagged, upOn } from './test-bench.ts';

const bench = makeTunnelBench();
const { defer, dial, echo, remote, roundTrip, server, tunnelTo } = bench;

describe('side forwards (R6)', () => {
  it('carry their own port, over every reconnect', async () => {
    const sshd = await server();
    const remotePort = await remote((socket) => socket.end('side'));
    const { tunnel } = tunnelTo({
      sshd,
      remotePort: await echo(),
      sideForwards: [{ localPort: 0, remotePort }],
    });
    const port = await upOn(tunnel);
    const [side] = tunnel.sideForwardStates();
    expect(side).toMatchObject({ isListening: true, error: null, remotePort });
    expect(await roundTrip(side?.localPort ?? 0, '')).toBe('side');
    await sshd.kill();
    await tagged(tunnel, 'backingOff');
    await sshd.restart();
    await tagged(tunnel, 'up');
    expect(await roundTrip(side?.localPort ?? 0, '')).toBe('side');
    expect(await roundTrip(port, 'main')).toBe('main');
    await tunnel.stop();
    await expect(dial(side?.localPort ?? 0)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  it('are told one by one, and a busy one does not stop the main one', async () => {
    const sshd = await server();
    const holder = createServer().listen(0, '127.0.0.1');
    defer(() => holder.close());
    await once(holder, 'listening');
    const { port: busy } = holder.address() as { port: number };
    const free = await freePort();
    const nobody = await freePort();
    const { tunnel } = tunnelTo({
      sshd,
      remotePort: await echo(),
      sideForwards: [
        { localPort: busy, remotePort: 1 },
        { localPort: free, remotePort: nobody },
      ],
    });
    const port = await upOn(tunnel);
    expect(await roundTrip(port, 'main')).toBe('main');
    await expect.poll(() => tunnel.sideForwardStates()[0]?.error?.code).toBe('PORT_IN_USE');
    expect(tunnel.sideForwardStates()[1]).toMatchObject({ localPort: free, isListening: true, error: null });
    const socket = await dial(free);
    socket.resume();
    await once(socket, 'end');
    expect(tunnel.sideForwardStates()[1]?.error).toMatchObject({ code: 'FORWARD_NOTHING_LISTENING' });
    expect(tunnel.lastForwardError()).toBeNull();
    // Free again: taken with the next connection.
    holder.close();
    await once(holder, 'close');
    await sshd.kill();
    await tagged(tunnel, 'backingOff');
    await sshd.restart();
    await tagged(tunnel, 'up');
    await expect.poll(() => tunnel.sideForwardStates()[0]).toMatchObject({ isListening: true, error: null });
  });
});
