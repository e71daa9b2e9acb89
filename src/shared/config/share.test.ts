import { describe, expect, it } from 'vitest';
import { editJson5 } from './edit-json5.ts';
import { parseJson5 } from './json5-document.ts';
import { type SharedConnection, shareEdits } from './share.ts';

function shared(text: string, connection: SharedConnection): unknown {
  const before = parseJson5(text);
  const after = editJson5(text, shareEdits(connection, before.ok ? before.document.value : undefined));
  const parsed = after.ok ? parseJson5(after.value) : null;
  return parsed?.ok ? parsed.document.value : null;
}

const studio = {
  mode: 'remote',
  transport: 'ssh',
  sshTarget: 'ada@studio',
  url: '',
  localPort: 18789,
  gatewayPort: 18789,
} as const;

describe('a connection in openclaw.json (R10, R12)', () => {
  it('keeps the URL at the local end of the tunnel, and the host as the SSH target', () => {
    expect(shared('{}', studio)).toEqual({
      gateway: { mode: 'remote', remote: { sshTarget: 'ada@studio', url: 'ws://127.0.0.1:18789' } },
    });
  });

  it('names the port there only where it is another, or was named', () => {
    expect(shared('{}', { ...studio, localPort: 19000 })).toMatchObject({
      gateway: { remote: { url: 'ws://127.0.0.1:19000', remotePort: 18789 } },
    });
    expect(shared('{ gateway: { remote: { remotePort: 7 } } }', studio)).toMatchObject({
      gateway: { remote: { remotePort: 18789 } },
    });
  });

  it('goes over SSH where the file says otherwise', () => {
    expect(shared('{ gateway: { remote: { transport: "direct", token: "t" } } }', studio)).toMatchObject({
      gateway: { remote: { transport: 'ssh', token: 't' } },
    });
  });

  it('names the Gateway itself where no tunnel is wanted', () => {
    const direct = { ...studio, transport: 'direct', url: 'wss://studio.example' } as const;
    expect(shared('{}', direct)).toEqual({
      gateway: { mode: 'remote', remote: { url: 'wss://studio.example', transport: 'direct' } },
    });
  });

  it('names no remote end for this computer', () => {
    expect(shared('{}', { ...studio, mode: 'local' })).toEqual({ gateway: { mode: 'local' } });
  });
});
