import { describe, expect, test } from 'vitest';
import type { DoctorStep } from './contract/doctor.ts';
import { approvalCommand, describeStep } from './doctor-text.ts';
import { appError } from './errors.ts';
import { createTranslator } from './i18n/index.ts';

const rung = (over: Partial<DoctorStep>): DoctorStep => ({
  id: 'http',
  status: 'passed',
  ms: 1,
  evidence: null,
  error: null,
  fix: null,
  ...over,
});

describe('describeStep', () => {
  test('a rung that holds has a title and what was seen, in the language asked for', () => {
    const values = { status: 404, bodyKind: 'html', server: 'nginx' };
    const step = rung({ evidence: { key: 'httpOther', values } });
    expect(describeStep(step, createTranslator('en'))).toEqual({
      title: 'HTTP answer',
      evidence: 'HTTP 404, a web page, server “nginx”.',
      problem: null,
      fix: null,
    });
    expect(describeStep(step, createTranslator('zh-Hant')).evidence).toBe(
      'HTTP 404，一個網頁，伺服器「nginx」。',
    );
  });

  test('a command is one line and says where it runs', () => {
    const step = rung({
      status: 'failed',
      error: appError('FORWARD_NOTHING_LISTENING', '', { details: { host: 'h', port: 1 } }),
      fix: { kind: 'command', command: 'openclaw gateway start', where: 'remote' },
    });
    const { fix, problem } = describeStep(step, createTranslator('en'));
    expect(problem?.title).toBe('No Gateway on port 1 of h');
    expect(fix).toMatchObject({ command: { line: 'openclaw gateway start', where: 'remote' }, action: null });
  });

  test('the button that approves pairing comes with the command that does the same', () => {
    const step = (requestId: string) =>
      rung({
        id: 'pairing',
        status: 'failed',
        error: appError('GATEWAY_PAIRING_REQUIRED', '', { details: { requestId, reason: 'not-paired' } }),
        fix: { kind: 'action', action: 'approvePairing' },
      });
    const t = createTranslator('en');
    expect(describeStep(step('4f-1'), t).fix).toMatchObject({
      action: 'approvePairing',
      command: { line: 'openclaw devices approve 4f-1', where: 'remote' },
    });
    expect(describeStep(step('4f;reboot'), t).fix?.command).toBeNull();
  });

  test('only a plain id becomes a part of a command', () => {
    expect(approvalCommand('0b5c9c1e-5d8f-4f6e-9d1c-000000000000')).toMatch(/^openclaw devices approve 0b5c/);
    for (const bad of ['', '-x', 'a b', 'a\n', '$(x)', '`x`', "'", 'ü', 'a'.repeat(65), 7, null]) {
      expect(approvalCommand(bad)).toBeNull();
    }
  });
});
