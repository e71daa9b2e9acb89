import type { Code, Effects, State, TokenizeContext } from 'micromark-util-types';
import type { Processor } from 'unified';

declare module 'micromark-util-types' {
  interface TokenTypeMap {
    formula: 'formula';
    formulaBlock: 'formulaBlock';
    formulaLine: 'formulaLine';
  }
}

const [dollar, backslash, backtick, brace] = [36, 92, 96, 123];
const [round, square] = [
  { open: 40, close: 41 },
  { open: 91, close: 93 },
];

// Line ends, tabs and virtual spaces are negative numbers, the end of the text is null.
const isLineEnd = (code: Code) => code !== null && code < -2;
const isBlank = (code: Code) => code === 32 || code === -1 || code === -2;
const isSpace = (code: Code) => isLineEnd(code) || isBlank(code);
const isOneOf = (chars: string, code: Code) =>
  code !== null && code > 0 && chars.includes(String.fromCharCode(code));
const letters = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ';
const digits = '0123456789';

/**
 * Formulas in Markdown: `\(…\)`, `\[…\]`, `$$…$$` and `$…$`. One that is not closed stays the text that it is, so
 * nothing after it is swallowed.
 */
export function remarkFormulas(this: Processor): void {
  const data = this.data();
  data.micromarkExtensions = [
    ...(data.micromarkExtensions ?? []),
    {
      flow: {
        [dollar]: { name: 'formulaBlock', tokenize: tokenizeBlock, concrete: true },
        [backslash]: { name: 'formulaBlock', tokenize: tokenizeBlock, concrete: true },
      },
      text: {
        [dollar]: { name: 'formula', tokenize: tokenizeDollars, previous: isFirstDollar },
        [backslash]: { name: 'formula', tokenize: tokenizeBracketed },
      },
    },
  ];
  data.fromMarkdownExtensions = [
    ...(data.fromMarkdownExtensions ?? []),
    {
      enter: {
        formula() {
          this.buffer();
        },
      },
      exit: {
        formula(token) {
          this.resume();
          const { value, isDisplay } = formulaIn(this.sliceSerialize(token));
          const className = [isDisplay ? 'math-display' : 'math-inline'];
          this.enter({ type: 'inlineCode', value, data: { hProperties: { className } } }, token);
          this.exit(token);
        },
        formulaBlock(token) {
          const { value } = formulaIn(this.sliceSerialize(token));
          const data = { hProperties: { className: ['language-math'] } };
          this.enter({ type: 'code', lang: 'math', value, data }, token);
          this.exit(token);
        },
      },
    },
  ];
}

function formulaIn(source: string): { value: string; isDisplay: boolean } {
  const marked = source.trim();
  const size = /^\$(?!\$)/.test(marked) ? 1 : 2;
  return { value: marked.slice(size, -size).trim(), isDisplay: /^(?:\$\$|\\\[)/.test(marked) };
}

/** The token of a formula. Micromark wants each line, and each end of a line, as a token in it. */
function formulaToken(effects: Effects, ok: State, type: 'formula' | 'formulaBlock') {
  let isOpen = false;
  const close = () => {
    if (isOpen) effects.exit('formulaLine');
    isOpen = false;
  };
  const take = (code: Code) => {
    if (isLineEnd(code)) {
      close();
      effects.enter('lineEnding');
      effects.consume(code);
      effects.exit('lineEnding');
      return;
    }
    if (!isOpen) effects.enter('formulaLine');
    isOpen = true;
    effects.consume(code);
  };
  const begin = (next: State): State => {
    return (code) => {
      effects.enter(type);
      take(code);
      return next;
    };
  };
  const end: State = (code) => {
    close();
    effects.exit(type);
    return ok(code);
  };
  return { take, begin, end };
}

/** `\(…\)` and `\[…\]` in a line. */
function tokenizeBracketed(effects: Effects, ok: State, nok: State): State {
  const { take, begin, end } = formulaToken(effects, ok, 'formula');
  let bracket = round;

  const opening: State = (code) => {
    if (code !== round.open && code !== square.open) return nok(code);
    bracket = code === round.open ? round : square;
    take(code);
    return inside;
  };
  const inside: State = (code) => {
    if (code === null) return nok(code);
    take(code);
    return code === backslash ? escaped : inside;
  };
  // A backslash before a backslash is a new line of the formula, and escapes nothing after it.
  const escaped: State = (code) => {
    if (code === null || code === bracket.open) return nok(code);
    take(code);
    return code === bracket.close ? end : inside;
  };
  return begin(opening);
}

const commandOrGroup = /\\(?:[a-zA-Z]+|.)|\{[^{}]*\}/g;
const sentence = /(?:^| )\p{L}{2,}[,.;:!?]? +\p{L}{2,}(?=[ ,.;:!?]|$)| (?:and|or|to|per|vs) |\p{Script=Han}/u;

/** Words that follow each other, not a unit as in `5 cm`; those of a formula stand in a command or in braces. */
const hasSentence = (text: string) => sentence.test(text.replaceAll(commandOrGroup, '+'));

function isFirstDollar(this: TokenizeContext, code: Code): boolean {
  return code !== dollar || this.events.at(-1)?.[1].type === 'characterEscape';
}

/**
 * `$$…$$` in a line, and `$…$` by Pandoc's rule: no space inside the dollars, and no digit after them. What looks
 * like money (`a $5 bill and a 10$ bill`), a variable of a shell or code is none either.
 */
function tokenizeDollars(this: TokenizeContext, effects: Effects, ok: State, nok: State): State {
  const { take, begin, end } = formulaToken(effects, ok, 'formula');
  const before = this.previous;
  let isDouble = false;
  let last: Code = null;
  /** What is in it, where it begins with a digit. */
  let amount = '';

  const second: State = (code) => {
    if (code === dollar && !isDouble) {
      isDouble = true;
      take(code);
      return second;
    }
    if (isDouble) return code === dollar ? nok(code) : inside(code);
    // `H$_2$O` is one, `US$5` is not.
    const isInWord = isOneOf(letters + digits, before) && !isOneOf('^_\\', code);
    if (isOneOf(digits, code)) amount = '0';
    return isSpace(code) || isInWord ? nok(code) : inside(code);
  };
  const inside: State = (code) => {
    if (code === null || (code === backtick && !isDouble)) return nok(code);
    if (code === dollar && !isDouble && isSpace(last)) return nok(code);
    take(code);
    if (code === dollar) return isDouble ? closing : after;
    if (amount !== '') amount += isSpace(code) ? ' ' : String.fromCharCode(code);
    last = code;
    return code === backslash ? escaped : inside;
  };
  const escaped: State = (code) => {
    if (code === null) return nok(code);
    take(code);
    if (amount !== '') amount += isSpace(code) ? ' ' : String.fromCharCode(code);
    last = code;
    return inside;
  };
  const closing: State = (code) => {
    if (code !== dollar) return inside(code);
    take(code);
    return end;
  };
  const after: State = (code) => {
    if (code === dollar || code === brace || isOneOf(digits, code) || hasSentence(amount)) return nok(code);
    // `$HOME/$USER`: this dollar begins a name.
    const beginsName = isOneOf(`${letters}_(`, code) && !isOneOf(`${letters}${digits}})]'`, last);
    return beginsName ? nok(code) : end(code);
  };
  return begin(second);
}

/**
 * `\[` or `$$` at the beginning of a line, up to a line that ends with its end. It may have empty lines only where
 * it began with nothing else in its line.
 */
function tokenizeBlock(this: TokenizeContext, effects: Effects, ok: State, nok: State): State {
  const { interrupt, parser } = this;
  const lineNumber = () => this.now().line;
  const { take, begin, end } = formulaToken(effects, ok, 'formulaBlock');
  let first: Code = null;
  let [isBare, isEmptyLine] = [true, false];
  const isSecond = (code: Code) => code === (first === dollar ? dollar : square.open);
  const isClosing = (code: Code) => code === (first === dollar ? dollar : square.close);

  const opening: State = (code) => {
    if (!isSecond(code)) return nok(code);
    take(code);
    return firstLine;
  };
  const firstLine: State = (code) => {
    if (code === null || isClosing(code)) return nok(code);
    if (isLineEnd(code)) {
      // `$$ …` in the middle of a paragraph may be the end of a formula with words after it.
      if (interrupt) return isBare || first === backslash ? end(code) : nok(code);
      return lineEnd(code);
    }
    if (!isBlank(code)) isBare = false;
    take(code);
    return firstLine;
  };
  const lineEnd: State = (code) => {
    take(code);
    isEmptyLine = true;
    return lineBegin;
  };
  const lineBegin: State = (code) => (parser.lazy[lineNumber()] ? nok(code) : inside(code));
  const inside: State = (code) => {
    if (code === null) return nok(code);
    if (isLineEnd(code)) return isEmptyLine && !isBare ? nok(code) : lineEnd(code);
    if (!isBlank(code)) isEmptyLine = false;
    take(code);
    if (code === backslash) return escaped;
    return code === dollar && first === dollar ? closing : inside;
  };
  const escaped: State = (code) => {
    if (first === backslash && isSecond(code)) return nok(code);
    if (first === backslash && isClosing(code)) return closing(code);
    if (code === null || isLineEnd(code)) return inside(code);
    take(code);
    return inside;
  };
  const closing: State = (code) => {
    if (!isClosing(code)) return inside(code);
    take(code);
    return after;
  };
  const after: State = (code) => {
    if (code === null || isLineEnd(code)) return end(code);
    if (!isBlank(code)) return nok(code);
    take(code);
    return after;
  };
  return (code) => {
    first = code;
    return begin(opening)(code);
  };
}
