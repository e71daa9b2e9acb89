import { z } from 'zod';
import { assertNever } from '../../../shared/assert-never.ts';
import type { AppError } from '../../../shared/errors.ts';
import type { ChatModel } from './chat-state.ts';
import { readCut } from './cut.ts';
import { withWhole } from './cut-messages.ts';
import { requestError } from './refusal.ts';

export type WholeEvent =
  | { type: 'wholeAsked'; id: string }
  | { type: 'wholeRead'; id: string; message: object }
  | { type: 'wholeFailed'; id: string; error: AppError }
  | { type: 'wholeRefused'; id: string };

export function wholeEvent(model: ChatModel, event: WholeEvent): ChatModel {
  const { id } = event;
  switch (event.type) {
    case 'wholeAsked':
      return { ...model, wholes: { ...model.wholes, [id]: { tag: 'reading' } } };
    case 'wholeFailed':
      return { ...model, wholes: { ...model.wholes, [id]: { tag: 'failed', error: event.error } } };
    case 'wholeRefused':
      return unavailable(model, id);
    case 'wholeRead': {
      const projection = withWhole(model.projection, id, event.message);
      if (projection === model.projection) return unavailable(model, id);
      const { [id]: _read, ...wholes } = model.wholes;
      return { ...model, wholes, projection };
    }
    default:
      return assertNever(event);
  }
}

function unavailable(model: ChatModel, id: string): ChatModel {
  return { ...model, wholes: { ...model.wholes, [id]: { tag: 'unavailable' } } };
}

export type WholeReaderOptions = {
  request: <T>(method: string, params: unknown) => Promise<T>;
  model: () => ChatModel;
  tell: (event: WholeEvent) => void;
};

/** Each may be megabytes: what else the page asks must not wait behind many. */
const atOnce = 2;
/** The most that one may ask for (protocol 4). */
const maxChars = 2_000_000;

const answerSchema = z.looseObject({
  ok: z.boolean(),
  message: z.looseObject({}).optional(),
});

/** Reads messages whole that came cut, a few at a time; those that were asked for last come first. */
export function createWholeReader({ request, model, tell }: WholeReaderOptions) {
  const reading = new Map<string, Promise<boolean>>();
  const waiting: (() => void)[] = [];
  let free = atOnce;

  async function read(id: string): Promise<boolean> {
    tell({ type: 'wholeAsked', id });
    if (free > 0) free -= 1;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      const { sessionKey } = model();
      const answer = await request('chat.message.get', { sessionKey, messageId: id, maxChars });
      const { message } = answerSchema.parse(answer);
      if (message) tell({ type: 'wholeRead', id, message });
      if (message && readCut(message) === null) return true;
      tell({ type: 'wholeRefused', id });
    } catch (thrown) {
      tell({ type: 'wholeFailed', id, error: requestError(thrown, 'chat.message.get') });
    } finally {
      reading.delete(id);
      const next = waiting.pop();
      if (next) next();
      else free += 1;
    }
    return false;
  }

  /** True where all of them are there; who asks meanwhile gets what is on its way. */
  return async (ids: readonly string[]): Promise<boolean> => {
    const asked = ids.map((id) => {
      const known = reading.get(id) ?? read(id);
      reading.set(id, known);
      return known;
    });
    const isRead = await Promise.all(asked);
    return isRead.length > 0 && isRead.every(Boolean);
  };
}
