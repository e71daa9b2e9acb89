import { describe, expect, it } from 'vitest';
import { readMarkdown } from './processor.ts';
import { splitBlocks } from './split-blocks.ts';

const sources = (text: string) => splitBlocks(text).blocks.map((block) => block.source);

describe('blocks of a message (R8)', () => {
  it('are cut at the top level only, and are the text when joined', () => {
    const text =
      '# One\n\ntwo\nthree\n\n```js\na\n\nb\n```\n\n- x\n\n  y\n\n| a | b |\n|---|---|\n| 1 | 2 |\n';
    expect(sources(text).join('')).toBe(text);
    expect(sources(text).map((source) => source.split('\n')[0])).toEqual([
      '# One',
      'two',
      '```js',
      '- x',
      '| a | b |',
    ]);
  });

  it('keep what stands while a stream goes on: the same objects, and the same result as from the start', () => {
    const whole = 'one\n\ntwo\n\n```js\nlet a;\n\nlet b;\n```\n\nlast **words**\n\nend';
    let split = splitBlocks('');
    for (let at = 1; at <= whole.length; at++) {
      const next = splitBlocks(whole.slice(0, at), split);
      if (at > 40) expect(next.blocks[0]).toBe(split.blocks[0]);
      split = next;
    }
    expect(split.blocks).toEqual(splitBlocks(whole).blocks);
  });

  it('know what is in a block of code, closed or still being written', () => {
    const code = (text: string) => splitBlocks(text).blocks.map((block) => block.code);
    expect(code('```ts title=x\nlet a;\n\n  b\n```\n\nafter')).toEqual([
      { text: 'let a;\n\n  b', language: 'ts' },
      null,
    ]);
    expect(code('~~~\nlet')).toEqual([{ text: 'let', language: '' }]);
  });

  it('keep a list, and what its items hold, together', () => {
    const list = '1. one\n\n   ```js\n   a\n\n   b\n   ```\n\n2. two\n\n   more\n';
    expect(sources(`before\n\n${list}\nafter`)).toEqual(['before\n\n', `${list}\n`, 'after']);
    // Not indented enough to be in the item: code of its own, to its end.
    expect(sources('1. one\n  ```js\na\n\nb\n  ```\n\nafter')).toHaveLength(2);
  });

  it('leave a formula whole', () => {
    expect(sources('$$\na\n\nb\n$$\n\nafter')).toEqual(['$$\na\n\nb\n$$\n\n', 'after']);
    expect(sources('\\[\na\n\nb\n\\]\n\nafter')).toEqual(['\\[\na\n\nb\n\\]\n\n', 'after']);
    expect(sources('it costs $$ or so\n\n\\[x] no task\n\nafter')).toHaveLength(3);
  });

  const needs = (text: string) => splitBlocks(text).blocks.map((block) => block.definitions);

  it('are read with the definitions of what they name, wherever those stand', () => {
    const text =
      'See [A  b], [it][c] and [^1].\n\nNo names.\n\n![][C]\n\n[a b]: https://example.com/a(b "Title"\n[c]: <x>\n\n[^1]: Note [c].';
    expect(needs(text)).toEqual([
      '[a b]: <https://example.com/a(b>\n\n[c]: <x>\n\n[^1]:\n\n',
      '',
      '[c]: <x>\n\n',
      '',
      '[c]: <x>\n\n',
    ]);
  });

  it.each([
    '```\n[a]: /x\n```',
    '```\nx\n\n[a]: /x',
    '- x\n  ```\n  [a]: /x\n  ```',
    '    [a]: /x',
    '`[a]: /x`',
    'words\n[a]: /x',
    '[a]: /x and more',
    '[a]:',
    '[a]: \\',
    '[a]: a<b',
    '[ ]: /x',
    '$$\n\n[a]: /x\n$$',
  ])('take no definition where there is none: %j', (text) => {
    expect(needs(`see [a] and [ ]\n\n${text}`).join('')).toBe('');
  });

  it.each(['[a]: /x', '[ a\tb ]:</x> (t', '[`*]: `*`', '[&amp;]: &lt;&#10;', '[^a`]: ```', '[a]: x&y"('])(
    'draw nothing of a definition that stands elsewhere: %j',
    (text) => {
      const markdown = splitBlocks(text).blocks.flatMap(({ defines }) => defines.map((one) => one.markdown));
      expect(markdown).toHaveLength(1);
      const drawn = (block: string) =>
        JSON.stringify(readMarkdown(block), (key, value: unknown) => (key === 'position' ? null : value));
      expect(drawn(`${markdown}- one\n\n  two`)).toBe(drawn('- one\n\n  two'));
    },
  );

  it('take a long line that is no definition in no time', () => {
    const started = performance.now();
    for (const part of ['[a', '[', 'a ', '[a]: ', '[^', '\\'])
      splitBlocks(`[${part.repeat(100_000)}\n\n[a]: /x`);
    expect(performance.now() - started).toBeLessThan(2000);
  });

  it('stay the same objects when a definition comes that they do not name', () => {
    const before = splitBlocks('one [a]\n\ntwo\n\n```js\nthree\n```\n\nfour [^1]\n\nfive');
    const after = splitBlocks(`${before.text}\n\n[^1]: note`, before);
    expect(after.blocks.map((block, at) => block === before.blocks[at])).toEqual([
      true,
      true,
      true,
      false,
      false,
      false,
    ]);
    const further = splitBlocks(`${after.text}, and more`, after);
    expect(further.blocks.map((block, at) => block === after.blocks[at])).toEqual([
      true,
      true,
      true,
      true,
      true,
      false,
    ]);
    // What is no definition any more is taken back.
    const [link, broken] = ['see [a]\n\nb\n\n[a]: /x', 'see [a]\n\nb\n\n[a]: /x y'];
    expect(splitBlocks(broken, splitBlocks(link)).blocks).toEqual(splitBlocks(broken).blocks);
  });
});
