import { styleText } from 'node:util';
import type { AppError, Translate } from '../../shared/errors.ts';
import { exitCodeOf, exitCodes } from '../exit-codes.ts';
import { describeHere } from './describe-here.ts';
import { spinWhile } from './spinner.ts';

type Colour = 'green' | 'red' | 'yellow' | 'cyan' | 'dim' | 'bold';

/** What a command says. Results go to stdout, remarks and errors to stderr; with `--json` stdout is JSON alone. */
export type Output = {
  readonly json: boolean;
  /** Colours `text` for stdout; leaves it alone where that is no terminal, NO_COLOR is set or `--no-color` given. */
  paint(colour: Colour, text: string): string;
  /** Raw text on stdout, for what streams. */
  write(text: string): void;
  /** A line for people; with `--json` nothing. */
  say(line: string): void;
  /** A remark on stderr, in both forms. */
  note(line: string): void;
  /** The answer: `value` as it is with `--json`, else `lines`. */
  answer(value: unknown, lines: () => readonly string[]): void;
  /** One object on one line, for what streams with `--json`. */
  event(value: unknown): void;
  /**
   * Says what went wrong and returns the exit code. With `--json`: `{ok:false, …facts, error}` on stdout. `fix` stands
   * for the sentence of the error's code where this call knows better.
   */
  fail(error: AppError, facts?: Readonly<Record<string, unknown>>, more?: FailureOptions): number;
  /** Shows `label` on a terminal's stderr while `work` takes longer than a moment. */
  spin<T>(label: string, work: Promise<T>): Promise<T>;
};

type FailureOptions = {
  readonly fix?: string | undefined;
  /** The JSON on one line, after a stream of lines. */
  readonly asEvent?: boolean | undefined;
};

export type OutputOptions = {
  readonly t: Translate;
  readonly json: boolean;
  readonly color: boolean;
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
  /** Aborted: whoever is there stopped it himself, and needs no error for that. */
  readonly signal: AbortSignal;
};

/** The one shape of a failure in JSON. */
export function errorJson(error: AppError, t: Translate, fix?: string) {
  const { code, message, retryable, details = {} } = error;
  return { code, message, retryable, details, fix: fix ?? describeHere(error, t).fix };
}

/** Three lines for people: what, why, what to do. `paint` colours the mark. */
export function errorLines(
  error: AppError,
  t: Translate,
  paint: Output['paint'] = (_colour, text) => text,
  betterFix?: string,
): string[] {
  const { title, body, fix } = describeHere(error, t);
  return [`${paint('red', '■')} ${title}`, `  ${body}`, `  ${t('cli.fix', { fix: betterFix ?? fix })}`];
}

/** Output on two streams. Colours follow each stream by itself. */
export function createOutput({ t, json, color, stdout, stderr, signal }: OutputOptions): Output {
  const painter =
    (stream: NodeJS.WriteStream): Output['paint'] =>
    (colour, text) =>
      color ? styleText(colour, text, { stream }) : text;
  const line = (text: string) => void stdout.write(`${text}\n`);
  return {
    json,
    paint: painter(stdout),
    write: (text) => void stdout.write(text),
    say(text) {
      if (!json) line(text);
    },
    note: (text) => void stderr.write(`${text}\n`),
    answer(value, lines) {
      if (json) line(JSON.stringify(value, null, 2));
      else for (const text of lines()) line(text);
    },
    event: (value) => line(JSON.stringify(value)),
    fail(error, facts = {}, { fix, asEvent = false } = {}) {
      if (signal.aborted) return exitCodes.failed;
      const said = { ok: false, ...facts, error: errorJson(error, t, fix) };
      if (json) line(JSON.stringify(said, null, asEvent ? 0 : 2));
      else stderr.write(`${errorLines(error, t, painter(stderr), fix).join('\n')}\n`);
      return exitCodeOf(error.code);
    },
    spin: (label, work) => spinWhile({ label, work, stream: stderr, color }),
  };
}
