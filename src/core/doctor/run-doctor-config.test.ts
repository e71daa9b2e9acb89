import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { freePort } from '../../../e2e/fixtures/free-port.ts';
import { makeKey, type Sshd } from '../../../e2e/fixtures/sshd.ts';
import { doctorRungs } from '../../shared/contract/doctor.ts';
import { defaultKnownHostsFiles } from '../ssh/known-hosts-file.ts';
import { connectWithOpenssh } from '../ssh/openssh/openssh.ts';
import { no, person } from '../ssh/test-bench.ts';
import type { SshEngine } from '../tunnel/tunnel.ts';
import { expectLadder, makeClimbBench, oneInterface, type Remote } from './climb-bench.ts';
import { failure, outline, rung } from './test-bench.ts';

const { bench, climb, remote, trusted, gateway } = makeClimbBench();

describe('the way that ~/.ssh/config describes', () => {
  const config = (...lines: string[]) =>
    writeFileSync(join(bench.home, '.ssh', 'config'), `${lines.join('\n')}\n`, { mode: 0o600 });
  const aliased = (over: Partial<Remote>) =>
    remote({ port: 22, user: 'u', clientKey: '' }, 1, {
      target: { host: 'home' },
      identityFile: null,
      ...over,
    });

  test('an alias is looked up as what it stands for', async () => {
    const sshd = await bench.server();
    writeFileSync(bench.knownHosts, sshd.hostKeyLine.replace(/^\S+/, 'the-key-of-home'));
    config(
      'Host home',
      '  HostName 127.0.0.1',
      `  Port ${sshd.port}`,
      `  User ${sshd.user}`,
      `  IdentityFile ${sshd.clientKey}`,
      '  HostKeyAlias the-key-of-home',
    );
    const steps = await climb(aliased({ gatewayPort: await gateway() }));
    expect(outline(steps)).toEqual(doctorRungs.ssh.map((id) => `${id} passed`));
    expect(rung(steps, 'tcp').evidence?.values).toEqual({ address: '127.0.0.1', port: sshd.port });
    expect(rung(steps, 'hostKey').evidence?.key).toBe('hostKeyKnown');
    expect(rung(steps, 'sshAuthentication').evidence?.values).toEqual({ user: sshd.user });
  });

  test('behind a jump host the first rungs are about that one; the target’s own key is still the host key rung', async () => {
    const [jump, sshd] = await Promise.all([bench.server(), bench.server()]);
    const keys = (...servers: Sshd[]) => servers.map(({ hostKeyLine }) => `${hostKeyLine}\n`).join('');
    config(
      'Host jump',
      '  HostName 127.0.0.1',
      `  Port ${jump.port}`,
      `  User ${jump.user}`,
      `  IdentityFile ${jump.clientKey}`,
      'Host home',
      '  HostName 127.0.0.1',
      `  Port ${sshd.port}`,
      `  User ${sshd.user}`,
      `  IdentityFile ${sshd.clientKey}`,
      '  ProxyJump jump',
    );
    writeFileSync(bench.knownHosts, keys(jump, sshd));
    const plan = aliased({ gatewayPort: await gateway() });
    const steps = await climb(plan);
    expect(outline(steps)).toEqual(doctorRungs.ssh.map((id) => `${id} passed`));
    expect(rung(steps, 'tcp').evidence?.values.port).toBe(jump.port);

    writeFileSync(bench.knownHosts, keys(jump));
    const declined = await climb(plan, { ask: person(no).ask });
    expect(failure(declined)).toMatchObject({ id: 'hostKey', error: { code: 'SSH_HOST_KEY_DECLINED' } });
    expectLadder(declined, 'hostKey');
  });

  test('a ProxyCommand hides the rungs below it', async () => {
    const sshd = await trusted();
    config(
      'Host home',
      `  ProxyCommand ${process.execPath} -e "const s=require('node:net').connect(${sshd.port},'127.0.0.1');process.stdin.pipe(s).pipe(process.stdout)"`,
      `  User ${sshd.user}`,
      `  IdentityFile ${sshd.clientKey}`,
      `  HostKeyAlias [127.0.0.1]:${sshd.port}`,
    );
    const steps = await climb(aliased({ gatewayPort: await gateway() }), {
      tools: { networkInterfaces: oneInterface },
    });
    expect(outline(steps).slice(1, 4)).toEqual(['dns skipped', 'tcp skipped', 'banner skipped']);
    expect(outline(steps).slice(4)).toEqual(doctorRungs.ssh.slice(4).map((id) => `${id} passed`));
  });

  test('the system’s OpenSSH climbs the same rungs', async () => {
    const sshd = await trusted();
    const plan = remote(sshd, await gateway(), { engine: 'openssh' });
    // The system's ssh takes the home directory from the user list, whatever HOME says.
    const knownHosts = defaultKnownHostsFiles(bench.home);
    const openssh: SshEngine = (options) =>
      connectWithOpenssh({ ...options, hostKeyPolicy: 'strict', knownHosts, configFile: '/dev/null' });
    const steps = await climb(plan, { connect: openssh });
    expect(outline(steps)).toEqual(doctorRungs.ssh.map((id) => `${id} passed`));
    expect(rung(steps, 'hostKey').evidence?.key).toBe('hostKeyKnown');

    const nothing = await climb({ ...plan, gatewayPort: await freePort() }, { connect: openssh });
    expect(failure(nothing)).toMatchObject({
      id: 'forward',
      error: { code: 'FORWARD_NOTHING_LISTENING' },
    });
    const stranger = await makeKey({ type: 'ed25519', dir: bench.home, name: 'stranger' });
    const refused = await climb({ ...plan, identityFile: stranger.file }, { connect: openssh });
    expect(failure(refused)).toMatchObject({ id: 'sshAuthentication', error: { code: 'SSH_AUTH_REFUSED' } });
    const other = await bench.server();
    const otherKey = other.hostKeyLine.split(' ').slice(1).join(' ');
    writeFileSync(bench.knownHosts, `[127.0.0.1]:${sshd.port} ${otherKey}\n`);
    expect(failure(await climb(plan, { connect: openssh }))).toMatchObject({
      id: 'hostKey',
      error: { code: 'SSH_HOST_KEY_CHANGED' },
    });
  });

  test('a configuration that ssh calls wrong', async () => {
    config('Host home', '  NoSuchKeyword yes');
    const steps = await climb(aliased({}), { tools: { networkInterfaces: oneInterface } });
    expect(failure(steps)).toMatchObject({ id: 'dns', error: { code: 'SSH_CONFIG_INVALID' } });
    expectLadder(steps, 'dns');
  });
});
