import type { Duplex } from 'node:stream';
import { createAgent } from 'ssh2';
import type { AgentChoice } from './config.ts';
import type { SignatureHash } from './private-key.ts';

export type AgentKey = {
  readonly publicKey: Buffer;
  /** As the person named it when the key was added; often the path of its file. */
  readonly comment: string;
};

/** A running ssh-agent, or what speaks like one (1Password, Secretive, gpg-agent, Pageant, the Windows service). */
export type KeyAgent = {
  /** The keys that can be used here. Rejects when nobody answers. */
  list(): Promise<AgentKey[]>;
  /** May wait for a person: agents can ask for a touch or a confirmation. Rejects when the agent says no. */
  sign(publicKey: Buffer, data: Buffer, hash: SignatureHash | undefined): Promise<Buffer>;
  /** The types of all keys, those that can't be used here too (security keys, certificates). Rejects like `list`. */
  listTypes(): Promise<string[]>;
};

const windowsService = '\\\\.\\pipe\\openssh-ssh-agent';

/** Where agents may listen, the first that answers first; `pageant` is no path but ssh2's name for it. */
export function agentSocketsOf(
  choice: AgentChoice,
  env: NodeJS.ProcessEnv,
  platform: NodeJS.Platform,
): readonly string[] {
  if (choice.kind === 'none') return [];
  if (choice.kind === 'socket') return [choice.path];
  if (env.SSH_AUTH_SOCK) return [env.SSH_AUTH_SOCK];
  return platform === 'win32' ? [windowsService, 'pageant'] : [];
}

/** Connections to the agent end with the signal: one that hangs must not outlive the attempt that asked it. */
export function openAgent(socketPath: string, signal: AbortSignal): KeyAgent {
  const agent = createAgent(socketPath);
  const getStream = agent.getStream?.bind(agent);
  const open: typeof getStream =
    getStream &&
    ((done) =>
      getStream((error, stream) => {
        if (stream && signal.aborted) stream.destroy();
        else signal.addEventListener('abort', () => stream?.destroy(), { once: true });
        done(error, stream);
      }));
  if (open) agent.getStream = open;
  return {
    list: () =>
      new Promise((resolve, reject) => {
        agent.getIdentities((error, keys) => {
          if (error) reject(error);
          else resolve((keys ?? []).flatMap((key) => toAgentKey(key) ?? []));
        });
      }),
    sign: (publicKey, data, hash) =>
      new Promise((resolve, reject) => {
        agent.sign(publicKey, data, hash === undefined ? {} : { hash }, (error, signature) => {
          if (signature) resolve(signature);
          else reject(error ?? new Error('the agent gave no signature'));
        });
      }),
    listTypes: () =>
      new Promise((resolve, reject) => {
        if (!open) return resolve([]);
        open((error, stream) => {
          if (stream) requestTypes(stream).then(resolve, reject);
          else reject(error ?? new Error('no agent'));
        });
      }),
  };
}

/** ssh2 leaves out keys that it can't use (security keys, certificates), and parses the others. */
function toAgentKey(key: unknown): AgentKey | null {
  if (typeof key !== 'object' || key === null || !('getPublicSSH' in key)) return null;
  if (typeof key.getPublicSSH !== 'function') return null;
  const publicKey: unknown = key.getPublicSSH();
  const comment = 'comment' in key && typeof key.comment === 'string' ? key.comment : '';
  return Buffer.isBuffer(publicKey) ? { publicKey, comment } : null;
}

/** SSH_AGENTC_REQUEST_IDENTITIES and its answer. Source: draft-miller-ssh-agent §4.4. */
const requestIdentities = Buffer.from([0, 0, 0, 1, 11]);
const identitiesAnswer = 12;
const maxAnswerBytes = 256 * 1024;

function requestTypes(stream: Duplex): Promise<string[]> {
  return new Promise((resolve, reject) => {
    let received = Buffer.alloc(0);
    const fail = () => {
      stream.destroy();
      reject(new Error('the agent gave no list'));
    };
    stream.on('error', fail);
    stream.on('close', fail);
    stream.on('data', (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      const length = received.length >= 4 ? received.readUInt32BE(0) : 0;
      if (length > maxAnswerBytes) return fail();
      if (received.length < 4 || received.length < 4 + length) return;
      resolve(parseTypes(received.subarray(4, 4 + length)));
      stream.destroy();
    });
    stream.write(requestIdentities);
  });
}

function parseTypes(answer: Buffer): string[] {
  if (answer[0] !== identitiesAnswer || answer.length < 5) return [];
  const types: string[] = [];
  let at = 5;
  const field = (): Buffer | null => {
    if (at + 4 > answer.length) return null;
    const end = at + 4 + answer.readUInt32BE(at);
    if (end > answer.length) return null;
    const bytes = answer.subarray(at + 4, end);
    at = end;
    return bytes;
  };
  for (let left = answer.readUInt32BE(1); left > 0; left--) {
    const blob = field();
    // The comment.
    if (blob === null || field() === null) break;
    if (blob.length >= 4) types.push(blob.toString('latin1', 4, 4 + blob.readUInt32BE(0)));
  }
  return types;
}
