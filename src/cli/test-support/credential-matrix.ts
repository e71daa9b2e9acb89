import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { RecordingProxy } from '../../../e2e/fixtures/recording-proxy.ts';
import { type CredentialRow, type Source, sources } from './credential-rows.ts';

export type MatrixWorld = {
  /** `out/main/cli.js` of the built app. */
  readonly cli: string;
  /** Stands in front of the Gateway, as the local end of a tunnel does. */
  readonly proxy: RecordingProxy;
  /** The Gateway's own shared secret. */
  readonly secret: string;
};

type Run = { readonly exit: number; readonly output: string };

/**
 * Runs one row as a process of its own, with the secrets where the row wants them, and holds what went over the wire
 * against it: the winner's value, as a token or a password, and not a byte of any other.
 */
export async function checkRow(row: CredentialRow, world: MatrixWorld): Promise<void> {
  const values = Object.fromEntries(
    sources.map((source) => [
      source,
      source === row.winner ? world.secret : `canary-${source}-${randomBytes(12).toString('hex')}`,
    ]),
  ) as Record<Source, string>;
  const home = mkdtempSync(join(tmpdir(), 'chela-matrix-'));
  world.proxy.clear();
  let run: Run;
  try {
    writeConfig(home, row, values, world.proxy);
    run = await runCli(home, row, values, world);
  } finally {
    rmSync(home, { recursive: true, force: true });
  }

  const sent = world.proxy.everythingSent();
  const left = sources.filter((source) => row.set.includes(source) && sent.includes(values[source]));
  expect(left, run.output).toEqual(row.winner === null ? [] : [row.winner]);
  expect(run.exit, run.output).toBe(row.exit);
  // Refused before a socket is opened, or after the Gateway has been asked: never for want of trying.
  expect(world.proxy.connects().length > 0, run.output).toBe(row.exit !== 78);
  if (row.winner !== null)
    expect(world.proxy.connects().map(({ auth }) => auth)).toContainEqual(authOf(row.winner, world.secret));
  for (const source of row.set) expect(run.output).not.toContain(values[source]);
}

const authOf = (source: Source, secret: string) =>
  source.endsWith('Token')
    ? expect.objectContaining({ token: secret })
    : expect.objectContaining({ password: secret });

function writeConfig(
  home: string,
  row: CredentialRow,
  values: Record<Source, string>,
  proxy: RecordingProxy,
): void {
  const at = (source: Source) => {
    if (row.unresolved?.includes(source)) return { source: 'env', provider: 'default', id: 'CHELA_NOT_SET' };
    return row.set.includes(source) ? values[source] : undefined;
  };
  const config = {
    gateway: {
      mode: row.setup === 'remote' ? 'remote' : 'local',
      ...(row.setup === 'local' && { port: proxy.port }),
      auth: {
        token: at('authToken'),
        password: at('authPassword'),
        ...(passwordOnly(row) && { mode: 'password' }),
      },
      remote: {
        // Elsewhere a trap: nothing may go there.
        url: row.setup === 'remote' ? proxy.url : 'ws://127.0.0.1:1',
        token: at('remoteToken'),
        password: at('remotePassword'),
      },
    },
  };
  mkdirSync(join(home, '.openclaw'), { mode: 0o700 });
  writeFileSync(join(home, '.openclaw', 'openclaw.json'), JSON.stringify(config), { mode: 0o600 });
}

/** A configuration with passwords alone says so, as upstream wants it. */
function passwordOnly({ set, unresolved = [] }: CredentialRow): boolean {
  const named = [...set, ...unresolved].filter((source) => source.startsWith('auth'));
  return named.length > 0 && named.every((source) => source === 'authPassword');
}

function runCli(
  home: string,
  row: CredentialRow,
  values: Record<Source, string>,
  { cli, proxy }: MatrixWorld,
): Promise<Run> {
  const has = (source: Source) => row.set.includes(source);
  const args = [
    cli,
    '--data-dir',
    join(home, 'data'),
    ...row.command,
    ...(row.setup === 'flagUrl' ? ['--url', proxy.url] : []),
    ...(has('flagToken') ? ['--token', values.flagToken] : []),
    ...(has('flagPassword') ? ['--password', values.flagPassword] : []),
  ];
  const env = {
    PATH: process.env.PATH,
    HOME: home,
    USERPROFILE: home,
    LANG: 'C',
    ...(row.setup === 'envUrl' && { OPENCLAW_GATEWAY_URL: proxy.url }),
    ...(has('envToken') && { OPENCLAW_GATEWAY_TOKEN: values.envToken }),
    ...(has('envPassword') && { OPENCLAW_GATEWAY_PASSWORD: values.envPassword }),
    // R20: names of the past mean nothing.
    CLAWDBOT_GATEWAY_TOKEN: values.envToken,
    CLAWDBOT_GATEWAY_PASSWORD: values.envPassword,
  };
  return new Promise((resolve) => {
    execFile(process.execPath, args, { env, timeout: 60_000 }, (error, stdout, stderr) => {
      resolve({ exit: error ? Number(error.code) : 0, output: `${stdout}\n${stderr}` });
    });
  });
}
