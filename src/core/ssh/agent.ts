import { createAgent } from 'ssh2';
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
};

/** Where the agent listens, or null when there is none. */
export function agentSocketOf(env: NodeJS.ProcessEnv): string | null {
  if (env.SSH_AUTH_SOCK) return env.SSH_AUTH_SOCK;
  return process.platform === 'win32' ? '\\\\.\\pipe\\openssh-ssh-agent' : null;
}

/** Connections to the agent end with the signal: one that hangs must not outlive the attempt that asked it. */
export function openAgent(socketPath: string, signal: AbortSignal): KeyAgent {
  const agent = createAgent(socketPath);
  const getStream = agent.getStream?.bind(agent);
  if (getStream) {
    agent.getStream = (done) =>
      getStream((error, stream) => {
        if (stream && signal.aborted) stream.destroy();
        else signal.addEventListener('abort', () => stream?.destroy(), { once: true });
        done(error, stream);
      });
  }
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
