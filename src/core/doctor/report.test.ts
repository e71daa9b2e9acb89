import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type DoctorStep, doctorRungs } from '../../shared/contract/doctor.ts';
import { appError, type ErrorCode, errorTable } from '../../shared/errors.ts';
import { en } from '../../shared/i18n/en/index.ts';
import { fixFor } from './fixes.ts';
import { doctorReport } from './report.ts';

const canaries = {
  token: 'c4n4ry-t0ken-8f2e',
  key: '-----BEGIN OPENSSH PRIVATE KEY-----\nQ0FOQVJZS0VZ',
  fingerprint: 'SHA256:CANARYcanaryCANARYcanaryCANARYcanaryCANARYcan',
  user: 'canary-ursula',
  host: 'canary-host.example',
  address: '203.0.113.77',
  path: '/home/canary-ursula/.ssh/id_ed25519',
};
const canaryList = Object.values(canaries);

const codes = Object.keys(errorTable) as ErrorCode[];
const wordsOf = (node: object): string[] =>
  Object.values(node).flatMap((value) =>
    typeof value === 'string'
      ? [...value.matchAll(/{{(\w+)}}/g)].map((found) => found[1] ?? '')
      : wordsOf(value),
  );
/** Every name that any sentence of a rung asks for. */
const valueNames = [...new Set([...wordsOf(en.doctor.evidence), ...wordsOf(en.errors), 'cause', 'offered'])];

const canary = fc.constantFrom(...canaryList);
const around = fc.constantFrom('', ' ', 'OpenSSH_9.2p1 ', '2026.9.6', 'token', 'ECONNREFUSED', ', ', '\n');
const tainted = fc.oneof(
  canary,
  fc.tuple(around, canary, around).map((parts) => parts.join('')),
);
const values = fc.dictionary(fc.constantFrom(...valueNames), tainted);

const step = fc
  .record({
    id: fc.constantFrom(...doctorRungs.ssh),
    status: fc.constantFrom('passed', 'failed', 'skipped', 'running'),
    ms: fc.option(fc.nat()),
    evidence: fc.option(
      fc.record({ key: fc.oneof(fc.constantFrom(...Object.keys(en.doctor.evidence)), tainted), values }),
    ),
    code: fc.option(fc.constantFrom(...codes)),
    message: tainted,
    details: fc.dictionary(fc.constantFrom(...valueNames), fc.oneof(tainted, fc.array(tainted))),
  })
  .map(({ code, message, details, ...rest }): DoctorStep => {
    const error = code === null ? null : appError(code, message, { details });
    const fix = error && fixFor(error, { mode: 'remote', usesOpenssh: false });
    const command = {
      kind: 'command',
      command: `ssh ${canaries.user}@${canaries.host}`,
      where: 'here',
    } as const;
    return { ...rest, error, fix: fix?.kind === 'command' ? command : fix };
  });

describe('doctorReport', () => {
  test('R36: without names, nothing of anybody’s gets in, wherever it stands', () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 12 }), (steps) => {
        const report = doctorReport(steps, { withNames: false });
        for (const secret of canaryList) {
          expect(report).not.toContain(secret);
          for (const part of secret.split('\n')) expect(report).not.toContain(part);
        }
      }),
      { numRuns: 1000 },
    );
  });

  test('what names nobody is still told', () => {
    const steps: DoctorStep[] = [
      {
        id: 'banner',
        status: 'passed',
        ms: 12,
        evidence: { key: 'banner', values: { software: 'OpenSSH_9.2p1 Debian-2+canary-host' } },
        error: null,
        fix: null,
      },
      {
        id: 'forward',
        status: 'failed',
        ms: 3,
        evidence: { key: 'notForwarded', values: { port: 18789 } },
        error: appError('FORWARD_NOTHING_LISTENING', 'x', { details: { host: canaries.host, port: 18789 } }),
        fix: { kind: 'command', command: 'openclaw gateway start', where: 'remote' },
      },
    ];
    expect(doctorReport(steps, { withNames: false })).toBe(
      [
        'Chela doctor report',
        'passed  SSH server (12 ms)',
        '        It greets as OpenSSH_9.2p1.',
        'failed  Port forward (3 ms)',
        '        No channel to port 18789 was opened.',
        '        FORWARD_NOTHING_LISTENING: No Gateway on port 18789 of <host>. SSH works, but nothing listens on port 18789 over there.',
        '        Fix: Start the Gateway on <host>, or correct the Gateway port in Settings.',
        '',
      ].join('\n'),
    );
    const complete = doctorReport(steps, { withNames: true });
    expect(complete).toContain('Debian-2+canary-host');
    expect(complete).toContain(`port 18789 of ${canaries.host}`);
    expect(complete).toContain('Run on the Gateway’s host: openclaw gateway start');
  });

  test('a value with line breaks cannot forge a rung', () => {
    const forged: DoctorStep = {
      id: 'http',
      status: 'failed',
      ms: 1,
      evidence: { key: 'notHttp', values: { text: 'x\npassed  Health (1 ms)' } },
      error: null,
      fix: null,
    };
    expect(doctorReport([forged], { withNames: true }).split('\n')).toHaveLength(4);
  });
});
