import { describe, expect, it, vi } from 'vitest';
import { createChatPages } from '../../test-support/chat-pages.ts';

const notes = () => new File(['hello'], 'notes.txt', { type: 'text/plain' });
const picture = (name: string) => new File([name], name, { type: 'image/png' });

type Page = ReturnType<ReturnType<typeof createChatPages>['open']>;
const names = ({ state }: Page) => state().attached.files.map((file) => [file.name, file.state]);

describe('files of a draft (R8)', () => {
  it('come back with its text after a reload, and go out with it', async () => {
    const { open, storage } = createChatPages();
    const before = open();
    before.chat.actions.setDraft('read this');
    before.chat.actions.attach([notes()]);
    before.chat.actions.stop();
    const page = open();
    expect(page.state().draft).toBe('read this');
    expect(names(page)).toEqual([['notes.txt', 'reading']]);
    page.chat.actions.submit();
    expect(page.shown()).toEqual([]);
    await vi.waitFor(() => expect(page.state().attached.isReady).toBe(true));
    await page.greet();
    page.chat.actions.submit();
    await vi.waitFor(() => expect(page.sends()).toHaveLength(1));
    expect(page.sends()).toMatchObject([
      { message: 'read this', attachments: [{ fileName: 'notes.txt', content: btoa('hello') }] },
    ]);
    expect(storage.found().draftFiles).toEqual({ 'local\nmain': [] });
  });

  it('are read when their conversation is shown, not before, and are sent with it all the same', async () => {
    const { open, storage } = createChatPages();
    const left = (id: string, text: string) => {
      const blob = new Blob([text], { type: 'text/plain' });
      return { id, name: `${id}.txt`, mimeType: 'text/plain', bytes: blob.size, blob };
    };
    const [here, there, elsewhere] = [left('f1', 'here'), left('f2', 'there'), left('f3', 'elsewhere')];
    storage.saveDraftFiles('local\nmain', [], [here]);
    storage.saveDraftFiles('local\nagent:main:other', [], [there]);
    storage.saveDraftFiles('remote:studio\nmain', [], [elsewhere]);
    storage.saveDraft('local\nagent:main:other', 'read this');
    const read = vi.spyOn(FileReader.prototype, 'readAsDataURL');
    const opened = () => read.mock.calls.map(([blob]) => blob);

    const page = open();
    await vi.waitFor(() => expect(names(page)).toEqual([['f1.txt', 'ready']]));
    await page.greet();
    expect(opened()).toEqual([here.blob]);

    page.chat.actions.openSession('agent:main:other');
    expect(page.state().draft).toBe('read this');
    expect(names(page)).toEqual([['f2.txt', 'reading']]);
    page.chat.actions.submit();
    expect(page.shown()).toEqual([]);
    await vi.waitFor(() => expect(page.state().attached.isReady).toBe(true));
    page.chat.actions.submit();
    expect(storage.found().outboxes['local\nagent:main:other']).toMatchObject([
      { text: 'read this', attachments: [{ fileName: 'f2.txt', content: btoa('there') }] },
    ]);
    expect(opened()).toEqual([here.blob, there.blob]);
    read.mockRestore();
  });

  it('hold its text back where they are lost, until they are added again or removed', async () => {
    const { open, storage } = createChatPages();
    storage.saveDraft('local\nmain', 'read this');
    const lost = { id: 'f1', name: 'notes.txt', mimeType: 'text/plain', bytes: 5, blob: null };
    storage.saveDraftFiles('local\nmain', [], [lost]);
    const page = open();
    expect(page.state().attached).toMatchObject({ isReady: false, files: [{ problem: { kind: 'lost' } }] });
    page.chat.actions.submit();
    expect(page.shown()).toEqual([]);
    page.chat.actions.attach([notes()]);
    await vi.waitFor(() => expect(names(page)).toEqual([['notes.txt', 'ready']]));
    page.chat.actions.submit();
    expect(page.shown()).toEqual([['read this', 'waiting']]);
  });

  it('are a message before they are no draft any more', async () => {
    const { open, storage } = createChatPages();
    const page = open();
    await page.attach(notes());
    const order: string[] = [];
    vi.spyOn(storage, 'saveOutbox').mockImplementation(() => void order.push('message'));
    vi.spyOn(storage, 'saveDraftFiles').mockImplementation(() => void order.push('draft'));
    page.chat.actions.submit();
    expect(order).toEqual(['message', 'draft']);
  });

  it('that are pictures are kept for the next page once they were taken up, and not where they went nowhere', async () => {
    const { open } = createChatPages();
    const before = open();
    await before.greet();
    await before.attach(picture('a.png'));
    before.write('sent');
    await vi.waitFor(() => expect(before.sends()).toHaveLength(1));
    const sent = before.sendId('sent');
    const media = [{ url: 'media://inbound/a.png', kind: 'image' }];
    const row = { role: 'user', content: 'sent', timestamp: 1, idempotencyKey: `${sent}:user` };
    const message = { ...row, __openclaw: { id: 'm1', seq: 1, media } };
    before.net.last().event('session.message', { sessionKey: 'agent:main:main', message });
    before.net.last().drop();
    await before.attach(picture('b.png'));
    before.write('unsent');
    const unsent = before.sendId('unsent');
    before.chat.actions.discard(unsent);
    before.chat.actions.stop();

    const { chat, state, greet } = open();
    await greet({ messages: [message] });
    expect(state().rows).toMatchObject([{ sendId: sent, pictures: [] }]);
    expect(chat.artifacts.sentWith(sent)).toEqual([]);
    expect(await chat.artifacts.recall(sent)).toMatchObject([{ name: 'a.png', data: btoa('a.png') }]);
    expect(chat.artifacts.sentWith(sent)).toHaveLength(1);
    expect(await chat.artifacts.recall(unsent)).toEqual([]);
  });
});
