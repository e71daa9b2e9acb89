import { describe, expect, it, vi } from 'vitest';
import { createChatPages } from '../../test-support/chat-pages.ts';
import { loaded, play, row, start } from '../../test-support/chat-script.ts';
import { exportTranscript } from './export.ts';

const words = {
  title: 'Tea for two',
  you: 'You',
  assistant: 'Assistant',
  given: 'Arguments',
  output: 'Output',
  failed: 'failed',
  cut: 'not whole',
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

describe('an export (R8)', () => {
  const history = { sessionId: 's1', messages: [row('user', 'make tea', 'r1')] };

  it('of a conversation that nobody has read gives no file, and says why', async () => {
    const { chat } = createChatPages().open();
    expect(await chat.actions.exportAs('markdown', words)).toBeNull();
    expect(chat.sessions.store.getState().refusals).toMatchObject([
      { change: 'export', error: { code: 'TRANSCRIPT_INCOMPLETE' } },
    ]);
  });

  it('waits for a conversation that is being read', async () => {
    const { chat, greet, net } = createChatPages().open();
    await greet();
    chat.actions.openSession('agent:main:tea');
    const exported = chat.actions.exportAs('markdown', words);
    const reads = () => net.last().requests.filter(({ method }) => method === 'chat.history').length;
    net.last().reply('chat.history', history);
    await vi.waitFor(() => expect(reads()).toBe(3));
    net.last().reply('chat.history', history);
    expect(await exported).toContain('make tea');
    expect(chat.sessions.store.getState().refusals).toEqual([]);
  });

  it('of what an earlier page has kept needs no Gateway', async () => {
    const pages = createChatPages();
    pages.storage.saveTranscript('local\nmain', { ...history, hasEarlier: false });
    const { chat, state } = pages.open();
    await vi.waitFor(() => expect(state().rows).toHaveLength(1));
    expect(await chat.actions.exportAs('markdown', words)).toContain('make tea');
  });
});
