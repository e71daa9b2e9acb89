import { act, waitFor } from '@testing-library/react';
import type { ReactNode } from 'react';
import { WebChat } from '../features/webchat/webchat.tsx';
import { renderScreen } from './render.tsx';
import { localSnapshot } from './snapshot.ts';

const policy = { attachments: { maxBytes: 100, maxImageBytes: 10 } };
const commands = [
  { name: 'status', textAliases: ['/status'], description: 'Show the state.', acceptsArgs: false },
  { name: 'model', textAliases: ['/model'], description: 'Choose a model.', acceptsArgs: true },
];

type Opening = {
  messages?: unknown[];
  /** Runs that go on; unsaid where absent. */
  activeRunIds?: string[];
  /** The Gateway has older messages. */
  hasMore?: boolean;
  /** Or the error that refuses them. */
  approvals?: unknown[] | Record<string, unknown>;
  pluginApprovals?: unknown[];
  systemApprovals?: unknown[];
  models?: unknown[];
  questions?: unknown[];
  /** Other parts of the page. */
  beside?: ReactNode;
  /** Rows of `sessions.list`. */
  sessions?: unknown[];
  /** Of `hello-ok.features`. */
  methods?: string[];
};

/** WebChat on the local Gateway's main session, connected and read; the test goes on to play the Gateway. */
export async function openWebChat(opening: Opening = {}) {
  const {
    messages = [],
    hasMore = false,
    approvals = [],
    models = [],
    questions = [],
    sessions = [],
    methods = [],
  } = opening;
  const sessionInfo = opening.activeRunIds && { activeRunIds: opening.activeRunIds };
  const { pluginApprovals = [], systemApprovals = [], beside = null } = opening;
  const played = renderScreen(
    <>
      <WebChat />
      {beside}
    </>,
    localSnapshot,
  );
  const connection = played.net.last();
  act(() => connection.challenge());
  await waitFor(() => connection.request('connect'));
  const hello = { type: 'hello-ok', protocol: 4, policy, features: { methods } };
  await act(async () => connection.reply('connect', hello));
  await waitFor(() => connection.request('chat.history'));
  await act(async () => connection.reply('chat.history', { sessionId: 's', messages, hasMore, sessionInfo }));
  await act(async () => connection.reply('commands.list', { commands }));
  await act(async () => {
    if (Array.isArray(approvals)) connection.reply('exec.approval.list', approvals);
    else connection.refuse('exec.approval.list', approvals);
  });
  await act(async () => connection.reply('models.list', { models }));
  await act(async () => connection.reply('sessions.list', { sessions }));
  if (methods.includes('plugin.approval.list')) {
    await act(async () => connection.reply('plugin.approval.list', pluginApprovals));
  }
  if (methods.includes('openclaw.approval.list')) {
    await act(async () => connection.reply('openclaw.approval.list', systemApprovals));
  }
  if (methods.includes('question.list')) {
    await act(async () => connection.reply('question.list', { questions }));
  }
  return { ...played, connection };
}
