import { describe, expect, it } from 'vitest';
import { appError } from '../../../shared/errors.ts';
import {
  assistant,
  chat,
  delta,
  event,
  key,
  loaded,
  play,
  row,
  seen,
  start,
  submit,
} from '../../test-support/chat-script.ts';
import { activeRuns } from './chat-state.ts';
import { chatRows } from './row-reader.ts';

describe('sending (R8)', () => {
  it('paints a message at once and keeps it once when the transcript brings it', () => {
    const sent = play(start, loaded([]), submit('k1'));
    expect(seen(sent)).toEqual(['you: hello (waiting)']);

    const persisted = play(
      sent,
      { type: 'sendStarted', idempotencyKey: 'k1' },
      event('session.message', { sessionKey: key, message: row('user', 'hello', 'k1') }),
      { type: 'sendAccepted', idempotencyKey: 'k1', status: 'started', atMs: 5 },
    );
    expect(seen(persisted)[0]).toBe('you: hello');
    expect(persisted.outbox).toEqual([]);
  });

  it('keeps the names of its files when its run ends before the transcript has it, and takes its row after', () => {
    const attachments = [
      { type: 'image' as const, mimeType: 'image/png', fileName: 'a.png', content: 'YQ==' },
      { type: 'file' as const, mimeType: 'text/plain', fileName: 'notes.txt', content: 'YQ==' },
    ];
    const ended = play(
      start,
      loaded([]),
      submit('k1', 'read this', attachments),
      { type: 'sendStarted', idempotencyKey: 'k1' },
      event('chat', { runId: 'k1', sessionKey: key, seq: 1, state: 'final' }),
    );
    expect(ended.outbox).toEqual([]);
    expect(chatRows(ended)).toMatchObject([{ text: 'read this', attachments: ['a.png', 'notes.txt'] }]);
    const written = play(
      ended,
      event('session.message', { sessionKey: key, message: row('user', 'read this', 'k1') }),
    );
    expect(chatRows(written)).toMatchObject([{ text: 'read this', attachments: [] }]);
  });

  it('keeps a refused message, with its reason, until it is sent again or discarded', () => {
    const error = appError('GATEWAY_REQUEST_FAILED', 'no', { details: { reason: 'no' } });
    const failed = play(start, submit('k1'), { type: 'sendFailed', idempotencyKey: 'k1', error });
    expect(failed.outbox).toMatchObject([{ delivery: 'failed', error }]);
    expect(seen(play(failed, { type: 'sendAgain', idempotencyKey: 'k1' }))).toEqual(['you: hello (waiting)']);
    expect(seen(play(failed, { type: 'discarded', idempotencyKey: 'k1' }))).toEqual([]);
  });

  it('holds an unanswered message in doubt when the connection ends', () => {
    const model = play(
      start,
      submit('k1'),
      { type: 'sendStarted', idempotencyKey: 'k1' },
      { type: 'disconnected' },
    );
    expect(model.outbox).toMatchObject([{ idempotencyKey: 'k1', delivery: 'unconfirmed' }]);
  });

  const inDoubt = play(
    start,
    loaded([]),
    submit('k1'),
    { type: 'sendStarted', idempotencyKey: 'k1' },
    { type: 'disconnected' },
    { type: 'connected' },
  );

  it('does not send it again when history shows it', () => {
    const model = play(inDoubt, loaded([row('user', 'hello', 'k1')]));
    expect(model.outbox).toEqual([]);
    expect(seen(model)).toEqual(['you: hello']);
  });

  it.each([
    ['holds it as a pending input', { pendingInputs: { items: [{ runId: 'k1', state: 'queued' }] } }],
    ['is running it', { inFlightRun: { runId: 'k1', text: '' } }],
  ])('does not send it again when the Gateway %s', (_, more) => {
    const model = play(inDoubt, loaded([], more));
    expect(model.outbox).toMatchObject([{ delivery: 'accepted' }]);
    expect(seen(model)[0]).toBe('you: hello (accepted)');
  });

  it('sends it again, under the same key, only when history does not show it', () => {
    const model = play(inDoubt, loaded([]));
    expect(model.outbox).toMatchObject([{ idempotencyKey: 'k1', delivery: 'unconfirmed' }]);
    expect(seen(model)).toEqual(['you: hello (unconfirmed)']);
  });

  it('says of one that the Gateway cancelled in its queue that it was not answered, and does not send it again', () => {
    const cancelled = loaded([], { pendingInputs: { items: [{ runId: 'k1', state: 'cancelled' }] } });
    const ended = [{ idempotencyKey: 'k1', delivery: 'failed', error: { code: 'MESSAGE_ENDED' } }];
    expect(play(inDoubt, cancelled).outbox).toMatchObject(ended);
    // One that joined a run is no longer in the outbox.
    const joined = play(start, loaded([]), submit('k1'), chat('k1', { seq: 1, state: 'final' }), {
      type: 'disconnected',
    });
    expect(joined).toMatchObject({ outbox: [], held: [{ idempotencyKey: 'k1' }] });
    const model = play(joined, { type: 'connected' }, cancelled);
    expect(model).toMatchObject({ outbox: ended, held: [] });
    expect(seen(model)).toEqual(['you: hello (failed)']);
  });

  it.each(['timeout', 'error'])('takes the answer %s to a repeated send for the end of its run', (status) => {
    const again = [
      { type: 'sendStarted', idempotencyKey: 'k1' },
      { type: 'sendAccepted', idempotencyKey: 'k1', status, atMs: 1 },
    ] as const;
    const lost = play(inDoubt, loaded([]), ...again);
    expect(activeRuns(lost)).toEqual([]);
    expect(lost.outbox).toMatchObject([{ delivery: 'failed', error: { code: 'MESSAGE_ENDED' } }]);
  });

  it('doubts an accepted message that a restarted Gateway no longer knows', () => {
    const accepted = play(
      start,
      loaded([]),
      submit('k1'),
      { type: 'sendStarted', idempotencyKey: 'k1' },
      { type: 'sendAccepted', idempotencyKey: 'k1', status: 'started', atMs: 1 },
      { type: 'disconnected' },
      { type: 'connected' },
      loaded([]),
    );
    expect(accepted.outbox).toMatchObject([{ delivery: 'unconfirmed' }]);
    expect(activeRuns(accepted)).toEqual([]);
  });

  it('never sends again what has been answered, even if the transcript lacks it', () => {
    const answered = play(
      start,
      loaded([]),
      submit('k1'),
      { type: 'sendStarted', idempotencyKey: 'k1' },
      { type: 'sendAccepted', idempotencyKey: 'k1', status: 'started', atMs: 1 },
      chat('k1', { seq: 1, state: 'final', message: assistant('done') }),
      { type: 'disconnected' },
      { type: 'connected' },
      loaded([]),
    );
    expect(answered.outbox).toEqual([]);
  });

  it('takes the answer to a repeated send for what it is: no second run', () => {
    const model = play(start, loaded([]), submit('k1'), {
      type: 'sendAccepted',
      idempotencyKey: 'k1',
      status: 'ok',
      atMs: 1,
    });
    expect(activeRuns(model)).toEqual([]);
    expect(model.outbox).toEqual([]);
  });
});

describe('a message behind a run (R8)', () => {
  const busy = play(start, loaded([]), delta('r1', 1, 'working'), submit('k2'), {
    type: 'sendStarted',
    idempotencyKey: 'k2',
  });
  const taken = play(busy, { type: 'sendAccepted', idempotencyKey: 'k2', status: 'started', atMs: 1 });
  // A message that waits for a run, or joins it, ends its own at once, with nothing said.
  const held = play(taken, chat('k2', { seq: 1, state: 'final' }));
  const lineOf = (model: typeof held) => seen(model).find((line) => line.startsWith('you'));

  it('is held from the moment it was taken until the transcript has it', () => {
    expect(lineOf(busy)).toBe('you: hello (sending)');
    expect(lineOf(held)).toBe('you: hello (held)');
    const written = event('session.message', { sessionKey: key, message: row('user', 'hello', 'k2') });
    expect(lineOf(play(held, written))).toBe('you: hello');
  });

  it.each([
    ['steer', 'you: hello (held)'],
    ['followup', 'you: hello (held)'],
    ['interrupt', 'you: hello (accepted)'],
  ] as const)('is held at once where it was sent to wait, and no second run waits: %s', (queueMode, line) => {
    const outbox = busy.outbox.map((item) => ({ ...item, queueMode }));
    const model = play(
      { ...busy, outbox },
      { type: 'sendAccepted', idempotencyKey: 'k2', status: 'started', atMs: 1 },
    );
    expect(lineOf(model)).toBe(line);
    expect(activeRuns(model)).toHaveLength(queueMode === 'interrupt' ? 2 : 1);
    const begun = play(model, chat('k2', { seq: 1, state: 'status', phase: 'starting_model' }));
    expect(activeRuns(begun)).toHaveLength(2);
  });

  it('is held also where a reconnect finds it, whoever sent it', () => {
    const queued = { runId: 'k2', state: 'queued', message: { role: 'user', content: 'hello' } };
    const more = { inFlightRun: { runId: 'r1', text: '' }, pendingInputs: { items: [queued] } };
    const dropped = play(busy, { type: 'disconnected' }, { type: 'connected' });
    expect(lineOf(dropped)).toBe('you: hello (unconfirmed)');
    expect(lineOf(play(dropped, loaded([], more)))).toBe('you: hello (held)');
    expect(lineOf(play(start, loaded([], more)))).toBe('you: hello (held)');
  });

  it('is not answered when somebody takes it from the queue: it can be sent again, and nothing else ends', () => {
    const cancelled = chat('k2', { seq: 2, state: 'aborted', stopReason: 'rpc' });
    const behind = {
      ...busy,
      outbox: busy.outbox.map((item) => ({ ...item, queueMode: 'followup' as const })),
    };
    const queued = play(behind, { type: 'sendAccepted', idempotencyKey: 'k2', status: 'started', atMs: 1 });
    for (const model of [play(held, cancelled), play(queued, cancelled)]) {
      expect(model).toMatchObject({
        outbox: [{ idempotencyKey: 'k2', delivery: 'failed', error: { code: 'MESSAGE_ENDED' } }],
        held: [],
      });
      expect(seen(model)).toEqual(['you: hello (failed)', 'it: working (working)']);
    }
    const written = event('session.message', { sessionKey: key, message: row('user', 'hello', 'k2') });
    const begun = chat('k2', { seq: 1, state: 'status', phase: 'starting_model' });
    expect(play(held, written, cancelled).outbox).toEqual([]);
    const stopped = play(taken, begun, cancelled);
    expect(stopped.outbox).toEqual([]);
    expect(seen(stopped)).toContain('it:  (stopped)');
  });

  it('is not held where its own run is on, said something, or failed, nor when the other run is over', () => {
    const models = [
      play(taken, chat('k2', { seq: 1, state: 'status', phase: 'starting_model' })),
      play(taken, chat('k2', { seq: 1, state: 'final', message: assistant('done') })),
      play(taken, chat('k2', { seq: 1, state: 'error', errorMessage: 'no' })),
      play(held, chat('r1', { seq: 2, state: 'final', message: assistant('done') })),
    ];
    for (const model of models) expect(lineOf(model)).not.toContain('held');
  });
});

describe('a streamed answer', () => {
  const asked = play(start, loaded([]), submit('k1'), {
    type: 'sendAccepted',
    idempotencyKey: 'k1',
    status: 'started',
    atMs: 1,
  });

  it('shows that it works before there is text, then the text so far', () => {
    expect(seen(asked)[1]).toBe('it:  (working)');
    const streaming = play(asked, delta('k1', 1, 'Hel'), delta('k1', 2, 'Hello'));
    expect(seen(streaming)[1]).toBe('it: Hello (working)');
  });

  it('drops repeated and late deltas', () => {
    const model = play(asked, delta('k1', 2, 'Hello'), delta('k1', 1, 'Hel'), delta('k1', 2, 'Hello'));
    expect(seen(model)[1]).toBe('it: Hello (working)');
  });

  it('appends where a Gateway sends only what is new', () => {
    const model = play(
      asked,
      chat('k1', { seq: 1, state: 'delta', deltaText: 'Hel' }),
      chat('k1', { seq: 2, state: 'delta', deltaText: 'lo' }),
    );
    expect(seen(model)[1]).toBe('it: Hello (working)');
  });

  it('is shown once when the final event and the transcript both bring it, in either order', () => {
    const final = chat('k1', { seq: 3, state: 'final', stopReason: 'stop', message: assistant('Hello.') });
    const written = event('session.message', { sessionKey: key, message: row('assistant', 'Hello.', 'k1') });
    for (const order of [
      [final, written],
      [written, final],
      [final, final, written],
    ]) {
      expect(seen(play(asked, delta('k1', 1, 'Hello'), ...order)).slice(1)).toEqual(['it: Hello. (done)']);
    }
  });

  it('keeps the words before a tool, which live rows lack, before it until history has them', () => {
    const whole = 'Let me look.\n\nIt is there.';
    const model = play(
      asked,
      delta('k1', 1, 'Let me look.'),
      event('session.message', {
        sessionKey: key,
        message: {
          role: 'assistant',
          content: [{ type: 'toolCall', id: 't1', name: 'ls' }],
          __openclaw: { id: 'tool-row', seq: 900, runId: 'k1' },
        },
      }),
      event('session.message', {
        sessionKey: key,
        message: { ...assistant('It is there.'), __openclaw: { id: 'end-row', seq: 902, runId: 'k1' } },
      }),
      chat('k1', { seq: 9, state: 'final', message: assistant(whole) }),
    );
    expect(seen(model).slice(1)).toEqual(['it: Let me look. [tool] It is there. (done)']);
  });

  it('has words and calls in the order in which they came: while they come, at the end, and read again', () => {
    const call = (toolCallId: string, phase: string) =>
      event('agent', {
        runId: 'k1',
        sessionKey: key,
        stream: 'tool',
        data: { toolCallId, phase, name: 'ls' },
      });
    const steps = [
      delta('k1', 1, 'First.'),
      call('t1', 'start'),
      call('t2', 'start'),
      call('t1', 'result'),
      delta('k1', 2, 'First.\n\nNext.'),
      call('t3', 'start'),
      call('t2', 'result'),
      delta('k1', 3, 'First.\n\nNext.\n\nLast.'),
    ];
    const orders = steps.map((_, at) => seen(play(asked, ...steps.slice(0, at + 1)))[1]);
    expect(orders).toEqual([
      'it: First. (working)',
      'it: First. [tool] (working)',
      'it: First. [tool] [tool] (working)',
      'it: First. [tool] [tool] (working)',
      'it: First. [tool] [tool] Next. (working)',
      'it: First. [tool] [tool] Next. [tool] (working)',
      'it: First. [tool] [tool] Next. [tool] (working)',
      'it: First. [tool] [tool] Next. [tool] Last. (working)',
    ]);
    const row = (id: string, at: number, content: unknown[], more = {}) => ({
      role: 'assistant',
      content,
      ...more,
      __openclaw: { id, seq: 900 + at, runId: 'k1' },
    });
    const calls = (...ids: string[]) => ids.map((id) => ({ type: 'toolCall', id, name: 'ls' }));
    const said = (text: string) => [{ type: 'text', text }];
    // The live rows of the real Gateway lack the words that it has heard already; its history tells them apart.
    const live = [row('a', 1, calls('t1', 't2')), row('b', 2, calls('t3')), row('c', 3, said('Last.'))];
    const heard = live.map((message) => event('session.message', { sessionKey: key, message }));
    const whole = assistant('First.\n\nNext.\n\nLast.');
    const ended = play(asked, ...steps, ...heard, chat('k1', { seq: 9, state: 'final', message: whole }));
    const order = 'it: First. [tool] [tool] Next. [tool] Last. (done)';
    expect(seen(ended)[1]).toBe(order);
    const [a, b, c] = live;
    const written = [row('a', 1, said('First.')), a, row('b', 2, said('Next.')), b, c];
    const read = play(ended, loaded([...written]));
    expect(seen(read).slice(1)).toEqual([order]);
    expect(seen(play(read, ...heard)).slice(1)).toEqual([order]);
  });

  it('shows words that came with their call at once, which the real Gateway tells apart alone, once', () => {
    const agent = (stream: string, data: object) =>
      event('agent', { runId: 'k1', sessionKey: key, stream, data });
    const remark = (progressText: string) =>
      agent('item', { kind: 'preamble', phase: 'end', progressText, itemId: progressText });
    const begin = (toolCallId: string) => agent('tool', { toolCallId, phase: 'start', name: 'ls' });
    const written = (id: string, content: unknown[]) => ({
      role: 'assistant',
      content,
      __openclaw: { id, seq: 900 + id.length, runId: 'k1' },
    });
    const call = (id: string) => written(id, [{ type: 'toolCall', id, name: 'ls' }]);
    const row = (id: string) => event('session.message', { sessionKey: key, message: call(id) });
    const working = play(
      asked,
      delta('k1', 1, 'First.'),
      remark('First.'),
      row('t1'),
      begin('t1'),
      remark('Next.'),
      row('t22'),
      begin('t22'),
      begin('t333'),
    );
    expect(seen(working)[1]).toBe('it: First. [tool] Next. [tool] [tool] (working)');
    expect(seen(play(asked, remark('First.'), row('t1'), begin('t1')))[1]).toBe(
      'it: First. [tool] (working)',
    );
    const more = play(working, delta('k1', 2, 'First.\n\nNext. is not all.'));
    expect(seen(more)[1]).toBe('it: First. [tool] Next. [tool] [tool] Next. is not all. (working)');
    const said = (id: string, text: string) => written(id, [{ type: 'text', text }]);
    const rows = [said('t1', 'First.'), call('t1'), said('t22', 'Next.'), call('t22')];
    const text = 'First.\n\nNext. is not all.';
    const joined = play(start, loaded(rows, { inFlightRun: { runId: 'k1', text: 'First.' } }));
    expect(seen(joined)).toEqual(['it: First. [tool] Next. [tool] (working)']);
    const read = play(more, loaded(rows, { inFlightRun: { runId: 'k1', text } }));
    expect(seen(read).slice(1)).toEqual([
      'it: First. [tool] Next. [tool] [tool] Next. is not all. (working)',
    ]);
  });

  it('has words and calls in their order also in a run that another device began, or that a reload joins', () => {
    const call = { type: 'toolCall', id: 't1', name: 'ls' };
    const message = {
      role: 'assistant',
      content: [call],
      __openclaw: { id: 'tool-row', seq: 900, runId: 'r7' },
    };
    const begun = play(start, loaded([]), delta('r7', 1, 'Let me look.'));
    const heard = play(
      begun,
      event('session.message', { sessionKey: key, message }),
      delta('r7', 2, 'Let me look.\n\nIt is'),
    );
    expect(seen(heard)).toEqual(['it: Let me look. [tool] It is (working)']);
    const said = { ...message, content: [{ type: 'text', text: 'Let me look.' }] };
    const text = 'Let me look.\n\nIt is';
    const joined = play(start, loaded([said, message], { inFlightRun: { runId: 'r7', text } }));
    expect(seen(joined)).toEqual(['it: Let me look. [tool] It is (working)']);
  });

  it('tells how long a call took, which transcripts do not, also after the run', () => {
    const about = { runId: 'k1', sessionKey: key, stream: 'item' };
    const call = { kind: 'tool', toolCallId: 't1', name: 'ls' };
    const written = {
      role: 'assistant',
      content: [{ type: 'toolCall', id: 't1', name: 'ls' }],
      __openclaw: { id: 'tool-row', seq: 900, runId: 'k1' },
    };
    const model = play(
      asked,
      event('agent', { ...about, data: { ...call, phase: 'start', startedAt: 1000 } }),
      event('agent', { ...about, data: { ...call, phase: 'end', startedAt: 1000, endedAt: 3500 } }),
      chat('k1', { seq: 9, state: 'final', message: assistant('It is there.') }),
      loaded([row('user', 'hello', 'k1'), written, row('assistant', 'It is there.', 'k1')]),
    );
    expect(model.activities).toEqual({});
    const [, answer] = chatRows(model);
    const [part] = answer?.kind === 'assistant' ? answer.segments : [];
    expect(part?.kind === 'tool' && part.tool.detail?.durationMs).toBe(2500);
  });

  it('shows what was stopped before its first word, under its question; one that was taken back leaves nothing', () => {
    const stopped = chat('k1', { seq: 1, state: 'aborted', stopReason: 'rpc' });
    const asked = play(start, submit('k1'), stopped);
    expect(seen(asked)).toEqual(['you: hello', 'it:  (stopped)']);
    expect(seen(play(asked, loaded([row('user', 'hello', 'k1')])))).toEqual(['you: hello', 'it:  (stopped)']);
    expect(seen(play(start, submit('k1'), { type: 'discarded', idempotencyKey: 'k1' }, stopped))).toEqual([]);
  });

  it('tells a stopped answer from a whole one', () => {
    const model = play(
      asked,
      delta('k1', 1, 'Hel'),
      chat('k1', { seq: 2, state: 'aborted', stopReason: 'rpc', message: assistant('Hel') }),
    );
    expect(seen(model)[1]).toBe('it: Hel (stopped)');
    expect(activeRuns(model)).toEqual([]);
  });

  it('says once why a run failed, although the Gateway says it twice', () => {
    const model = play(
      asked,
      chat('k1', { seq: 9, state: 'error', errorMessage: '⚠️ fake/fake-1 request failed (HTTP 401).' }),
      chat('k1', {
        seq: 1,
        state: 'error',
        errorMessage:
          '⚠️ Agent failed before reply: ⚠️ fake/fake-1 request failed (HTTP 401).\nTo view logs, run x',
      }),
    );
    expect(seen(model)).toEqual(['you: hello', 'failed: fake/fake-1 request failed (HTTP 401).']);
  });

  const sentence = '⚠️ LLM request failed (request timed out). This is usually temporary — try again shortly.';
  const reason = sentence.slice(3);
  const failedRow = (id: string, text: string) => ({
    ...assistant(text),
    stopReason: 'error',
    __openclaw: { id, seq: id.length + 900, runId: 'k1' },
  });

  it('tells a failed call of the model from an answer, live and read; what it had said stays above', () => {
    const question = row('user', 'hello', 'k1');
    const error = chat('k1', { seq: 9, state: 'error', errorMessage: 'LLM request timed out.' });
    const heard = (text: string) =>
      event('session.message', { sessionKey: key, message: failedRow('f', text) });
    const silent = play(asked, heard(sentence), error);
    expect(seen(silent)).toEqual(['you: hello', 'failed: LLM request timed out.']);
    expect(seen(play(start, loaded([question, failedRow('f', sentence)])))).toEqual([
      'you: hello',
      `failed: ${reason}`,
    ]);
    const half = `${sentence}\n\nHalf of an answer`;
    for (const order of [
      [heard(half), error],
      [error, heard(half)],
    ]) {
      expect(seen(play(asked, delta('k1', 1, 'Half of an answer'), ...order)).slice(1)).toEqual([
        'it: Half of an answer (done)',
        'failed: LLM request timed out.',
      ]);
    }
    expect(seen(play(start, loaded([question, failedRow('f', half)]))).slice(1)).toEqual([
      'it: Half of an answer (done)',
      `failed: ${reason}`,
    ]);
    const unnamed = loaded([question, failedRow('f', 'Half of an answer')]);
    expect(seen(play(start, unnamed)).slice(1)).toEqual(['it: Half of an answer (done)', 'failed: ']);
  });

  it('shows no failure where a later attempt answered, nor while one is on', () => {
    const half = failedRow('f', `${sentence}\n\nHalf of`);
    const whole = row('assistant', 'Half of an answer.', 'k1');
    expect(seen(play(start, loaded([half, whole])))).toEqual(['it: Half of an answer. (done)']);
    const retried = play(
      asked,
      event('session.message', { sessionKey: key, message: half }),
      delta('k1', 3, 'Half'),
    );
    expect(seen(retried).slice(1)).toEqual(['it: Half (working)']);
    const ended = chat('k1', { seq: 9, state: 'final', message: assistant('Half of an answer.') });
    expect(seen(play(retried, ended)).slice(1)).toEqual(['it: Half of an answer. (done)']);
  });

  it('tells a failed row without a run as well', () => {
    const { __openclaw, ...loose } = failedRow('f', `${sentence}\n\nHalf of an answer`);
    const { runId, ...metadata } = __openclaw;
    const model = play(start, loaded([{ ...loose, __openclaw: metadata }]));
    expect(runId).toBe('k1');
    expect(seen(model)).toEqual(['it: Half of an answer (done)', `failed: ${reason}`]);
  });

  it('ends quietly when a steered message has no answer of its own', () => {
    const model = play(asked, chat('k1', { seq: 1, state: 'final' }));
    expect(seen(model)).toEqual(['you: hello']);
    expect(activeRuns(model)).toEqual([]);
  });

  it('leaves other sessions out', () => {
    const other = chat('k2', { seq: 1, state: 'final', message: assistant('elsewhere') });
    if (other.type !== 'gatewayEvent') throw new Error('unreachable');
    (other.frame.payload as Record<string, unknown>).sessionKey = 'agent:main:other';
    expect(play(asked, other)).toBe(asked);
  });
});

describe('a session that somebody else deletes (R8)', () => {
  const read = play(start, loaded([row('user', 'hello', 'k1'), row('assistant', 'hi', 'k1')]));
  const deleted = event('sessions.changed', { sessionKey: key, reason: 'delete' });

  it('keeps what was read of it, also over a reconnect, and nothing runs in it', () => {
    const model = play(read, delta('k2', 1, 'more'), deleted);
    expect(model).toMatchObject({ isGone: true, activities: {} });
    expect(seen(model)).toEqual(['you: hello', 'it: hi (done)']);
    const again = play(read, loaded([], { sessionId: undefined }));
    expect(again).toMatchObject({ isGone: true, isLoaded: true });
    expect(seen(again)).toEqual(seen(read));
  });

  it('begins anew with the next message', () => {
    const model = play(read, deleted, submit('k3'));
    expect(model).toMatchObject({ isGone: false, sessionId: null });
    expect(seen(model)).toEqual(['you: hello (waiting)']);
  });

  it('is one that never was where something still waits to be sent', () => {
    const model = play(read, submit('k3'), loaded([], { sessionId: undefined }));
    expect(model.isGone).toBe(false);
    expect(seen(model)).toEqual(['you: hello (waiting)']);
  });

  it('takes what it had been sent with it; what is still to be sent is kept', () => {
    const sent = play(read, submit('k3'), { type: 'sendStarted', idempotencyKey: 'k3' });
    const answered = { type: 'sendAccepted', idempotencyKey: 'k3', status: 'started', atMs: 3 } as const;
    const model = play(sent, answered, submit('k4'), deleted);
    expect(model.outbox.map(({ idempotencyKey }) => idempotencyKey)).toEqual(['k4']);
  });
});
