import type { Nodes } from 'hast';
import { describe, expect, it } from 'vitest';
import { readMathMarkdown } from './math-processor.ts';
import { readMarkdown } from './processor.ts';
import { hasMath } from './use-math.ts';

/** The tree in short: a formula by its source, code and other elements by their name. */
function short(node: Nodes): string {
  if (node.type === 'text') return node.value;
  if (node.type === 'root') return node.children.map(short).join('');
  if (node.type !== 'element') return '';
  if (node.tagName === 'math') {
    const source = sourceOf(node).trim();
    return node.properties.display === 'block' ? `[[${source}]]` : `(${source})`;
  }
  const inner = node.children.map(short).join('');
  return ['p', 'span'].includes(node.tagName) ? inner : `<${node.tagName}>${inner}</>`;
}

function sourceOf(node: Nodes): string {
  if (node.type === 'element' && node.tagName === 'annotation') {
    return node.children.map((child) => (child.type === 'text' ? child.value : '')).join('');
  }
  return 'children' in node ? node.children.map(sourceOf).join('') : '';
}

const drawn = (text: string) => short(readMathMarkdown(text)).replace(/\n+/g, '\n');

describe('formulas as models write them (R8)', () => {
  it.each([
    ['Plain: \\( x^2 \\) and \\[ y^2 \\] are fine.', 'Plain: (x^2) and [[y^2]] are fine.'],
    ['\\[ y^2 \\] are fine.', '[[y^2]] are fine.'],
    ['Einstein wrote $E = mc^2$ in 1905.', 'Einstein wrote (E = mc^2) in 1905.'],
    ['the $n$th, **the $k$-th**, and ($x$).', 'the (n)th, <strong>the (k)-th</>, and ((x)).'],
    ['H$_2$O at 20$^\\circ$C', 'H(_2)O at 20(^\\circ)C'],
    ['設$x$為整數', '設(x)為整數'],
    ['$a\\$b$ and $$c$$', '(a\\$b) and [[c]]'],
    ['$5x + 3$ and $2$', '(5x + 3) and (2)'],
    ['$5 cm + 3 cm$, $7 \\bmod 3$', '(5 cm + 3 cm), (7 \\bmod 3)'],
    ['$2 \\le n \\le 5 \\text{ for all } n$', '(2 \\le n \\le 5 \\text{ for all } n)'],
    ['`code` and \\(x\\) and `\\(y\\)`', '<code>code</> and (x) and <code>\\(y\\)</>'],
    ['$a_1 * b_2$ and *$c*d$*', '(a_1 * b_2) and <em>(c*d)</>'],
    [
      '\\[ \\begin{matrix} a \\\\[2pt] b \\end{matrix} \\]',
      '[[\\begin{matrix} a \\\\[2pt] b \\end{matrix}]]',
    ],
    ['one line\n\\[\na\n= b\n\\]\nthe next', 'one line\n[[a\n= b]]\nthe next'],
    ['\\[\na\n+ b\n- c\n\\]', '[[a\n+ b\n- c]]'],
    ['\\[ a\n+ b \\]', '[[a\n+ b]]'],
    ['$$\na\n\n+ b\n$$\n\nend', '[[a\n+ b]]\nend'],
    ['$$a\n+ b$$\n\nend', '[[a\n+ b]]\nend'],
    ['\\[\na\n\\].\n\nend', '[[a]].\nend'],
    ['$$\na\n$$ where\n\nend', '[[a]] where\nend'],
    ['\\[\r\na\r\n\\]\r\n\r\nend', '[[a]]\nend'],
  ])('%j', (text, expected) => {
    expect(drawn(text)).toBe(expected);
    expect(hasMath(text)).toBe(true);
  });

  it.each([
    '1. First we square:\n\n   \\[ x^2 = 4 \\]\n\n2. Then we take the root.\n\nThe end of it.',
    '1. First we square:\n   \\[\n   x^2 = 4\n   \\]\n2. Then we take the root.\n\nThe end of it.',
    '1. First we square:\n   $$\n   x^2 = 4\n   $$\n2. Then we take the root.\n\nThe end of it.',
    '1. First we square:\n   - \\[ x^2\n     = 4 \\]\n2. Then we take the root.\n\nThe end of it.',
  ])('in a list: %j', (text) => {
    const list = drawn(text);
    expect(list.match(/<ol>/g)).toHaveLength(1);
    expect(list).toMatch(
      /<ol>.*First we square:.*\[\[x\^2\s= 4\]\].*Then we take the root\..*<\/>\nThe end of it\.$/s,
    );
  });

  it('in a list whose formula is not indented, in a quotation and in a table', () => {
    expect(drawn('1. one\n\\[\nx\n\\]\n2. two')).toBe('<ol>\n<li>one</>\n</>\n[[x]]\n<ol>\n<li>two</>\n</>');
    expect(drawn('> \\[\n> x\n> \\]\n> end')).toBe('<blockquote>\n[[x]]\nend\n</>');
    const table = drawn('| a | b |\n|---|---|\n| $x$ | \\(y\\) $5 |');
    expect(table).toContain('<td>(x)</>\n<td>(y) $5</>');
  });
});

describe('what is no formula (R8)', () => {
  it.each([
    'It costs $5 and $10, or $20,000–$30,000.',
    '$5/$10 a month, $1,000 (was $1,200)',
    'US$5 to US$x, 5$/month or 10$/month',
    'a $5 bill and a 10$ bill',
    '$5 or 10$, $1,000 to 2,000$',
    '這個 $5 元，那個 10$',
    '$ x $ and $x $ and $ x$',
    '$HOME and $PATH, $HOME/$USER, $PATH:$HOME',
    '$' + '{a} and $' + '{b}, $' + '{a}/$' + '{b}, $(pwd)/$(whoami), $_GET/$_POST',
    'not closed: $x',
  ])('money and variables stay as they are: %j', (text) => {
    expect(drawn(text)).toBe(text);
  });

  it.each([
    ['\\$5 or \\$x\\$ and $y$', '$5 or $x$ and (y)'],
    ['\\\\(a\\\\) and \\\\[b\\\\]', '\\(a\\) and \\[b\\]'],
    ['`$x$` and `$HOME` and `$PATH`', '<code>$x$</> and <code>$HOME</> and <code>$PATH</>'],
    ['$A and `B$C`', '$A and <code>B$C</>'],
    ['- x\n\n      \\(y\\) $z$', '<ul>\n<li>\nx\n<pre><code>\\(y\\) $z$\n</></>\n</>\n</>'],
    ['- x\n  ```\n  \\[ y \\]\n  ```', '<ul>\n<li>x\n<pre><code>\\[ y \\]\n</></>\n</>\n</>'],
  ])('escaped, or in code: %j', (text, expected) => {
    expect(drawn(text)).toBe(expected);
  });

  it('knows money and code at a glance, so they load nothing', () => {
    expect(hasMath('It costs $5 and $10, or $20,000–$30,000.')).toBe(false);
    expect(hasMath('Set `$HOME` and `$PATH` for $5.')).toBe(false);
    expect(hasMath('$ x $')).toBe(false);
  });

  it('what is not closed swallows nothing after it', () => {
    const rest = '\n\n- one\n- two';
    for (const open of ['\\[ a = b', '\\( a', '$$ a', '$$a\nb', 'so $a', '\\[x] no task', '$$$']) {
      expect(drawn(`${open}${rest}`)).toMatch(/<ul>\n<li>one<\/>\n<li>two<\/>\n<\/>$/);
    }
    expect(drawn('\\[\na\n\nThe **end**')).toBe('[\na\nThe <strong>end</>');
    expect(drawn('\\[x] no task\n- one')).toContain('<li>one</>');
    expect(drawn('> \\[\n> a\nlazy \\]')).toContain('[[a lazy]]');
  });

  it('every beginning of a text is read, and none of its words is lost', () => {
    const text =
      'See $a^2$:\n\\[\nx\n\\]\n1. b \\(c\\) $5\n   $$\n   d\n   $$\n2. end $$e$$ and\n> \\[ f\n> + g \\]';
    for (let at = 0; at <= text.length; at++) {
      const words =
        drawn(text.slice(0, at))
          .replaceAll(/<\/?\w*>/g, '')
          .match(/\w/g) ?? [];
      const expected =
        text
          .slice(0, at)
          .replaceAll(/^\d\. ?/gm, '')
          .match(/\w/g) ?? [];
      expect(words.join('').replace(/[12]$/, '')).toBe(expected.join('').replace(/[12]$/, ''));
    }
  });

  it('hostile content takes about the time that it takes without formulas', () => {
    const timeOf = (read: (text: string) => unknown, text: string) => {
      const started = performance.now();
      read(text);
      return performance.now() - started;
    };
    for (const [part, times] of [
      ['\\(', 3000],
      ['\\(\\[', 2000],
      ['$a ', 2000],
      ['$5 a ', 2000],
      ['$5 {a $', 1000],
      ['\\[ a\n', 300],
      ['$$a\n', 300],
    ] as const) {
      const text = part.repeat(times);
      const [, plain] = [timeOf(readMarkdown, text), timeOf(readMarkdown, text)];
      const [first, second] = [timeOf(readMathMarkdown, text), timeOf(readMathMarkdown, text)];
      expect(Math.min(first, second), part).toBeLessThan(500 + 10 * plain);
    }
    expect(timeOf(hasMath, '$a '.repeat(100_000))).toBeLessThan(500);
  });

  it('a formula opens no link and runs nothing', () => {
    for (const evil of [
      '\\href{javascript:alert(1)}{x}',
      '\\htmlId{a}{x}',
      '\\includegraphics{https://example.com/a.png}',
    ]) {
      const tree = JSON.stringify(readMathMarkdown(`\\(${evil}\\) and $${evil}$\n\n\\[\n${evil}\n\\]`));
      expect(tree).not.toMatch(/"tagName":"(?:a|img|script)"|"href"|"src"|"id"/);
    }
  });
});
