import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Env, locateConfig } from './discovery.ts';

const home = '/home/ada';
function fileOf(env: Env, profile?: string): string {
  const location = locateConfig(env, { homeDir: home, profile });
  return location.ok ? location.value.file : location.error.code;
}
const inHome = (...parts: string[]) => join(home, ...parts, 'openclaw.json');

/** What `openclaw config file` of 2026.9.6 answers in the same environment. */
describe('openclaw.json is looked for where upstream looks (R12)', () => {
  it.each<[Env, string | undefined, string]>([
    [{}, undefined, inHome('.openclaw')],
    [{ OPENCLAW_PROFILE: 'lab' }, undefined, inHome('.openclaw')],
    [{ OPENCLAW_STATE_DIR: '~/oc' }, undefined, inHome('oc')],
    [{ OPENCLAW_STATE_DIR: '/s', OPENCLAW_CONFIG_PATH: '/c/x.json' }, undefined, '/c/x.json'],
    [{ OPENCLAW_HOME: '~/svc' }, undefined, inHome('svc', '.openclaw')],
    [{ OPENCLAW_HOME: ' undefined ' }, undefined, inHome('.openclaw')],
    [{ OPENCLAW_HOME: '/h' }, 'lab', '/h/.openclaw-lab/openclaw.json'],
    [{}, 'lab', inHome('.openclaw-lab')],
    [{}, 'default', inHome('.openclaw')],
    [{ OPENCLAW_STATE_DIR: `${home}/.openclaw` }, 'lab', inHome('.openclaw-lab')],
    [{ OPENCLAW_CONFIG_PATH: inHome('.openclaw') }, 'lab', inHome('.openclaw-lab')],
    [{ OPENCLAW_STATE_DIR: '/custom' }, 'lab', '/custom/openclaw.json'],
    [{ OPENCLAW_STATE_DIR: `${home}/.openclaw-other` }, 'lab', inHome('.openclaw-other')],
    [
      { OPENCLAW_STATE_DIR: `${home}/.openclaw-other`, OPENCLAW_PROFILE: 'other' },
      'lab',
      inHome('.openclaw-lab'),
    ],
    [{ OPENCLAW_PROFILE: 'other' }, 'lab', inHome('.openclaw-lab')],
  ])('%j with profile %s', (env, profile, file) => {
    expect(fileOf(env, profile)).toBe(file);
  });

  it.each(['', '../x', 'a b', '-x', 'x'.repeat(65)])('refuses the profile %j', (profile) => {
    expect(fileOf({}, profile)).toBe('CONFIG_PROFILE_INVALID');
  });

  it('knows a configuration that is managed elsewhere', () => {
    const readOnlyBy = (env: Env) => {
      const location = locateConfig(env, { homeDir: home });
      return location.ok && location.value.readOnlyBy;
    };
    expect(readOnlyBy({ OPENCLAW_CONFIG_READONLY: '1' })).toBe('OPENCLAW_CONFIG_READONLY');
    expect(readOnlyBy({ OPENCLAW_CONFIG_READONLY: 'true' })).toBeNull();
    expect(readOnlyBy({ OPENCLAW_NIX_MODE: '1' })).toBe('OPENCLAW_NIX_MODE');
  });
});
