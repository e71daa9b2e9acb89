import { describe, expect, it } from 'vitest';
import { errorTable } from '../errors.ts';
import { catalogues, createTranslator } from './index.ts';
import { localeFor } from './locale.ts';

type Entry = [key: string, text: string];

function entries(node: object, prefix = ''): Entry[] {
  return Object.entries(node).flatMap(([key, value]): Entry[] => {
    const path = prefix === '' ? key : `${prefix}.${key}`;
    return typeof value === 'string' ? [[path, value]] : entries(value as object, path);
  });
}

const placeholders = (text: string) => [...text.matchAll(/{{(\w+)}}/g)].map((match) => match[1]).sort();
/** i18next plural suffixes: English needs one and other, Chinese only other. */
const withoutPlural = (key: string) => key.replace(/_(one|other)$/, '');

const english = entries(catalogues.en);
const chinese = entries(catalogues['zh-Hant']);

describe('catalogues', () => {
  it('have the same keys', () => {
    const keys = (list: Entry[]) => [...new Set(list.map(([key]) => withoutPlural(key)))].sort();
    expect(english.length).toBeGreaterThan(100);
    expect(keys(chinese)).toEqual(keys(english));
  });

  it('use the same placeholders', () => {
    const byKey = new Map(chinese);
    for (const [key, text] of english) {
      const other = byKey.get(key) ?? byKey.get(`${withoutPlural(key)}_other`);
      expect([key, placeholders(other ?? '')]).toEqual([key, placeholders(text)]);
    }
  });

  it('leave no text empty and none untranslated by accident', () => {
    for (const [key, text] of [...english, ...chinese]) expect([key, text.trim()]).not.toEqual([key, '']);
  });

  it('have a title, a body and one fix for every error code', () => {
    for (const locale of ['en', 'zh-Hant'] as const) {
      expect(Object.keys(catalogues[locale].errors).sort()).toEqual(Object.keys(errorTable).sort());
    }
  });
});

describe('localeFor', () => {
  it.each([
    ['zh-TW', 'zh-Hant'],
    ['zh_TW.UTF-8', 'zh-Hant'],
    ['zh-Hant-HK', 'zh-Hant'],
    ['zh', 'zh-Hant'],
    ['zh-CN', 'en'],
    ['en-GB', 'en'],
    ['C', 'en'],
    [undefined, 'en'],
  ])('%s → %s', (tag, locale) => {
    expect(localeFor(tag)).toBe(locale);
  });
});

describe('createTranslator', () => {
  it('interpolates without escaping', () => {
    const t = createTranslator('en');
    expect(t('errors.SSH_HOST_NOT_FOUND.title', { host: 'a<b' })).toBe('No computer called a<b');
  });

  it('leaves no gap before a Chinese name, and the space before a Latin one', () => {
    const t = createTranslator('zh-Hant');
    const where = t('connection.localGateway');
    expect(t('connection.connected', { where })).toBe('已連線到這台電腦上的 Gateway');
    expect(t('connection.connected', { where: 'studio' })).toBe('已連線到 studio');
  });
});
