import { Bonjour } from 'bonjour-service';
import { describe, expect, it } from 'vitest';
import { readBeacon } from './discover.ts';

const beacon = { name: 'studio', host: 'studio.local.', port: 18789, addresses: ['192.0.2.4'], txt: {} };

describe('readBeacon (R10)', () => {
  it('takes the host that the service resolves to, never one that the text names', () => {
    const txt = { displayName: 'Studio', lanHost: 'evil.local', tailnetDns: 'evil.ts.net', gatewayTls: '1' };
    expect(readBeacon({ ...beacon, txt })).toEqual({
      name: 'Studio',
      host: 'studio.local',
      addresses: ['192.0.2.4'],
      port: 18789,
      tls: true,
      sshTarget: 'studio.local',
    });
  });

  it.each([
    ['2222', 'studio.local:2222'],
    ['22', 'studio.local'],
    ['-oProxyCommand=x', 'studio.local'],
  ])('an SSH port of %s gives %s', (sshPort, sshTarget) => {
    expect(readBeacon({ ...beacon, txt: { sshPort } })?.sshTarget).toBe(sshTarget);
  });

  it.each(['-oProxyCommand=x', 'a b', '', 'x;y'])('a host that is none (%s) is left out', (host) => {
    expect(readBeacon({ ...beacon, host })).toBeNull();
  });

  it('reads what bonjour-service publishes', () => {
    const bonjour = new Bonjour({}, () => {});
    const service = bonjour.publish({
      name: 'studio',
      type: 'openclaw-gw',
      port: 4000,
      host: 'studio.local',
      txt: { displayName: 'Studio' },
    });
    expect(readBeacon(service)).toMatchObject({ name: 'Studio', host: 'studio.local', port: 4000 });
    bonjour.destroy();
  });
});
