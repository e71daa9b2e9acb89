import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createFixture } from '../test-support/fixture.ts';
import { type EventFrame, isEvent, newDevice, type TestClient } from '../test-support/wire-client.ts';

const fixture = createFixture();
let file: string;
let admin: TestClient;

const before = `{
  // kept
  gateway: { port: 18789, auth: { token: 'very-secret-token' } },
  models: { providers: { lab: { apiKey: 'sk-very-secret' } } },
}
`;

beforeEach(async () => {
  const stateDir = await fixture.stateDir();
  file = join(stateDir, 'openclaw.json');
  await writeFile(file, before, { mode: 0o600 });
  const gateway = await fixture.start({ stateDir });
  admin = await fixture.connect(gateway, { scopes: ['operator.admin'] });
});
afterEach(() => fixture.cleanUp());

const text = () => readFile(file, 'utf8');
const hash = async () => (await admin.call('config.get', {})).hash;

describe('config.get', () => {
  it('shows everything but the secrets', async () => {
    const found = await admin.call('config.get', {});
    expect(JSON.stringify(found)).not.toContain('secret');
    expect(found).toMatchObject({
      path: file,
      exists: true,
      valid: true,
      issues: [],
      config: {
        gateway: { port: 18789, auth: { token: '__OPENCLAW_REDACTED__' } },
        models: { providers: { lab: { apiKey: '__OPENCLAW_REDACTED__' } } },
      },
      hash: expect.stringMatching(/^hmac-sha256:v1:/),
    });
  });

  it('says what is wrong with a file that is broken', async () => {
    await writeFile(file, '{ gateway: { auth: { token: "very-secret-token" }');
    const found = await admin.call('config.get', {});
    expect(found).toMatchObject({ valid: false, issues: [{ message: expect.stringContaining('JSON5') }] });
    expect(JSON.stringify(found)).not.toContain('very-secret-token');
  });
});

describe('config.patch', () => {
  const patch = async (raw: string, baseHash?: unknown) =>
    admin.request('config.patch', { raw, ...(baseHash === undefined ? {} : { baseHash }) });

  it('changes what it names and nothing else, and tells readers', async () => {
    const { payload } = await patch(
      '{gateway: {port: 20000, auth: {token: "__OPENCLAW_REDACTED__"}}}',
      await hash(),
    );
    expect(payload).toMatchObject({
      ok: true,
      path: file,
      changedPaths: ['gateway.port'],
      hash: await hash(),
    });
    expect(JSON.stringify(payload)).not.toContain('secret');
    expect(await text()).toBe(before.replace('18789', '20000'));
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    const changed = await admin.next<EventFrame>(isEvent('config.changed'));
    expect(changed.payload).toEqual({ path: file, hash: await hash(), ts: expect.any(Number) });
  });

  it('removes with null', async () => {
    await patch('{models: null}', await hash());
    expect(await text()).not.toContain('models');
  });

  it.each([
    [
      'without a hash',
      '{gateway: {port: 1}}',
      undefined,
      /^config base hash required for gateway\.port; re-run/,
    ],
    [
      'with an old hash',
      '{gateway: {port: 1}}',
      'x',
      'config changed since last load; re-run config.get and retry',
    ],
    ['that is no JSON5', 'nope', 'x', "SyntaxError: JSON5: invalid character 'o' at 1:2"],
  ])('refuses a patch %s', async (_what, raw, baseHash, message) => {
    const { error } = await patch(raw, baseHash);
    expect(error?.code).toBe('INVALID_REQUEST');
    expect(error?.message).toMatch(message);
    expect(await text()).toBe(before);
  });

  it('refuses what would not be valid, and says where', async () => {
    const { error } = await patch('{gateway: {port: "abc"}}', await hash());
    expect(error?.message).toMatch(/^invalid config: gateway\.port: Invalid input/);
    expect(error?.details).toMatchObject({ issues: [{ path: 'gateway.port' }] });
    expect(await text()).toBe(before);
  });

  it('is for administrators', async () => {
    const reader = await fixture.connect({ url: admin.socket.url } as Parameters<typeof fixture.connect>[0], {
      scopes: ['operator.write'],
    });
    expect((await reader.request('config.patch', { raw: '{}' })).error?.code).toBe('FORBIDDEN');
    expect((await reader.request('config.get', {})).ok).toBe(true);
  });

  const args = (...list: string[]) =>
    JSON.stringify({ mcp: { servers: { x: { command: '/bin/x', args: list } } } });

  it('takes a placeholder for the secret that is there, in a list too, and refuses one where there is none', async () => {
    await patch(args('--token', 'very-secret-option'), await hash());
    const { payload } = await patch(args('-v', '--token', '__OPENCLAW_REDACTED__'), await hash());
    expect(payload).toBeUndefined();
    await patch(args('--token', '__OPENCLAW_REDACTED__', '-v'), await hash());
    expect(await text()).toContain('very-secret-option');
    const invented = '{mcp: {servers: {y: {headers: {A: "__OPENCLAW_REDACTED__"}}}}}';
    expect((await patch(invented, await hash())).error?.message).toMatch(/mcp\.servers\.y\.headers\.A/);
    expect(await text()).not.toContain('REDACTED');
  });
});

describe('config.set', () => {
  it('replaces the text and keeps the secrets that it could not see', async () => {
    const raw = `{ gateway: { port: 1234, auth: { token: '__OPENCLAW_REDACTED__' } } }`;
    const { payload } = await admin.request('config.set', { raw, baseHash: await hash() });
    expect(payload).toMatchObject({ ok: true });
    expect(await text()).toContain('very-secret-token');
    expect(await text()).not.toContain('REDACTED');
  });

  it('refuses broken text and a secret that is not there', async () => {
    const baseHash = await hash();
    const set = async (raw: string) => (await admin.request('config.set', { raw, baseHash })).error?.message;
    expect(await set('{bad')).toBe('SyntaxError: JSON5: invalid end of input at 1:5');
    expect(await set(`{ talk: { apiKey: '__OPENCLAW_REDACTED__' } }`)).toMatch(/talk\.apiKey/);
    expect(await text()).toBe(before);
  });
});

describe('a configuration of several files ($include)', () => {
  const root = `{
  // split
  gateway: { port: 18789, nodes: { $include: './nodes.json5' } },
  agents: { $include: ['./a.json5', './b.json5'] },
  logging: { level: 'info' },
}
`;
  beforeEach(() => writeFile(file, root, { mode: 0o600 }));
  const patch = async (raw: string) => admin.request('config.patch', { raw, baseHash: await hash() });
  const set = async (raw: string) => admin.request('config.set', { raw, baseHash: await hash() });

  it('is named by config.get, and left as it is by a change elsewhere', async () => {
    const { includedPaths, config, raw } = await admin.call('config.get', {});
    expect(includedPaths).toEqual(['./nodes.json5', './a.json5', './b.json5']);
    expect(config).toMatchObject({ gateway: { nodes: { $include: './nodes.json5' } } });
    expect(await patch('{gateway: {port: 20000}, logging: null}')).toMatchObject({ ok: true });
    const patched = root.replace('18789', '20000').replace("  logging: { level: 'info' },\n", '');
    expect(await text()).toBe(patched);
    // What a form sends back: everything that it was shown.
    const { ok } = await set(String(raw).replace('18789', '21000'));
    expect([ok, JSON.parse(await text())]).toMatchObject([
      true,
      {
        gateway: { port: 21000, nodes: { $include: './nodes.json5' } },
        agents: { $include: ['./a.json5', './b.json5'] },
      },
    ]);
  });

  it.each([
    ['a key beside it', '{agents: {defaults: {}}}', 'agents'],
    ['its removal', '{agents: null}', 'agents'],
    ['the removal of what holds it', '{gateway: null}', 'gateway.nodes'],
    ['another file', '{gateway: {nodes: {$include: "./x.json5"}}}', 'gateway.nodes'],
    ['its replacement by a value', '{agents: 1}', 'agents'],
  ])('a patch never touches one: %s', async (_what, raw, where) => {
    const { error } = await patch(raw);
    expect(error?.message).toBe(
      `config not written: ${where} is made of other files ($include); change it there`,
    );
    expect(await text()).toBe(root);
  });

  it('a text that has it flattened, or left out, is refused', async () => {
    for (const flat of [root.replace("$include: './nodes.json5'", 'commands: {}'), '{}']) {
      expect((await set(flat)).error?.message).toMatch(
        /^config not written: (gateway\.nodes|agents) is made/,
      );
    }
    expect(await text()).toBe(root);
  });

  it('the whole file made of others takes no change at all', async () => {
    const whole = `{ $include: './base.json5', gateway: { port: 1 } }`;
    await writeFile(file, whole);
    const { error } = await patch('{gateway: {port: 2}}');
    expect(error?.message).toBe(
      'config not written: the configuration is made of other files ($include); change it there',
    );
    expect(await text()).toBe(whole);
  });

  it('what nodes may do counts as it was at the start, where an included file says it', async () => {
    const stateDir = await fixture.stateDir();
    await writeFile(join(stateDir, 'openclaw.json'), root);
    const gateway = await fixture.start({
      stateDir,
      nodes: { commands: { allow: ['lab.echo'], deny: ['system.which'] }, allowSkills: false },
    });
    const node = await fixture.connect(gateway, {
      id: 'node-host',
      mode: 'node',
      role: 'node',
      scopes: [],
      device: newDevice(),
      mutate: (params) => Object.assign(params, { commands: ['system.which', 'system.run', 'lab.echo'] }),
    });
    const owner = await fixture.connect(gateway, { scopes: ['operator.admin'] });
    const { pending } = await owner.call('node.pair.list', {});
    expect(pending).toMatchObject([{ commands: ['lab.echo', 'system.run'] }]);
    const skill = { name: 'tea', description: 'how to make tea', content: '# Tea' };
    expect(await node.call('node.skills.update', { skills: [skill] })).toMatchObject({ skills: [] });
  });
});
