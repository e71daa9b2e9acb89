import { join } from 'node:path';
import { AppErrorException, appError } from '../../shared/errors.ts';
import type { Clock } from '../clock.ts';
import type { AskQuestion } from '../questions.ts';
import { type AgentKey, agentSocketOf, type KeyAgent, openAgent } from './agent.ts';
import { type IdentityFile, readIdentityFile, unlockIdentity } from './identity-file.ts';
import { hostKeyType } from './known-hosts.ts';
import { type PrivateKey, type SignatureHash, signWithKey } from './private-key.ts';

/** A key that may be offered to a server. */
export type Identity = {
  /** For a person: the file's name, or "agent: comment". */
  readonly name: string;
  /** May ask for the passphrase, where the file does not tell its public half. */
  readonly publicKey: () => Promise<Buffer>;
  /** Nobody is asked and no agent: the key may sign before the server has said that it takes it. */
  readonly signsAtOnce: boolean;
  readonly isRsa: boolean;
  /** May ask for the passphrase, or make an agent ask a person. */
  readonly sign: (data: Buffer, hash: SignatureHash | undefined) => Promise<Buffer>;
};

/** Keys that were unlocked once, so that a reconnect never asks again. In memory only, by the file's digest. */
export type UnlockedKeys = Map<string, PrivateKey>;

export type IdentityOptions = {
  /** The picked key. Absent: the agent's keys and the usual files. */
  readonly identityFile?: string | undefined;
  readonly homeDir: string;
  readonly env: NodeJS.ProcessEnv;
  readonly ask: AskQuestion;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly unlocked: UnlockedKeys;
  /** Brackets the time in which an agent may wait for a person. */
  readonly duringAgent: <T>(work: () => Promise<T>) => Promise<T>;
};

/** In the order in which they are offered. Source of the names: ssh_config(5), IdentityFile. */
const usualFiles = ['id_ed25519', 'id_ecdsa', 'id_rsa'];

/**
 * The keys to offer, in OpenSSH's order: the agent's copies of our files, the agent's other keys, our files.
 * When one is picked, only that one, from the agent where it holds it. Throws SSH_IDENTITY_UNREADABLE for a
 * picked file that can't be used.
 */
export async function collectIdentities(options: IdentityOptions): Promise<Identity[]> {
  const socket = agentSocketOf(options.env);
  const agent = socket === null ? null : openAgent(socket, options.signal);
  const held = agent ? await listWithin(agent, options.clock) : [];
  const fromAgent = (key: AgentKey): Identity[] => (agent ? [agentIdentity(agent, key, options)] : []);
  const copiesOf = (files: readonly IdentityFile[]) =>
    files.flatMap(({ publicKey }) => held.filter((key) => publicKey?.equals(key.publicKey)));

  if (options.identityFile !== undefined && options.identityFile !== '') {
    const picked = await readIdentityFile(expandHome(options.identityFile, options.homeDir));
    const copies = copiesOf([picked]).flatMap(fromAgent);
    if (copies.length === 0 && picked.form === 'public') throw noPrivateHalf(picked.file);
    return [...copies, ...fileIdentity(picked, options)];
  }

  const files = await readUsualFiles(options.homeDir);
  const copies = copiesOf(files);
  const others = held.filter((key) => !copies.includes(key));
  const rest = files.filter(({ publicKey }) => !copies.some((key) => publicKey?.equals(key.publicKey)));
  return [
    ...copies.flatMap(fromAgent),
    ...others.flatMap(fromAgent),
    ...rest.flatMap((file) => fileIdentity(file, options)),
  ];
}

const agentListMs = 5000;

/** An agent that is gone, or silent, is the same as none. */
function listWithin(agent: KeyAgent, clock: Clock): Promise<AgentKey[]> {
  return new Promise((resolve) => {
    const giveUp = clock.after(agentListMs, () => resolve([]));
    const settle = (keys: AgentKey[]) => {
      giveUp();
      resolve(keys);
    };
    agent.list().then(settle, () => settle([]));
  });
}

async function readUsualFiles(homeDir: string): Promise<IdentityFile[]> {
  const read = usualFiles.map((name) => readIdentityFile(join(homeDir, '.ssh', name)).catch(() => null));
  return (await Promise.all(read)).filter((file) => file !== null);
}

function expandHome(file: string, homeDir: string): string {
  return /^~[/\\]/.test(file) ? join(homeDir, file.slice(2)) : file;
}

function agentIdentity(agent: KeyAgent, key: AgentKey, options: IdentityOptions): Identity {
  return {
    name: `agent: ${key.comment || hostKeyType(key.publicKey) || '?'}`,
    publicKey: async () => key.publicKey,
    signsAtOnce: false,
    isRsa: hostKeyType(key.publicKey) === 'ssh-rsa',
    sign: (data, hash) => options.duringAgent(() => agent.sign(key.publicKey, data, hash)),
  };
}

/** None for a public key: only an agent can use it. */
function fileIdentity(file: IdentityFile, options: IdentityOptions): Identity[] {
  if (file.form === 'public') return [];
  return [
    {
      name: file.name,
      publicKey: async () => file.publicKey ?? (await unlock(file, options)).publicKey,
      signsAtOnce: !file.encrypted || options.unlocked.has(file.digest),
      isRsa: file.publicKey === null || hostKeyType(file.publicKey) === 'ssh-rsa',
      sign: async (data, hash) => signWithKey(await unlock(file, options), data, hash),
    },
  ];
}

/** Throws SSH_PASSPHRASE_CANCELLED, SSH_IDENTITY_UNREADABLE, or the signal's reason. */
async function unlock(file: IdentityFile, options: IdentityOptions): Promise<PrivateKey> {
  const before = options.unlocked.get(file.digest);
  if (before) return before;
  let passphrase: string | undefined;
  for (let wrongBefore = false; ; wrongBefore = true) {
    if (file.encrypted) {
      const question = { kind: 'passphrase', identityFile: file.file, wrongBefore } as const;
      const answer = await options.ask(question, options.signal);
      if (answer.kind !== 'passphrase') throw cancelled(file.file);
      passphrase = answer.passphrase;
    }
    const key = await unlockIdentity(file, passphrase);
    if (key) {
      options.unlocked.set(file.digest, key);
      return key;
    }
  }
}

function noPrivateHalf(file: string): AppErrorException {
  const message = `${file}: a public key, and no agent holds the private one`;
  return new AppErrorException(
    appError('SSH_IDENTITY_UNREADABLE', message, { details: { file, cause: 'publicHalf' } }),
  );
}

function cancelled(file: string): AppErrorException {
  return new AppErrorException(
    appError('SSH_PASSPHRASE_CANCELLED', `no passphrase for ${file}`, { details: { file } }),
  );
}
