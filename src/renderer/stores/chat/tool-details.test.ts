import { describe, expect, it } from 'vitest';
import { noDetail, readToolResult, type ToolDetail, withToolEvent, withWritten } from './tool-details.ts';

const said = (text: string, details?: object) => ({ content: [{ type: 'text', text }], details });
const written = "ls: cannot access '/nowhere': No such file\n\n(Command exited with code 2)";
const exec = { name: 'exec', args: { command: 'ls /nowhere' } };
const exitCodeOf = (text: string, call: Parameters<typeof readToolResult>[1]) =>
  readToolResult(said(text), call).exitCode;

describe('R8: an exit code that stands only under the output', () => {
  it('is one, in an event and in a row', () => {
    expect(exitCodeOf(written, exec)).toBe(2);
    expect(exitCodeOf('(no output)\n\n(Command exited with code 3)', exec)).toBe(3);
    expect(exitCodeOf('Node: studio\n(Command exited with code 4)', exec)).toBe(4);
    expect(withToolEvent(noDetail, { phase: 'result', result: said(written) }, 'exec').exitCode).toBe(2);
    const row = { ...noDetail, ...readToolResult(said(written), exec) };
    expect(withWritten({ ...noDetail, output: 'heard' }, row).exitCode).toBe(2);
  });

  it('comes after what the Gateway tells as a number', () => {
    expect(readToolResult(said(written, { exitCode: 0 }), exec).exitCode).toBe(0);
  });

  it('is none in the middle of an output or of a line', () => {
    expect(exitCodeOf(`${written}\nand more`, exec)).toBeNull();
    expect(exitCodeOf('the log says (Command exited with code 2)', exec)).toBeNull();
  });

  it('is none where no command ran: a file may end in the same words', () => {
    for (const name of ['read', 'grep', 'web_fetch', 'files__exec', '']) {
      expect(exitCodeOf(written, { name, args: {} })).toBeNull();
      expect(withToolEvent(noDetail, { phase: 'result', result: said(written) }, name).exitCode).toBeNull();
    }
  });

  it('is none while the command runs: what it wrote so far may end in the same words', () => {
    const running = withToolEvent(noDetail, { phase: 'update', partialResult: said(written) }, 'exec');
    expect(running).toMatchObject({ output: written, exitCode: null });
    expect(withToolEvent(running, { phase: 'result', result: said('done') }, 'exec').exitCode).toBeNull();
  });

  it('is one of a process that was asked about, not in its log', () => {
    const ended = 'working\n\nProcess exited with code 3.';
    expect(exitCodeOf(ended, { name: 'process', args: { action: 'poll', sessionId: 's' } })).toBe(3);
    expect(exitCodeOf(ended, { name: 'process', args: { action: 'log', sessionId: 's' } })).toBeNull();
    expect(exitCodeOf(ended, exec)).toBeNull();
  });
});

describe('R8: the output of a call', () => {
  const lines = (from: number, to: number) =>
    Array.from({ length: to - from + 1 }, (_, at) => `line ${from + at} of the long build output\n`).join('');
  type Event = Parameters<typeof withToolEvent>[1];
  const fold = (...events: Event[]) =>
    events.reduce((known: ToolDetail, one) => withToolEvent(known, one, 'exec'), noDetail);
  const delta = (output: string) => ({ phase: 'delta', output });
  /** As the real Gateway tells it: the last 2 000 characters. */
  const tail = (written: string) => ({
    phase: 'update',
    partialResult: said(written.slice(-2000), { status: 'running', tail: written.slice(-2000) }),
  });
  const ended = (output: string) => ({ phase: 'result', result: said(output) });

  it('grows on where only its end is told, each part once', () => {
    const told = [10, 65, 90, 120].map((to) => lines(1, to));
    const events = told.flatMap((written) => [tail(written), delta(written.slice(-2000))]);
    expect(fold(...events).output).toBe(lines(1, 120));
  });

  it('says that something is missing before the end that it shows, and goes on from there', () => {
    const afterGap = fold(delta(lines(1, 20)), delta(lines(1, 600).slice(-2000)));
    expect(afterGap.output).toBe(`…${lines(1, 600).slice(-2000)}`);
    const further = withToolEvent(afterGap, delta(lines(1, 620).slice(-2000)), 'exec');
    expect(further.output).toBe(`…${lines(1, 600).slice(-2000)}${lines(601, 620)}`);
  });

  it('is the newest, where its middle is left out as it grows', () => {
    const shortened = (to: number) => `${lines(1, 400)}\n[…]\n${lines(to - 400, to)}`;
    expect(fold(delta(shortened(1000)), delta(shortened(1200))).output).toBe(shortened(1200));
  });

  it('is the newest of a tool that tells how far it is', () => {
    const progress = (percent: string) => ({ phase: 'update', partialResult: said(`${percent} % read`) });
    expect(fold(progress('100'), progress('7')).output).toBe('7 % read');
  });

  it('is at the end the longer of the two that are told, in either order', () => {
    const [whole, cut] = [lines(1, 600), `${lines(1, 200)}...(live output truncated)...`];
    const commandEnd = { phase: 'end', output: cut };
    expect(fold(tail(whole), ended(whole), commandEnd).output).toBe(whole);
    expect(fold(tail(whole), commandEnd, ended(whole)).output).toBe(whole);
    expect(fold(ended('short'), delta(whole)).output).toBe('short');
    expect(fold(delta('waiting for a lock'), { phase: 'end' }, ended('no')).output).toBe('no');
  });

  it('is the whole one of the transcript, once that is written', () => {
    const heard = fold(ended(`${lines(1, 200)}…(truncated)…`));
    const row = { ...noDetail, output: lines(1, 600) };
    expect(withWritten(heard, row).output).toBe(lines(1, 600));
    expect(withWritten(fold(tail(lines(1, 700))), row).output).toBe(lines(1, 600));
    expect(withWritten(heard, { ...noDetail, output: '(left out)' }).output).toBe(heard.output);
  });
});
