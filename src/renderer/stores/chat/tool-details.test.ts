import { expect, it } from 'vitest';
import { noDetail, readToolResult, withToolEvent, withWritten } from './tool-details.ts';

const said = (text: string, details?: object) => ({ content: [{ type: 'text', text }], details });
const written = "ls: cannot access '/nowhere': No such file\n\n(Command exited with code 2)";

it('R8: an exit code that stands only under the output is one, in an event and in a row', () => {
  expect(readToolResult(said(written)).exitCode).toBe(2);
  expect(withToolEvent(noDetail, { phase: 'result', result: said(written) }).exitCode).toBe(2);
  const row = { ...noDetail, ...readToolResult(said(written)) };
  expect(withWritten({ ...noDetail, output: 'heard' }, row).exitCode).toBe(2);
});

it('R8: what the Gateway tells as a number comes first; words in the middle of an output are none', () => {
  expect(readToolResult(said(written, { exitCode: 0 })).exitCode).toBe(0);
  expect(readToolResult(said(`${written}\nand more`)).exitCode).toBeNull();
});
