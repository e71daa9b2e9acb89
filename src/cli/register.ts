import {
  registerChat,
  registerDevices,
  registerDiscover,
  registerGateway,
  registerHealth,
  registerLogs,
  registerNodes,
  registerSessions,
  registerStatus,
} from './calls.ts';
import { registerConfig } from './config/register.ts';
import { registerCompletion, registerConnect, registerMode } from './control/register.ts';
import type { ChelaCommand } from './frame/program.ts';
import { registerDoctor, registerLink } from './own.ts';
import { registerTunnel } from './tunnel/register.ts';

type Group = {
  /** What it adds to the program, by name. */
  readonly names: readonly string[];
  readonly register: (program: ChelaCommand) => void;
};

/** In the order of the help. */
export const groups: readonly Group[] = [
  { names: ['health'], register: registerHealth },
  { names: ['status'], register: registerStatus },
  { names: ['gateway'], register: registerGateway },
  { names: ['discover'], register: registerDiscover },
  { names: ['chat'], register: registerChat },
  { names: ['devices'], register: registerDevices },
  { names: ['nodes'], register: registerNodes },
  { names: ['sessions'], register: registerSessions },
  { names: ['logs'], register: registerLogs },
  { names: ['doctor'], register: registerDoctor },
  { names: ['connect', 'reconnect', 'disconnect'], register: registerConnect },
  { names: ['tunnel'], register: registerTunnel },
  { names: ['mode'], register: registerMode },
  { names: ['config'], register: registerConfig },
  { names: ['link', 'unlink'], register: registerLink },
  { names: ['completion'], register: registerCompletion },
];

/** Of all commands, or of which one is no concern of this call: a command line without a command, `completion`. */
const needsAll = new Set(['completion']);

/**
 * Registers the commands that this command line names somewhere, and all where it names none: making every command
 * with its help takes longer than asking a Gateway.
 */
export function registerFor(program: ChelaCommand, words: readonly string[]): void {
  const named = groups.filter(({ names }) => names.some((name) => words.includes(name)));
  const isPart = named.length > 0 && !words.some((word) => needsAll.has(word));
  for (const { register } of isPart ? named : groups) register(program);
}
