import { describe, expect, it } from 'vitest';
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

  it('leave a formula and a text with definitions whole', () => {
    expect(sources('$$\na\n\nb\n$$\n\nafter')).toEqual(['$$\na\n\nb\n$$\n\n', 'after']);
    expect(sources('\\[\na\n\nb\n\\]\n\nafter')).toEqual(['\\[\na\n\nb\n\\]\n\n', 'after']);
    expect(sources('it costs $$ or so\n\n\\[x] no task\n\nafter')).toHaveLength(3);
    expect(sources('see [a]\n\n[a]: https://example.com')).toHaveLength(1);
  });
});
