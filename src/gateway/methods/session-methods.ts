import {
  validateSessionsDescribeParams,
  validateSessionsMessagesSubscribeParams,
  validateSessionsMessagesUnsubscribeParams,
  validateSessionsPreviewParams,
} from '@openclaw/gateway-protocol';
import { answer } from '../server/frames.ts';
import { parseSessionKey } from '../sessions/session-key.ts';
import type { SessionSettingsStore } from '../sessions/session-settings.ts';
import type { SessionStore } from '../sessions/session-store.ts';
import type { SessionView } from '../sessions/session-view.ts';
import type { TranscriptReader } from '../sessions/transcript-reader.ts';
import { checked, type MethodTable, plain } from './method.ts';
import { type SessionListDeps, sessionListMethods, texts } from './session-list.ts';

export type SessionDeps = SessionListDeps & {
  readonly sessions: SessionStore;
  readonly settings: SessionSettingsStore;
  readonly view: SessionView;
  readonly reader: TranscriptReader;
};

const DEFAULT_PREVIEW_ITEMS = 12;
const DEFAULT_PREVIEW_CHARACTERS = 240;

/** Looking at sessions and listening to them. Shapes as observed. */
export function sessionMethods(deps: SessionDeps): MethodTable {
  return {
    ...sessionListMethods(deps),
    ...plain('sessions.unsubscribe', 'operator.read', (client) => {
      client.watchSessions(false);
      return answer({ subscribed: false });
    }),
    ...checked(
      'sessions.messages.subscribe',
      'operator.read',
      validateSessionsMessagesSubscribeParams,
      (params, client) => {
        const { key } = parseSessionKey(params.key);
        client.watchedKeys.add(key);
        return answer({ subscribed: true, key });
      },
    ),
    ...checked(
      'sessions.messages.unsubscribe',
      'operator.read',
      validateSessionsMessagesUnsubscribeParams,
      (params, client) => {
        const { key } = parseSessionKey(params.key);
        client.watchedKeys.delete(key);
        return answer({ subscribed: false, key });
      },
    ),
    ...checked('sessions.describe', 'operator.read', validateSessionsDescribeParams, (params) => {
      const { key } = parseSessionKey(params.key);
      if (deps.sessions.find(key) === undefined) return answer({ session: null });
      const wording = { settings: deps.settings.read(key), ...deps.sessions.preview(key) };
      return answer({ session: { ...deps.view.row(key), ...texts(wording, params) } });
    }),
    ...checked('sessions.preview', 'operator.read', validateSessionsPreviewParams, (params) => {
      const { limit = DEFAULT_PREVIEW_ITEMS, maxChars = DEFAULT_PREVIEW_CHARACTERS } = params;
      const previews = params.keys.map((asked) => {
        const { key } = parseSessionKey(asked);
        if (deps.sessions.find(key) === undefined) return { key: asked, status: 'missing', items: [] };
        const items = deps.reader.said(key, limit).map(({ role, text }) => ({
          role,
          text: text.length <= maxChars ? text : `${text.slice(0, maxChars - 3)}...`,
        }));
        return { key: asked, status: items.length === 0 ? 'empty' : 'ok', items };
      });
      return answer({ ts: deps.now(), previews });
    }),
  };
}
