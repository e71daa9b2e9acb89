import { expect, it } from 'vitest';
import { appError, type ErrorCode, errorTable } from '../../shared/errors.ts';
import { createTranslator } from '../../shared/i18n/index.ts';
import { describeHere } from './describe-here.ts';

/** The window of the app; macOS’s own System Settings are none, and neither is the file. */
const WINDOW = /(?<!System )\bSettings\b|「設定」|設定中|Chela 的設定|by itself/;

it.each(Object.keys(errorTable) as ErrorCode[])('%s sends nobody to a window (R11)', (code) => {
  for (const locale of ['en', 'zh-Hant'] as const) {
    const { fix } = describeHere(appError(code, 'x'), createTranslator(locale));
    expect(fix).not.toMatch(WINDOW);
    expect(fix).not.toContain('cli.fixes');
  }
});

it('names the values of the error, and the place in a broken file as editors take it (R12)', () => {
  const t = createTranslator('en');
  const details = { host: 'den', port: 22, file: '/a/b.json', line: 2, column: 7, reason: 'odd' };
  expect(describeHere(appError('SSH_REFUSED', 'x', { details }), t).fix).toContain('user@den:PORT');
  expect(describeHere(appError('OPENCLAW_CONFIG_BROKEN', 'x', { details }), t).body).toBe(
    '/a/b.json:2:7: odd.',
  );
});
