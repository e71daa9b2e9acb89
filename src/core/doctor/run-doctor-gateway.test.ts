import { describe, expect, test } from 'vitest';
import { freePort } from '../../../e2e/fixtures/free-port.ts';
import { type DoctorStep, doctorRungs } from '../../shared/contract/doctor.ts';
import { describeStep } from '../../shared/doctor-text.ts';
import { createTranslator } from '../../shared/i18n/index.ts';
import { createMemoryDeviceTokens } from '../device/device-tokens.ts';
import type { AskQuestion } from '../questions.ts';
import { expectLadder, hasty, helloOk, makeClimbBench, TOKEN, whenTrue } from './climb-bench.ts';
import { challenge, failure, outline, rung } from './test-bench.ts';

const { bench, climb, remote, local, trusted, gateway, fakeEnd } = makeClimbBench();

describe('the ladder in local mode', () => {
  test('skips what SSH is about and says why', async () => {
    const steps = await climb(local(await gateway()));
    const skipped = steps.filter(({ status }) => status === 'skipped');
    expect(skipped.map(({ id }) => id)).toEqual([
      'network',
      'dns',
      'banner',
      'hostKey',
      'sshAuthentication',
      'forward',
    ]);
    for (const step of skipped) expect(step.evidence?.key).toBe('notInLocalMode');
    expect(outline(steps.filter(({ status }) => status !== 'skipped'))).toEqual(
      ['tcp', 'http', 'challenge', 'gatewayAuthentication', 'pairing', 'health'].map((id) => `${id} passed`),
    );
  });

  test('nothing listens', async () => {
    const port = await freePort();
    const steps = await climb(local(port));
    expect(failure(steps)).toMatchObject({ id: 'tcp', error: { code: 'GATEWAY_UNREACHABLE' } });
  });

  test('the wrong token, which appears nowhere', async () => {
    const port = await gateway();
    const steps = await climb(local(port, 'canary-wrong-token'));
    expect(failure(steps)).toMatchObject({
      id: 'gatewayAuthentication',
      error: { code: 'GATEWAY_TOKEN_MISMATCH' },
      evidence: { key: 'refusedSignIn', values: { method: 'token' } },
      fix: { action: 'openSettings' },
    });
    expect(JSON.stringify(steps)).not.toContain('canary-wrong-token');
    expectLadder(steps, 'gatewayAuthentication');
  });

  test('a server that echoes the token does not get it into a rung', async () => {
    const end = await fakeEnd({
      refusal: () => ({
        error: {
          code: 'INVALID_REQUEST',
          message: `bad token ${TOKEN}`,
          details: { code: 'AUTH_UNAUTHORIZED' },
        },
        closeCode: 1008,
      }),
    });
    const told: DoctorStep[] = [];
    const steps = await climb(local(end.port), { onStep: (step) => told.push(step) });
    expect(failure(steps).error.code).toBe('GATEWAY_AUTH_REFUSED');
    expect(JSON.stringify([steps, told])).not.toContain(TOKEN);
    expect(JSON.stringify(steps)).toContain('bad token •••');
  });

  test('a Gateway that is still starting is waited for, and that shows', async () => {
    const end = await fakeEnd({
      refusal: (count) =>
        count > 2
          ? null
          : {
              error: {
                code: 'UNAVAILABLE',
                message: 'starting',
                retryable: true,
                retryAfterMs: 5,
                details: { reason: 'startup-sidecars', retryAfterMs: 5 },
              },
              closeCode: 1013,
            },
    });
    const shown: DoctorStep[] = [];
    const steps = await climb(local(end.port), {
      onStep: (step) => shown.push(step),
      tools: { clock: hasty },
    });
    expect(rung(steps, 'gatewayAuthentication').status).toBe('passed');
    const waits = shown.filter(({ evidence }) => evidence?.key === 'starting');
    expect(waits.map(({ status, evidence }) => [status, evidence?.values.attempt])).toEqual([
      ['running', 2],
      ['running', 3],
    ]);
  });

  test('one that never comes up, and hangs up before the challenge', async () => {
    const end = await fakeEnd({ onSocket: (socket) => socket.close(1013, 'gateway starting') });
    const steps = await climb(local(end.port), { tools: { clock: hasty } });
    expect(failure(steps)).toMatchObject({
      id: 'challenge',
      error: { code: 'GATEWAY_STARTING', retryable: true },
    });
    expectLadder(steps, 'challenge');
  });

  test('a WebSocket that sends no challenge', async () => {
    const end = await fakeEnd({ onSocket: () => {} });
    const steps = await climb(local(end.port), { timeoutMs: 150 });
    expect(failure(steps)).toMatchObject({
      id: 'challenge',
      error: { code: 'NOT_A_GATEWAY', details: { port: end.port } },
    });
  });

  test('a protocol mismatch names both versions and whom to update', async () => {
    const refuse = (expectedProtocol: number) => ({
      refusal: () => ({
        error: {
          code: 'INVALID_REQUEST',
          message: 'protocol mismatch',
          details: { code: 'PROTOCOL_MISMATCH', expectedProtocol },
        },
        closeCode: 1002,
      }),
    });
    const end = await fakeEnd(refuse(5));
    const steps = await climb(local(end.port));
    expect(failure(steps)).toMatchObject({
      id: 'gatewayAuthentication',
      error: { code: 'GATEWAY_PROTOCOL_MISMATCH' },
      evidence: { key: 'protocols', values: { ours: 4, theirs: 5 } },
    });
    const sshd = await trusted();
    const older = await fakeEnd(refuse(3));
    const far = await climb(remote(sshd, older.port));
    expect(failure(far).fix).toEqual({ kind: 'command', command: 'openclaw update', where: 'remote' });
  });

  test('clocks that differ are seen; they are the error when the signature is refused for it', async () => {
    const clockOffMs = -3_600_000;
    const fine = await climb(local((await fakeEnd({ clockOffMs })).port));
    expect(outline(fine)).toContain('gatewayAuthentication passed');
    expect(rung(fine, 'http').evidence?.key).toBe('healthzSkewed');
    const refusal = () => ({
      error: {
        code: 'INVALID_REQUEST',
        message: 'device signature expired',
        details: { code: 'DEVICE_AUTH_SIGNATURE_EXPIRED' },
      },
      closeCode: 1008,
    });
    const steps = await climb(local((await fakeEnd({ clockOffMs, refusal })).port));
    const { id, error } = failure(steps);
    expect(id).toBe('gatewayAuthentication');
    expect(error.code).toBe('CLOCK_SKEW');
    expect(error.details?.seconds).toBeGreaterThan(3590);
    expect(error.details?.seconds).toBeLessThan(3610);
    const same = await climb(local((await fakeEnd({ refusal })).port));
    expect(failure(same).error.code).toBe('GATEWAY_DEVICE_REFUSED');
    expectLadder(steps, 'gatewayAuthentication');
  });

  test('a pairing request that could be more than an id is not put into a command', async () => {
    const pairing = (requestId: string) => ({
      refusal: () => ({
        error: {
          code: 'NOT_PAIRED',
          message: 'pairing required',
          details: { code: 'PAIRING_REQUIRED', reason: 'not-paired', requestId },
        },
        closeCode: 1008,
      }),
    });
    const good = await climb(local((await fakeEnd(pairing('3f0c-11'))).port));
    expect(failure(good)).toMatchObject({
      id: 'pairing',
      error: { code: 'GATEWAY_PAIRING_REQUIRED' },
      fix: { kind: 'command', command: 'openclaw devices approve 3f0c-11', where: 'here' },
    });
    expect(rung(good, 'gatewayAuthentication')).toMatchObject({
      status: 'passed',
      evidence: { key: 'credentialAccepted' },
    });
    const bad = await climb(local((await fakeEnd(pairing('x;touch /tmp/y'))).port));
    expect(failure(bad).fix).toEqual({ kind: 'action', action: 'retry' });
    const { fix } = describeStep(failure(bad), createTranslator('en'));
    expect(`${fix?.sentence} ${fix?.command?.line}`).not.toContain('touch');
  });

  test('health that does not come', async () => {
    const end = await fakeEnd({
      onSocket: (socket) => {
        challenge(socket);
        socket.on('message', (data) => {
          const { id, method } = JSON.parse(data.toString()) as { id: string; method: string };
          if (method === 'connect')
            socket.send(JSON.stringify({ type: 'res', id, ok: true, payload: helloOk }));
          else socket.close(1012, 'service restart');
        });
      },
    });
    const steps = await climb(local(end.port));
    expect(failure(steps)).toMatchObject({ id: 'health', error: { code: 'GATEWAY_CLOSED' } });
    await expect.poll(end.open).toBe(0);
  });

  test('the stored device token is used and kept as it is', async () => {
    const port = await gateway();
    const deviceTokens = createMemoryDeviceTokens();
    deviceTokens.set('local', 'operator', { token: 'stale-device-token', scopes: ['operator.read'] });
    const steps = await climb(local(port), { deviceTokens });
    expect(outline(steps)).toContain('health passed');
    expect(deviceTokens.get('local', 'operator')).toEqual({
      token: 'stale-device-token',
      scopes: ['operator.read'],
    });
  });
});

describe('stopping', () => {
  test('the rungs that are left are skipped, and every socket is gone', async () => {
    const end = await fakeEnd({ onSocket: () => {} });
    const stop = new AbortController();
    const steps = await climb(local(end.port), {
      signal: stop.signal,
      timeoutMs: 60_000,
      onStep: ({ id }) => {
        if (id === 'challenge') void whenTrue(() => end.open() === 1).then(() => stop.abort());
      },
    });
    expect(rung(steps, 'http').status).toBe('passed');
    for (const id of ['challenge', 'gatewayAuthentication', 'pairing', 'health'] as const) {
      expect(rung(steps, id)).toMatchObject({ status: 'skipped', evidence: { key: 'stopped' } });
    }
    await expect.poll(end.open).toBe(0);
  });

  test('in the middle of a question', async () => {
    const sshd = await bench.server();
    const stop = new AbortController();
    const ask: AskQuestion = (_question, signal) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason), { once: true });
        stop.abort();
      });
    const steps = await climb(remote(sshd, 1), { ask, signal: stop.signal });
    expect(rung(steps, 'banner').status).toBe('passed');
    expect(rung(steps, 'hostKey')).toMatchObject({ status: 'skipped', evidence: { key: 'stopped' } });
  });

  test('before it began', async () => {
    const steps = await climb(local(1), { signal: AbortSignal.abort() });
    expect(steps).toHaveLength(doctorRungs.ssh.length);
    expect(steps.filter(({ status }) => status !== 'skipped')).toEqual([]);
  });
});
