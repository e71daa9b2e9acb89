import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect } from 'vitest';
import type { Sshd } from '../../../e2e/fixtures/sshd.ts';
import { startGateway } from '../../gateway/index.ts';
import { type DoctorStep, doctorRungs } from '../../shared/contract/doctor.ts';
import { describeStep } from '../../shared/doctor-text.ts';
import { en } from '../../shared/i18n/en/index.ts';
import { createTranslator } from '../../shared/i18n/index.ts';
import type { Plan } from '../connection/plan.ts';
import { loadDeviceIdentity } from '../device/device-identity.ts';
import { createMemoryDeviceTokens } from '../device/device-tokens.ts';
import type { AskQuestion } from '../questions.ts';
import { makeSshBench, person } from '../ssh/test-bench.ts';
import type { SshEngine } from '../tunnel/tunnel.ts';
import { doctorReport } from './report.ts';
import { type DoctorPatient, runDoctor } from './run-doctor.ts';
import { type FakeEnd, rung, startFakeEnd } from './test-bench.ts';
import { type DoctorTools, systemDoctorTools } from './tools.ts';

export const TOKEN = 'canary-token-5b1f0a';

export type Remote = Extract<Plan, { tag: 'remote' }>;
export type Climb = {
  tools?: Partial<DoctorTools>;
  ask?: AskQuestion;
  connect?: SshEngine;
  signal?: AbortSignal;
  onStep?: (step: DoctorStep) => void;
  timeoutMs?: number;
  deviceTokens?: DoctorPatient['deviceTokens'];
};

/** For tests alone: a bench with a home, servers and a device, on which the doctor climbs. */
export function makeClimbBench() {
  const bench = makeSshBench();
  let device: DoctorPatient['device'];
  beforeEach(async () => {
    const loaded = await loadDeviceIdentity(mkdtempSync(join(bench.home, 'device-')));
    if (!loaded.ok) throw new Error(loaded.error.code);
    device = loaded.value.identity;
  });

  function climb(plan: Plan, { tools, ask = person().ask, signal, onStep, connect, ...rest }: Climb = {}) {
    const ssh =
      plan.tag === 'remote'
        ? {
            target: plan.target,
            identityFile: plan.identityFile,
            homeDir: bench.home,
            env: { PATH: process.env.PATH },
            unlockedKeys: new Map(),
            ...(connect && { connect }),
          }
        : null;
    return runDoctor(
      {
        plan,
        tools: { ...systemDoctorTools(ssh), ...tools },
        ask,
        device,
        deviceTokens: createMemoryDeviceTokens(),
        version: '0.1.0',
        timeoutMs: 2000,
        ...rest,
      },
      { signal: signal ?? new AbortController().signal, onStep: onStep ?? (() => {}) },
    );
  }

  const remote = (
    sshd: Pick<Sshd, 'port' | 'user' | 'clientKey'>,
    gatewayPort: number,
    over: Partial<Remote> = {},
  ): Remote => ({
    tag: 'remote',
    target: { user: sshd.user, host: '127.0.0.1', port: sshd.port },
    identityFile: sshd.clientKey,
    gatewayPort,
    localPort: gatewayPort,
    credentials: { token: TOKEN },
    engine: 'auto',
    hostKeyPolicy: 'strict',
    sideForwards: false,
    ...over,
  });

  const local = (port: number, token = TOKEN): Plan => ({
    tag: 'local',
    port,
    gateway: 'auto',
    access: { auth: { mode: 'token', token }, nodes: { pairing: { autoApproveLocal: true } } },
    attach: {},
    model: null,
    agent: {},
  });

  async function trusted(options: Parameters<typeof bench.server>[0] = {}) {
    const sshd = await bench.server(options);
    bench.trust(sshd);
    return sshd;
  }

  async function gateway() {
    const started = await startGateway({
      port: 0,
      stateDir: mkdtempSync(join(bench.home, 'gateway-')),
      auth: { mode: 'token', token: TOKEN },
      model: null,
      locale: 'en',
      version: '0.1.0',
      discoverModelServers: false,
    });
    bench.defer(() => started.stop());
    return Number(new URL(started.url).port);
  }

  async function fakeEnd(fake: FakeEnd) {
    const end = await startFakeEnd(fake);
    bench.defer(() => end.stop());
    return end;
  }

  return { bench, climb, remote, local, trusted, gateway, fakeEnd };
}

/** Every rung above the failed one was skipped for it, every one below held. */
export function expectLadder(
  steps: readonly DoctorStep[],
  failedId: DoctorStep['id'],
  rungs: readonly DoctorStep['id'][] = doctorRungs.ssh,
) {
  expect(steps.map(({ id }) => id)).toEqual(rungs);
  const at = rungs.indexOf(failedId);
  for (const [index, step] of steps.entries()) {
    if (index > at) expect(step).toMatchObject({ status: 'skipped', evidence: { key: 'stoodOnFailed' } });
    else if (index < at) expect(step).toMatchObject({ status: expect.not.stringMatching(/failed|running/) });
  }
  for (const step of steps) expectWords(step);
  const told = describeStep(rung(steps, failedId), createTranslator('en'));
  expect(`${told.problem?.title} ${told.problem?.body} ${told.fix?.sentence} ${told.evidence}`).not.toMatch(
    /{{|}}|undefined|errors\.|causes\.|doctor\./,
  );
  expect(told.fix).not.toBeNull();
  expect(JSON.stringify(steps)).not.toContain(TOKEN);
  expect(doctorReport(steps, { withNames: false })).not.toContain('127.0.0.1');
}

const placeholders = (text: string) => [...text.matchAll(/{{(\w+)}}/g)].map((found) => found[1]);

/** Every value that the sentences ask for is there. */
export function expectWords({ evidence, error }: DoctorStep) {
  if (evidence) {
    const sentence = en.doctor.evidence[evidence.key as keyof typeof en.doctor.evidence];
    expect([evidence.key, Object.keys(evidence.values).sort()]).toEqual([
      evidence.key,
      [...new Set(placeholders(sentence))].sort(),
    ]);
  }
  if (error) {
    const { title, body, fix } = en.errors[error.code];
    const given = Object.keys(error.details ?? {});
    if (given.includes('cause')) given.push('reason');
    expect([error.code, ...given]).toEqual(
      expect.arrayContaining([error.code, ...placeholders(title + body + fix)]),
    );
  }
}

export const oneInterface = () => ({
  eth0: [
    {
      address: '192.0.2.7',
      netmask: '255.255.255.0',
      family: 'IPv4' as const,
      mac: '00:00:00:00:00:00',
      internal: false,
      cidr: null,
    },
  ],
});

export async function whenTrue(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await new Promise((resolve) => setImmediate(resolve));
}

/** Pauses between two tries are a hundredth; timeouts are as they were. */
export const hasty: DoctorTools['clock'] = {
  now: Date.now,
  after(delayMs, run) {
    const timer = setTimeout(run, delayMs <= 1500 ? delayMs / 100 : delayMs);
    return () => clearTimeout(timer);
  },
};

export const helloOk = {
  type: 'hello-ok',
  protocol: 4,
  server: { version: '2026.9.6' },
  features: { methods: [], events: [] },
  snapshot: {},
  policy: { tickIntervalMs: 30_000, maxPayload: 26_214_400, maxBufferedBytes: 52_428_800 },
  auth: { method: 'token', role: 'operator', scopes: ['operator.read'] },
};
