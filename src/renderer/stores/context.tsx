import { createContext, type ReactNode, useContext, useEffect } from 'react';
import { useStore } from 'zustand';
import type { RequestFunction } from '../../shared/contract/requests.ts';
import type { Snapshot } from '../../shared/contract/snapshot.ts';
import type { Notifier } from '../notifier.ts';
import type { AppState, AppStore } from './app-store.ts';
import type { AgentQuestion } from './chat/agent-questions.ts';
import type { CommandApproval, PluginApproval, SystemApproval } from './chat/approvals.ts';
import type { Artifacts } from './chat/artifacts.ts';
import type { ChatActions, ChatState, ChatStore } from './chat/chat-store.ts';
import type { SlashCommand } from './chat/commands.ts';
import type { ModelsState, ModelsStore } from './chat/models.ts';
import type { WaitingState } from './chat/waiting-list.ts';
import type { DoctorActions, DoctorState, DoctorStore } from './doctor-store.ts';
import type { SessionsActions, SessionsState } from './sessions/sessions-types.ts';
import type { SettingsDraftStore } from './settings-draft.ts';
import type { TunnelServiceActions, TunnelServiceState, TunnelServiceStore } from './tunnel-service-store.ts';
import { newestUndoable, type Undoable } from './undo-order.ts';

export type Stores = {
  app: AppStore;
  chat: ChatStore;
  doctor: DoctorStore;
  settings: SettingsDraftStore;
  tunnelService: TunnelServiceStore;
  notifier: Notifier;
};

const StoresContext = createContext<Stores | null>(null);

export function StoresProvider({ stores, children }: { stores: Stores; children: ReactNode }) {
  return <StoresContext value={stores}>{children}</StoresContext>;
}

export function useStores(): Stores {
  const stores = useContext(StoresContext);
  if (!stores) throw new Error('StoresProvider is missing');
  return stores;
}

export function useAppState<T>(select: (state: AppState) => T): T {
  return useStore(useStores().app.store, select);
}

/** For screens that are shown only when there is a snapshot. */
export function useSnapshot<T>(select: (snapshot: Snapshot) => T): T {
  return useAppState(({ current }) => {
    if (!current) throw new Error('no snapshot yet');
    return select(current.snapshot);
  });
}

export function useRequest(): RequestFunction {
  return useStores().app.request;
}

export function useChat<T>(select: (state: ChatState) => T): T {
  return useStore(useStores().chat.store, select);
}

export function useChatActions(): ChatActions {
  return useStores().chat.actions;
}

export function useSessions<T>(select: (state: SessionsState) => T): T {
  return useStore(useStores().chat.sessions.store, select);
}

export function useSessionsActions(): SessionsActions {
  return useStores().chat.sessions.actions;
}

/** What can be had back and was taken away last. */
export function useNewestUndoable(): Undoable | null {
  const removals = useSessions((state) => state.removals);
  const discarded = useChat((chat) => chat.discarded);
  return newestUndoable(removals, discarded);
}

export function useDoctor<T>(select: (state: DoctorState) => T): T {
  return useStore(useStores().doctor.store, select);
}

export function useDoctorActions(): DoctorActions {
  return useStores().doctor.actions;
}

export function useTunnelService<T>(select: (state: TunnelServiceState) => T): T {
  return useStore(useStores().tunnelService.store, select);
}

export function useTunnelServiceActions(): TunnelServiceActions {
  return useStores().tunnelService.actions;
}

export function useApprovals<T>(select: (state: WaitingState<CommandApproval>) => T): T {
  return useStore(useStores().chat.approvals.store, select);
}

export function usePluginApprovals<T>(select: (state: WaitingState<PluginApproval>) => T): T {
  return useStore(useStores().chat.pluginApprovals.store, select);
}

export function useSystemApprovals<T>(select: (state: WaitingState<SystemApproval>) => T): T {
  return useStore(useStores().chat.systemApprovals.store, select);
}

export function useAgentQuestions<T>(select: (state: WaitingState<AgentQuestion>) => T): T {
  return useStore(useStores().chat.agentQuestions.store, select);
}

/** What its Gateway calls a node; null as long as that is not known. */
export function useNodeName(nodeId: string | null): string | null {
  const { nodes } = useStores().chat;
  const isConnected = useApprovals((state) => state.isConnected);
  useEffect(() => {
    if (nodeId !== null && isConnected) void nodes.read();
  }, [nodes, nodeId, isConnected]);
  return useStore(nodes.store, ({ names }) => (nodeId === null ? null : (names.get(nodeId) ?? null)));
}

export function useModels<T>(select: (state: ModelsState) => T): T {
  return useStore(useStores().chat.models.store, select);
}

export function useModelsStore(): ModelsStore {
  return useStores().chat.models;
}

export function useArtifacts(): Artifacts {
  return useStores().chat.artifacts;
}

/** Slash commands of the Gateway on the screen. */
export function useCommands(): readonly SlashCommand[] {
  return useStore(useStores().chat.commands.store, (state) => state.commands);
}
