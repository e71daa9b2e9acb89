import { describe, expect, it } from 'vitest';
import { effectiveSettings } from '../../shared/config/effective.ts';
import { openclawConfigSchema } from '../../shared/config/openclaw.ts';
import { settingsSchema } from '../../shared/config/settings.ts';
import { callRoute } from './call-route.ts';

function route(gateway: object, settings: object = {}) {
  const openclaw = openclawConfigSchema.parse({ gateway });
  const effective = effectiveSettings({
    settings: settingsSchema.parse(settings),
    openclaw,
    env: {},
    files: { settings: '/s', openclaw: '/o' },
  });
  const found = callRoute(effective, openclaw);
  return found.ok ? found.value : found.error.code;
}

const remote = (of: object) => ({ mode: 'remote', remote: of });

describe('callRoute (R11, R12)', () => {
  it.each([
    ['local', {}, { tag: 'local', url: 'ws://127.0.0.1:18789' }],
    ['local, another port', { port: 4000 }, { tag: 'local', url: 'ws://127.0.0.1:4000' }],
    [
      'the document’s example: a URL of a tunnel that somebody else keeps',
      remote({ url: 'ws://127.0.0.1:18789' }),
      { tag: 'tunnel', url: 'ws://127.0.0.1:18789', target: null },
    ],
    [
      'R10: target and URL',
      remote({ url: 'ws://127.0.0.1:4001', sshTarget: 'me@host' }),
      { tag: 'tunnel', url: 'ws://127.0.0.1:4001', target: 'me@host' },
    ],
    [
      'a Gateway without a tunnel, pinned (R26)',
      remote({ url: 'wss://gw.example', tlsFingerprint: 'aa' }),
      { tag: 'direct', url: 'wss://gw.example/', tlsFingerprint: 'aa' },
    ],
    [
      'direct wins over a target in the same file',
      remote({ url: 'wss://gw.example', sshTarget: 'me@host', transport: 'direct' }),
      { tag: 'direct', url: 'wss://gw.example/', tlsFingerprint: null },
    ],
    [
      'SSH wins unless direct is asked for',
      remote({ url: 'wss://gw.example', sshTarget: 'me@host' }),
      { tag: 'tunnel', url: 'ws://127.0.0.1:18789', target: 'me@host' },
    ],
    ['nothing says where', remote({}), 'SSH_TARGET_MISSING'],
    ['no such target', remote({ sshTarget: '-oProxyCommand=x' }), 'SSH_TARGET_INVALID'],
  ])('%s', (_name, gateway, expected) => {
    expect(route(gateway)).toEqual(expected);
  });

  it('goes where a person chose in Chela, whatever the file says', () => {
    const gateway = remote({ url: 'wss://gw.example', transport: 'direct' });
    const chosen = { mode: 'remote', remote: { transport: 'ssh', sshTarget: 'me@studio', localPort: 4005 } };
    expect(route(gateway, chosen)).toEqual({
      tag: 'tunnel',
      url: 'ws://127.0.0.1:4005',
      target: 'me@studio',
    });
  });
});
