import { createHash } from 'node:crypto';
import {
  type ExecApprovalsSetParams,
  type ExecApprovalsSnapshot,
  validateExecApprovalsGetParams,
  validateExecApprovalsSetParams,
} from '@openclaw/gateway-protocol';
import type { AllowedCommand, Allowlist } from '../agent/approvals/allowlist.ts';
import { answer, invalidRequest } from '../server/frames.ts';
import { AGENT_ID } from '../sessions/session-key.ts';
import { checked, type MethodTable } from './method.ts';

type PolicyDeps = { readonly allowlist: Allowlist; readonly databasePath: string };

/**
 * What is allowed for good, as the policy document of a real Gateway. Decisions write it; `exec.approvals.set` takes
 * entries out of it. It puts none in: a real entry is a pattern, and here nothing but the very command that a person
 * saw is allowed.
 */
export function approvalPolicyMethods({ allowlist, databasePath }: PolicyDeps): MethodTable {
  const snapshot = () => answer(readPolicy(allowlist.list(), databasePath));
  return {
    ...checked('exec.approvals.get', 'operator.admin', validateExecApprovalsGetParams, snapshot),
    ...checked(
      'exec.approvals.set',
      'operator.admin',
      validateExecApprovalsSetParams,
      ({ file, baseHash }) => {
        const entries = allowlist.list();
        if (baseHash === undefined) return invalidRequest(`exec approvals base hash required; ${retry}`);
        if (baseHash !== hashOf(entries))
          return invalidRequest(`exec approvals changed since last load; ${retry}`);
        const unsupported = findUnsupported(file, entries);
        if (unsupported !== null) return invalidRequest(`${unsupported} is not supported by this gateway`);
        const kept = new Set(keptBy(file).map((entry) => find(entries, entry)));
        for (const entry of entries) if (!kept.has(entry)) allowlist.remove(entry.command, entry.cwd);
        return snapshot();
      },
    ),
  };
}

const retry = 're-run exec.approvals.get and retry';
const defaults = {
  security: 'allowlist',
  ask: 'on-miss',
  askFallback: 'deny',
  autoAllowSkills: false,
} as const;

type PolicyFile = ExecApprovalsSetParams['file'];
type PolicyEntry = NonNullable<NonNullable<PolicyFile['agents']>[string]['allowlist']>[number];

const idOf = ({ command, cwd }: AllowedCommand) =>
  createHash('sha256').update(`${cwd}\0${command}`).digest('hex').slice(0, 32);
const textOf = ({ command, cwd }: AllowedCommand) => `${cwd}: ${command}`;
const hashOf = (entries: readonly AllowedCommand[]) =>
  createHash('sha256').update(entries.map(idOf).join()).digest('hex');
const keptBy = (file: PolicyFile) => file.agents?.[AGENT_ID]?.allowlist ?? [];

const find = (entries: readonly AllowedCommand[], { id, pattern, commandText }: PolicyEntry) =>
  entries.find(
    (entry) =>
      pattern === entry.command && (id === undefined ? commandText === textOf(entry) : id === idOf(entry)),
  );

/** The first thing in the document that would change more than take entries out. */
function findUnsupported(file: PolicyFile, entries: readonly AllowedCommand[]): string | null {
  const isOwn = (given: object | undefined) =>
    Object.entries(given ?? {}).every(([name, value]) => value === Object(defaults)[name]);
  if (!isOwn(file.defaults)) return 'defaults';
  const other = Object.keys(file.agents ?? {}).find((name) => name !== AGENT_ID);
  if (other !== undefined) return `agents.${other}`;
  const { allowlist = [], mcpTools = [], ...settings } = file.agents?.[AGENT_ID] ?? {};
  if (!isOwn(settings)) return `agents.${AGENT_ID}.${Object.keys(settings)[0]}`;
  if (mcpTools.length > 0) return `agents.${AGENT_ID}.mcpTools`;
  const unknown = allowlist.find((entry) => find(entries, entry) === undefined);
  return unknown === undefined ? null : `a new allowlist pattern ("${unknown.pattern}")`;
}

function readPolicy(entries: readonly AllowedCommand[], databasePath: string): ExecApprovalsSnapshot {
  return {
    path: `${databasePath}#exec_allowlist`,
    exists: true,
    hash: hashOf(entries),
    file: {
      version: 1,
      defaults,
      agents: {
        [AGENT_ID]: {
          allowlist: entries.map((entry) => ({
            id: idOf(entry),
            pattern: entry.command,
            commandText: textOf(entry),
            source: 'allow-always' as const,
            ...(entry.lastUsedAt === null ? {} : { lastUsedAt: entry.lastUsedAt }),
          })),
        },
      },
    },
    resolvedDefaults: defaults,
  };
}
