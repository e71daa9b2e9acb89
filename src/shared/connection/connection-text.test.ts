import { expect, it } from 'vitest';
import { createTranslator } from '../i18n/index.ts';
import { connectionText } from './connection-text.ts';

const error = { code: 'GATEWAY_CLOSED', message: 'x', retryable: true } as const;
const lost = { tag: 'reconnecting', attempt: 1, retryAt: 3000, error } as const;

it.each([
  ['en', '', 'Reconnecting to the Gateway on this computer in 3 s'],
  ['zh-Hant', '', '3 秒後重新連線到這台電腦上的 Gateway'],
  ['zh-Hant', 'ada@studio', '3 秒後重新連線到 ada@studio'],
] as const)('R6: the one line in %s, to “%s”', (locale, target, line) => {
  const mode = target === '' ? 'local' : 'remote';
  const snapshot = { mode, target, connection: lost, tunnel: { tag: 'stopped' } } as const;
  expect(connectionText(snapshot, createTranslator(locale), 0)).toBe(line);
});
