import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { freePort } from '../../../e2e/fixtures/free-port.ts';
import { type ModelServer, startModelServer } from '../../../e2e/fixtures/model-server.ts';
import { putOnLoginPath } from '../../../e2e/fixtures/openclaw-login.ts';
import { type Sshd, startSshd } from '../../../e2e/fixtures/sshd.ts';
import { startUpstreamGateway, type UpstreamGateway } from '../../../e2e/fixtures/upstream-gateway.ts';
import { type DoctorStep, doctorRungs } from '../../shared/contract/doctor.ts';
import type { Plan } from '../connection/plan.ts';
import { loadDeviceIdentity } from '../device/device-identity.ts';
import { createMemoryDeviceTokens } from '../device/device-tokens.ts';
import { approvePairing } from '../pairing/approve-pairing.ts';
import type { SshConnection } from '../ssh/client.ts';
import { type DoctorPatient, runDoctor } from './run-doctor.ts';
import { failure, outline, rung } from './test-bench.ts';
import { systemDoctorTools } from './tools.ts';

const TOKEN = 'upstream-doctor-token';

let model: ModelServer;
let gateway: UpstreamGateway;
let sshd: Sshd;
let home: string;
let early: { steps: Promise<DoctorStep[]>; shown: DoctorStep[] };

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'chela-doctor-'));
  mkdirSync(join(home, '.ssh'), { mode: 0o700 });
  [model, sshd] = await Promise.all([startModelServer(), startSshd()]);
  writeFileSync(join(home, '.ssh', 'known_hosts'), `${sshd.hostKeyLine}\n`);
  const port = await freePort();
  const starting = startUpstreamGateway({
    modelPort: model.port,
    token: TOKEN,
    port,
    config: { gateway: { nodes: { pairing: { autoApproveLocal: false } } } },
  });
  // One that climbs while the Gateway starts.
  const shown: DoctorStep[] = [];
  const listening = untilListening(port);
  early = { shown, steps: listening.then(async () => climb(planFor(port), await newDevice(), shown)) };
  gateway = await starting;
});
afterAll(async () => {
  await gateway?.stop();
  await Promise.all([sshd?.stop(), model?.stop()]);
  rmSync(home, { recursive: true, force: true });
});

async function untilListening(port: number): Promise<void> {
  for (;;) {
    const answered = await fetch(`http://127.0.0.1:${port}/healthz`).then(
      ({ ok }) => ok,
      () => false,
    );
    if (answered) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function newDevice(): Promise<DoctorPatient['device']> {
  const loaded = await loadDeviceIdentity(mkdtempSync(join(home, 'device-')));
  if (!loaded.ok) throw new Error(loaded.error.code);
  return loaded.value.identity;
}

const planFor = (gatewayPort: number, token = TOKEN): Extract<Plan, { tag: 'remote' }> => ({
  tag: 'remote',
  target: { user: sshd.user, host: '127.0.0.1', port: sshd.port },
  identityFile: sshd.clientKey,
  gatewayPort,
  localPort: gatewayPort,
  credentials: { token },
  engine: 'auto',
  hostKeyPolicy: 'strict',
  sideForwards: false,
});

async function climb(
  plan: ReturnType<typeof planFor>,
  device: DoctorPatient['device'],
  shown: DoctorStep[] = [],
): Promise<DoctorStep[]> {
  const { target, identityFile } = plan;
  const env = { PATH: process.env.PATH };
  const steps = await runDoctor(
    {
      plan,
      tools: systemDoctorTools({ target, identityFile, homeDir: home, env, unlockedKeys: new Map() }),
      ask: () => Promise.reject(new Error('nobody is there')),
      device,
      deviceTokens: createMemoryDeviceTokens(),
      version: '0.1.0',
    },
    { signal: new AbortController().signal, onStep: (step) => shown.push(step) },
  );
  expect(JSON.stringify(steps)).not.toContain(TOKEN);
  return steps;
}

/** The Gateway's host as a login there sees it: `openclaw` is on the PATH that `.profile` makes. */
function gatewayHost(): Pick<SshConnection, 'exec'> {
  putOnLoginPath(gateway.home);
  const stateDir = join(gateway.home, '.openclaw');
  const env = {
    HOME: gateway.home,
    PATH: '/usr/bin:/bin',
    OPENCLAW_STATE_DIR: stateDir,
    OPENCLAW_CONFIG_PATH: join(stateDir, 'openclaw.json'),
    OPENCLAW_NO_RESPAWN: '1',
    NO_COLOR: '1',
  };
  return {
    exec: (command, { timeoutMs }) =>
      new Promise((resolve) => {
        execFile('/bin/sh', ['-c', command], { env, timeout: timeoutMs }, (error, stdout, stderr) => {
          const code = error === null ? 0 : typeof error.code === 'number' ? error.code : null;
          resolve({ code, stdout, stderr });
        });
      }),
  };
}

test('R7: pairing required, approved on the host with the id from the rung, and then every rung holds', async () => {
  const device = await newDevice();
  const turnedAway = await climb(planFor(gateway.port), device);
  const { id, error, fix } = failure(turnedAway);
  expect([id, error.code]).toEqual(['pairing', 'GATEWAY_PAIRING_REQUIRED']);
  expect(fix).toEqual({ kind: 'action', action: 'approvePairing' });
  expect(rung(turnedAway, 'gatewayAuthentication').status).toBe('passed');
  const requestId = String(error.details?.requestId);
  expect(requestId).toMatch(/^[0-9a-f-]{36}$/);

  const connection = gatewayHost();
  const unknown = await approvePairing({ connection, requestId: '00000000-0000-4000-8000-000000000000' });
  expect(unknown).toMatchObject({ ok: false, error: { code: 'PAIRING_NOT_APPROVED' } });
  expect(await approvePairing({ connection, requestId })).toEqual({ ok: true, value: undefined });

  const steps = await climb(planFor(gateway.port), device);
  expect(outline(steps)).toEqual(doctorRungs.ssh.map((step) => `${step} passed`));
  expect(rung(steps, 'gatewayAuthentication').evidence?.values).toEqual({
    version: '2026.9.6',
    method: 'token',
  });
  expect(String(rung(steps, 'pairing').evidence?.values.scopes)).toContain('operator.write');
}, 120_000);

test('R7: the wrong token', async () => {
  const steps = await climb(planFor(gateway.port, 'not-the-token'), await newDevice());
  expect(failure(steps)).toMatchObject({
    id: 'gatewayAuthentication',
    error: { code: 'GATEWAY_TOKEN_MISMATCH' },
    fix: { kind: 'action', action: 'openSettings' },
  });
  expect(JSON.stringify(steps)).not.toContain('not-the-token');
});

test('a Gateway that is just starting is seen through to its answer', async () => {
  const steps = await early.steps;
  expect(outline(steps)).not.toContain('gatewayAuthentication failed GATEWAY_STARTING');
  expect(failure(steps)).toMatchObject({ id: 'pairing' });
  expect(early.shown.some(({ evidence }) => evidence?.key === 'starting')).toBe(true);
});
