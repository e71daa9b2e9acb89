import { describe, expect, it } from 'vitest';
import { loaded, play, row, start } from '../../test-support/chat-script.ts';
import { exportTranscript } from './export.ts';

const words = {
  title: 'Tea for two',
  you: 'You',
  assistant: 'Assistant',
  given: 'Arguments',
  output: 'Output',
  failed: 'failed',
  readable: (text: string) => text.replaceAll('~', ''),
};
const meta = (seq: number) => ({ id: `tool-${seq}`, seq, runId: 'r1' });
const call = {
  role: 'assistant',
  content: [{ type: 'toolCall', id: 'c1', name: 'read_file', arguments: { command: 'cat tea.md' } }],
  timestamp: 3,
  __openclaw: meta(901),
};
const result = {
  role: 'toolResult',
  toolCallId: 'c1',
  isError: true,
  content: [{ type: 'text', text: '~```\nhot\n```\n' }],
  timestamp: 4,
  __openclaw: meta(902),
};

describe('a conversation as Markdown (R8)', () => {
  it('is headed by its name and holds what tools were given and gave back', () => {
    const model = play(start, loaded([row('user', 'make tea', 'r1'), call, result]));
    const text = exportTranscript(model, 'markdown', words);
    expect(text).toMatch(/^# Tea for two\n\n## You, /);
    expect(text).toContain(
      [
        '**read\\_file** (failed)',
        'Arguments:',
        '```bash\ncat tea.md\n```',
        'Output:',
        '````\n```\nhot\n```\n````',
      ].join('\n\n'),
    );
  });
});
