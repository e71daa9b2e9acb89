import { describe, expect, it } from 'vitest';
import type { ScreenApi } from '../shared/contract/screen-api.ts';
import { ok } from '../shared/result.ts';
import { createBridge, screenApiCarrier } from './bridge.ts';
import { createAppStore } from './stores/app-store.ts';
import { createFakeBridge } from './test-support/fake-bridge.ts';
import { localSnapshot, remoteSnapshot } from './test-support/snapshot.ts';

function electronApi(request: ScreenApi['request']): ScreenApi & { emit: (event: unknown) => void } {
  let listener: (event: never) => void = () => undefined;
  return {
    request,
    subscribe(next) {
      listener = next;
      return () => undefined;
    },
    emit: (event) => listener(event as never),
  };
}

describe('the bridge', () => {
  it('checks an answer against the contract', async () => {
    const bridge = createBridge(screenApiCarrier(electronApi(async () => ok({ files: [1] }))));
    expect(await bridge.request('ssh.listIdentities', {})).toMatchObject({
      ok: false,
      error: { code: 'INTERNAL' },
    });
  });

  it('never rejects, even when the carrier does', async () => {
    const bridge = createBridge(
      screenApiCarrier(
        electronApi(async () => {
          throw new Error('An object could not be cloned');
        }),
      ),
    );
    expect(await bridge.request('connection.retry', {})).toMatchObject({
      ok: false,
      error: { code: 'INTERNAL' },
    });
  });

  it('passes on only events of the contract', () => {
    const api = electronApi(async () => ok({}));
    const bridge = createBridge(screenApiCarrier(api));
    const heard: unknown[] = [];
    bridge.onEvent((event) => heard.push(event));
    bridge.start();
    expect(bridge.state()).toBe('ready');
    api.emit({ event: 'snapshot', payload: { revision: 'x' } });
    api.emit({ event: 'relay.opened', payload: { relayId: 'r' } });
    expect(heard).toEqual([{ event: 'relay.opened', payload: { relayId: 'r' } }]);
  });
});

describe('the app store', () => {
  it('holds the newest snapshot and never an older one', () => {
    const fake = createFakeBridge(localSnapshot);
    const app = createAppStore(fake.bridge);
    app.start();
    fake.bridge.start();
    fake.show(remoteSnapshot);
    fake.emit({ event: 'snapshot', payload: { revision: 1, snapshot: localSnapshot } });
    expect(app.store.getState().current).toMatchObject({ revision: 2, snapshot: { mode: 'remote' } });
  });
});
