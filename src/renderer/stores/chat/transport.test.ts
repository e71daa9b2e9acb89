import { describe, expect, it, vi } from 'vitest';
import { appError } from '../../../shared/errors.ts';
import { err, ok } from '../../../shared/result.ts';
import { createFakeBridge } from '../../test-support/fake-bridge.ts';
import { localSnapshot } from '../../test-support/snapshot.ts';
import { directTransport, relayTransport } from './transport.ts';

const endpoint = { url: 'ws://127.0.0.1:18789', generation: 3 };

function handlers() {
  return { open: vi.fn(), message: vi.fn(), close: vi.fn(), error: vi.fn() };
}

function relay() {
  const fake = createFakeBridge(localSnapshot);
  fake.bridge.start();
  const heard = handlers();
  const socket = relayTransport(fake.bridge)(endpoint, heard);
  return { fake, heard, socket };
}

const opened = { event: 'relay.opened', payload: { relayId: 'relay-1' } } as const;
const message = (data: string, relayId = 'relay-1') =>
  ({ event: 'relay.message', payload: { relayId, data } }) as const;

describe('the relay transport', () => {
  it('keeps what arrives before the relay’s id is known, and leaves other relays out', async () => {
    const { fake, heard, socket } = relay();
    fake.emit(opened);
    fake.emit(message('first'));
    fake.emit(message('not mine', 'relay-2'));
    expect(heard.open).not.toHaveBeenCalled();
    await vi.waitFor(() => expect(heard.message).toHaveBeenCalledWith('first'));
    expect(heard.open).toHaveBeenCalledOnce();
    expect(heard.message).toHaveBeenCalledOnce();
    expect(socket.isOpen()).toBe(true);
    expect(fake.asked).toContainEqual({ method: 'relay.open', params: { generation: 3 } });
  });

  it('sends through the engine and closes with the Gateway’s reason', async () => {
    const { fake, heard, socket } = relay();
    fake.emit(opened);
    await vi.waitFor(() => expect(heard.open).toHaveBeenCalled());
    socket.send('frame');
    expect(fake.asked).toContainEqual({
      method: 'relay.send',
      params: { relayId: 'relay-1', data: 'frame' },
    });
    fake.emit({ event: 'relay.closed', payload: { relayId: 'relay-1', code: 1008, reason: 'origin' } });
    expect(heard.close).toHaveBeenCalledWith(1008, 'origin');
    fake.emit(message('late'));
    expect(heard.message).not.toHaveBeenCalled();
  });

  it('closes when the engine can’t open it', async () => {
    const fake = createFakeBridge(localSnapshot);
    fake.answer = (method) => (method === 'relay.open' ? err(appError('NOT_AVAILABLE', 'no')) : null);
    const heard = handlers();
    relayTransport(fake.bridge)(endpoint, heard);
    await vi.waitFor(() => expect(heard.close).toHaveBeenCalledWith(1006, 'NOT_AVAILABLE'));
  });

  it('gives back a relay that was opened for a socket closed meanwhile', async () => {
    const fake = createFakeBridge(localSnapshot);
    let answer: (value: ReturnType<typeof ok>) => void = () => undefined;
    fake.answer = (method) => (method === 'relay.open' ? new Promise((resolve) => (answer = resolve)) : null);
    const socket = relayTransport(fake.bridge)(endpoint, handlers());
    await vi.waitFor(() => expect(fake.asked).toHaveLength(1));
    socket.close();
    answer(ok({ relayId: 'relay-9' }));
    await vi.waitFor(() =>
      expect(fake.asked).toContainEqual({ method: 'relay.close', params: { relayId: 'relay-9' } }),
    );
  });
});

describe('the direct transport', () => {
  it('closes only with codes that a page may use', () => {
    const close = vi.fn();
    const socket = { close, readyState: 1, send: vi.fn() } as unknown as WebSocket;
    const opened = directTransport(() => socket)(endpoint, handlers());
    opened.close(1008, 'connect failed');
    opened.close(4008, 'x'.repeat(300));
    opened.close(1000, 'bye');
    expect(close.mock.calls.map(([code, reason]) => [code, String(reason).length])).toEqual([
      [4000, 14],
      [4008, 100],
      [1000, 3],
    ]);
  });
});
