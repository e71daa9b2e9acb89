import { describe, expect, it } from 'vitest';
import { noDetail, readToolResult, withToolEvent, withWritten } from './tool-details.ts';

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
