import { describe, expect, it, vi } from 'vitest';
import { createChatPages } from '../../test-support/chat-pages.ts';

const methods = ['sessions.rewind', 'sessions.branches.switch'];
const main = 'local\nmain';
const question = { role: 'user', content: 'one', __openclaw: { id: 'a', seq: 1 } };
const withFile = { ...question, __openclaw: { id: 'a', seq: 1, media: [{ fileName: 'a.txt' }] } };
const answer = { role: 'assistant', content: 'first', __openclaw: { id: 'b', seq: 2 } };
const asItWas = { messages: [question, answer] };
/** The Gateway goes on under another id. */
const takenBack = { sessionId: 's2', messages: [] };

type Page = ReturnType<ReturnType<typeof createChatPages>['open']>;

const texts = (page: Page) => page.sends().map((sent) => sent.message);
const rewinds = ({ net }: Page) =>
  net.connections.flatMap(({ requests }) => requests.filter(({ method }) => method === 'sessions.rewind'));

function theQuestion({ state }: Page) {
  const row = state().rows.find((one) => one.kind === 'user');
  if (row?.kind !== 'user') throw new Error('no question');
  return row;
}

/** A page with half a thought in the field, which writes the question again instead. */
async function withEdit(rows: readonly object[] = asItWas.messages) {
  const pages = createChatPages();
  const page = pages.open();
  await page.greet({ messages: rows }, methods);
  page.chat.actions.setDraft('half a thought');
  page.chat.actions.rewrite(theQuestion(page));
  page.chat.actions.setDraft('one, better');
  return { ...pages, page };
}

/** Until the Gateway has got what it is asked, without an answer. */
async function toRewind(page: Page) {
  const connection = page.net.last();
  await vi.waitFor(() => connection.request('sessions.branches.list'));
  connection.reply('sessions.branches.list', { branches: [{ leafEntryId: 'b', active: true }] });
  await vi.waitFor(() => connection.request('sessions.rewind'));
  return connection;
}

const inTheField = { draft: 'one, better', rewrite: { entryId: 'a' }, isRewinding: false };
const over = { draft: 'half a thought', rewrite: null, isRewinding: false, rewriteError: null };

describe('an earlier message in other words (R8)', () => {
  it('is there after a reload, as such, and the draft after that', async () => {
    const { open, page } = await withEdit();
    page.chat.actions.stop();
    const next = open();
    expect(next.state()).toMatchObject(inTheField);
    await next.greet(asItWas, methods);
    next.chat.actions.submit();
    await toRewind(next);
    expect(rewinds(next)).toMatchObject([{ params: { entryId: 'a' } }]);
    expect(texts(next)).toEqual([]);
    next.net.last().reply('sessions.rewind', { editorText: 'one' });
    await vi.waitFor(() => expect(texts(next)).toEqual(['one, better']));
    expect(next.state()).toMatchObject({ ...over, formerLeafId: 'b' });
  });

  it('gives the draft back to the page after a reload that leaves the message as it is', async () => {
    const { open, page, storage } = await withEdit();
    page.chat.actions.stop();
    const next = open();
    await next.greet(asItWas, methods);
    next.chat.actions.endRewrite();
    expect(next.state()).toMatchObject(over);
    expect(storage.found()).toMatchObject({ drafts: { [main]: 'half a thought' }, rewrites: {} });
    expect(rewinds(next)).toEqual([]);
  });

  it('what was typed while the page was read is no part of it: all of that waits in the draft', async () => {
    const { open, page } = await withEdit();
    page.chat.actions.stop();
    const next = open();
    await next.greet(asItWas, methods);
    next.chat.actions.goOn(['said'], 'and typed');
    expect(next.state()).toMatchObject(inTheField);
    expect(texts(next)).toEqual([]);
    next.chat.actions.endRewrite();
    expect(next.state()).toMatchObject({ ...over, draft: 'half a thought\n\nsaid\n\nand typed' });
  });

  it('waits in the field where the connection ended before the Gateway was asked', async () => {
    const { page } = await withEdit();
    page.chat.actions.submit();
    await vi.waitFor(() => page.net.last().request('sessions.branches.list'));
    page.net.last().drop();
    page.reconnect();
    await page.greet(asItWas, methods);
    await vi.waitFor(() => expect(page.state()).toMatchObject(inTheField));
    expect(texts(page)).toEqual([]);
    page.chat.actions.submit();
    (await toRewind(page)).reply('sessions.rewind', { editorText: 'one' });
    await vi.waitFor(() => expect(texts(page)).toEqual(['one, better']));
    expect(page.state()).toMatchObject(over);
  });

  it('waits in the field where the Gateway was asked and took nothing back', async () => {
    const { page } = await withEdit();
    page.chat.actions.submit();
    (await toRewind(page)).drop();
    expect(page.state()).toMatchObject({ draft: 'one, better', isRewinding: true });
    page.reconnect();
    await page.greet(asItWas, methods);
    await vi.waitFor(() => expect(page.state()).toMatchObject(inTheField));
    expect(texts(page)).toEqual([]);
  });

  it.each(['the same page', 'the next page'])(
    'goes out once from %s where the answer was lost',
    async (who) => {
      const { open, page } = await withEdit();
      page.chat.actions.submit();
      (await toRewind(page)).drop();
      const isSame = who === 'the same page';
      if (isSame) page.reconnect();
      else page.chat.actions.stop();
      const next = isSame ? page : open();
      expect(next.state()).toMatchObject({ draft: 'one, better', isRewinding: true });
      await next.greet(takenBack, methods);
      await vi.waitFor(() => expect(texts(next)).toEqual(['one, better']));
      expect(next.state()).toMatchObject({ ...over, formerLeafId: 'b' });
      expect(next.shown()).toEqual([['one, better', 'sending']]);
    },
  );

  it('goes out under the same key where the connection ended after the answer', async () => {
    const { page } = await withEdit();
    page.chat.actions.submit();
    const connection = await toRewind(page);
    connection.reply('sessions.rewind', { editorText: 'one' });
    await vi.waitFor(() => expect(texts(page)).toEqual(['one, better']));
    connection.drop();
    page.reconnect();
    await page.greet(takenBack, methods);
    await vi.waitFor(() => expect(page.sends()).toHaveLength(2));
    expect(new Set(page.sends().map((sent) => sent.idempotencyKey)).size).toBe(1);
    expect(rewinds(page)).toHaveLength(1);
  });

  it('is sent once, with its file, by the page after a crash between message and edit', async () => {
    const { open, page, storage } = await withEdit([withFile, answer]);
    page.chat.actions.submit();
    const connection = await toRewind(page);
    const { rewrites } = storage.found();
    const editorAttachments = [{ mimeType: 'text/plain', data: btoa('hello') }];
    connection.reply('sessions.rewind', { editorText: 'one', editorAttachments });
    await vi.waitFor(() => expect(texts(page)).toEqual(['one, better']));
    page.chat.actions.stop();
    const next = open(undefined, { ...storage.found(), rewrites });
    await next.greet(takenBack, methods);
    await vi.waitFor(() =>
      expect(next.sends()).toMatchObject([{ attachments: [{ content: btoa('hello') }] }]),
    );
    expect(next.state()).toMatchObject({ ...over, lostFiles: [] });
    expect(next.shown()).toHaveLength(1);
  });

  it('is looked for in earlier pages before it counts as taken back', async () => {
    const { open, page } = await withEdit();
    page.chat.actions.submit();
    (await toRewind(page)).drop();
    page.chat.actions.stop();
    const next = open();
    await next.greet({ messages: [answer], hasMore: true, nextOffset: 1 }, methods);
    const connection = next.net.last();
    await vi.waitFor(() => expect(connection.request('chat.history').params).toMatchObject({ offset: 1 }));
    expect(texts(next)).toEqual([]);
    connection.reply('chat.history', { sessionId: 's1', messages: [question], hasMore: false });
    await vi.waitFor(() => expect(next.state()).toMatchObject(inTheField));
    expect(texts(next)).toEqual([]);
  });

  it('loses nothing that is written while the Gateway is asked', async () => {
    const { page } = await withEdit();
    page.chat.actions.submit();
    const connection = await toRewind(page);
    page.chat.actions.endRewrite();
    page.chat.actions.setDraft('one, better still');
    connection.reply('sessions.rewind', { editorText: 'one' });
    await vi.waitFor(() => expect(texts(page)).toEqual(['one, better']));
    expect(page.state()).toMatchObject({ draft: 'one, better still\n\nhalf a thought', rewrite: null });
  });

  it('waits in the field, before the draft, where its files were in the answer that was lost', async () => {
    const { page } = await withEdit([withFile, answer]);
    page.chat.actions.submit();
    (await toRewind(page)).drop();
    page.reconnect();
    await page.greet(takenBack, methods);
    await vi.waitFor(() => expect(page.state().lostFiles).toEqual(['a.txt']));
    expect(page.state()).toMatchObject({
      ...over,
      draft: 'one, better\n\nhalf a thought',
      formerLeafId: 'b',
    });
    expect(texts(page)).toEqual([]);
  });

  it('keeps its words in the field where somebody else has taken the message back', async () => {
    const { page } = await withEdit();
    page.net.last().drop();
    page.reconnect();
    await page.greet(takenBack, methods);
    await vi.waitFor(() => expect(page.shown()).toEqual([]));
    page.chat.actions.endRewrite();
    expect(page.state()).toMatchObject({ ...over, draft: 'one, better\n\nhalf a thought' });
  });

  it('is a draft where another message is answered again meanwhile', async () => {
    const { page } = await withEdit();
    page.chat.actions.answerAgain(theQuestion(page));
    (await toRewind(page)).reply('sessions.rewind', { editorText: 'one' });
    await vi.waitFor(() => expect(texts(page)).toEqual(['one']));
    expect(page.state()).toMatchObject({ ...over, draft: 'one, better\n\nhalf a thought' });
  });
});

describe('a message that is answered again (R8)', () => {
  async function askedAgain(rows: readonly object[] = asItWas.messages) {
    const pages = createChatPages();
    const page = pages.open();
    await page.greet({ messages: rows }, methods);
    page.chat.actions.setDraft('half a thought');
    page.chat.actions.answerAgain(theQuestion(page));
    const connection = await toRewind(page);
    return { ...pages, page, connection };
  }

  it('goes out where the answer was lost, and what was there is offered', async () => {
    const { page, connection, storage } = await askedAgain();
    connection.drop();
    expect(page.state()).toMatchObject({ draft: 'half a thought', isRewinding: true });
    page.reconnect();
    await page.greet(takenBack, methods);
    await vi.waitFor(() => expect(texts(page)).toEqual(['one']));
    expect(page.state()).toMatchObject({ ...over, formerLeafId: 'b' });
    expect(storage.found().rewrites).toEqual({});
  });

  it('stays as it was where the Gateway took nothing back', async () => {
    const { open, page, connection, storage } = await askedAgain();
    connection.drop();
    page.chat.actions.stop();
    const next = open();
    await next.greet(asItWas, methods);
    await vi.waitFor(() => expect(storage.found().rewrites).toEqual({}));
    expect(next.state()).toMatchObject(over);
    expect(next.shown()).toEqual([['one', null], 'assistant']);
    expect(texts(next)).toEqual([]);
  });

  it('is found by the next page in a conversation that it does not show', async () => {
    const { open, page, connection, storage } = await askedAgain();
    connection.drop();
    page.chat.actions.openSession('agent:main:other');
    page.chat.actions.stop();
    const next = open();
    const again = next.net.last();
    again.challenge();
    await vi.waitFor(() => again.request('connect'));
    again.reply('connect', {
      type: 'hello-ok',
      protocol: 4,
      policy: { tickIntervalMs: 30_000 },
      features: { methods },
    });
    await vi.waitFor(() =>
      expect(again.request('chat.history').params).toMatchObject({ sessionKey: 'agent:main:main' }),
    );
    again.reply('chat.history', { hasMore: false, ...takenBack });
    await vi.waitFor(() => expect(texts(next)).toEqual(['one']));
    expect(storage.found().rewrites[main]).toBeUndefined();
  });
});
