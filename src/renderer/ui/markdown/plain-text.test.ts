import { describe, expect, it } from 'vitest';
import { plainText } from './plain-text.ts';

describe('hostile text', () => {
  it('has no codes for terminals, nothing invisible, no turned direction, no broken characters', () => {
    expect(plainText('\u001b[31mred\u001b[0m \u001b]8;;http://x\u0007link\u001b]8;;\u0007')).toBe('red link');
    expect(plainText('pass\u200bword\ufeff')).toBe('password');
    expect(plainText('a\u202egpj.exe')).toBe('a[U+202E]gpj.exe');
    expect(plainText('half \ud83d!')).toBe('half \ufffd!');
  });

  it('keeps what words and emoji are made of', () => {
    const text = 'می‌خواهم 👩‍👩‍👧 עברית 漢字\tand\nlines';
    expect(plainText(text)).toBe(text);
  });
});
