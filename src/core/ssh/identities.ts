import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { AppErrorException, appError } from '../../shared/errors.ts';
import type { Clock } from '../clock.ts';
import type { AskQuestion } from '../questions.ts';
import type { AgentKey, KeyAgent } from './agent.ts';
import { type IdentityFile, readIdentityFile, unlockIdentity } from './identity-file.ts';
import { hostKeyType } from './known-hosts.ts';
import { type PrivateKey, type SignatureHash, signWithKey } from './private-key.ts';
import type { Secrets } from './secrets.ts';

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

/** The keys that there are, and what was found beside them that only the system's OpenSSH can use. */
export type Identities = { readonly usable: readonly Identity[]; readonly unusable: UnusableKeys };

type UnusableKeys = {
  /** Named by the person: picked, or in the configuration. */
  readonly named: readonly OpensshOnlyKey[];
  /** Among the usual files. */
  readonly usual: readonly OpensshOnlyKey[];
};

export type OpensshOnlyKey = 'securityKey' | 'certificate';

export type IdentityOptions = {
  /** For the error. */
  readonly host: string;
  /** Absolute. Empty: the usual files. */
  readonly identityFiles: readonly string[];
  /** One that was picked must be usable; one of the configuration may be missing, as in `ssh`. */
  readonly isPicked: boolean;
  /** Of the agent's keys, only those of the files. */
  readonly identitiesOnly: boolean;
  /** In the order in which they are asked. */
  readonly agents: readonly KeyAgent[];
  readonly homeDir: string;
  readonly ask: AskQuestion;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly secrets: Secrets;
  /** Brackets the time in which an agent or a keychain may wait for a person. */
  readonly duringAgent: <T>(work: () => Promise<T>) => Promise<T>;
};

/** In the order in which they are offered. Source of the names: ssh_config(5), IdentityFile. */
const usualFiles = ['id_ed25519', 'id_ecdsa', 'id_rsa'];
const usualSecurityKeys = ['id_ed25519_sk', 'id_ecdsa_sk'];

/**
 * The keys to offer, in OpenSSH's order: the agent's copies of our files, the agent's other keys (unless only the
 * named ones may be used), our files. Throws SSH_IDENTITY_UNREADABLE for a picked file that can't be used, and
 * SSH_NEEDS_OPENSSH where it lives on a security key.
 */
export async function collectIdentities(options: IdentityOptions): Promise<Identities> {
  const [held, { files, unusable }] = await Promise.all([listHeld(options), readFiles(options)]);
  const isCopyOf = (key: HeldKey, file: IdentityFile) => file.publicKey?.equals(key.publicKey) === true;
  const copies = files.flatMap((file) => held.filter((key) => isCopyOf(key, file)));
  const others = options.identitiesOnly ? [] : held.filter((key) => !copies.includes(key));
  const [picked] = options.isPicked ? files : [];
  if (picked?.form === 'public' && copies.length === 0) throw noPrivateHalf(picked.file);
  // A picked file stays: an agent may hold the key and still refuse to sign.
  const rest = files.filter((file) => options.isPicked || !copies.some((key) => isCopyOf(key, file)));
  return {
    usable: [
      ...copies.map((key) => agentIdentity(key, options)),
      ...others.map((key) => agentIdentity(key, options)),
      ...rest.flatMap((file) => fileIdentity(file, options)),
    ],
    unusable,
  };
}

type HeldKey = AgentKey & { readonly agent: KeyAgent };

async function listHeld({ agents, clock }: IdentityOptions): Promise<HeldKey[]> {
  const lists = await Promise.all(
    agents.map(async (agent) => (await listWithin(agent, clock)).map((key) => ({ ...key, agent }))),
  );
  return lists.flat();
}

async function readFiles(
  options: IdentityOptions,
): Promise<{ files: IdentityFile[]; unusable: UnusableKeys }> {
  const named: OpensshOnlyKey[] = [];
  const usual: OpensshOnlyKey[] = [];
  const isNamed = options.identityFiles.length > 0;
  const found = isNamed ? named : usual;
  const paths = isNamed
    ? options.identityFiles.filter((file) => file !== 'none')
    : usualFiles.map((name) => join(options.homeDir, '.ssh', name));
  const files: IdentityFile[] = [];
  for (const path of paths) {
    try {
      files.push(await readIdentityFile(path));
      if (await exists(`${path}-cert.pub`)) found.push('certificate');
    } catch (error) {
      const only = opensshOnlyKeyOf(error);
      if (options.isPicked) throw only === null ? error : needsOpenssh(options.host, path, only);
      if (only !== null) found.push(only);
    }
  }
  if (!isNamed) {
    for (const name of usualSecurityKeys) {
      if (await exists(join(options.homeDir, '.ssh', name))) usual.push('securityKey');
    }
  }
  return { files, unusable: { named, usual } };
}

function opensshOnlyKeyOf(error: unknown): OpensshOnlyKey | null {
  const keyType = error instanceof AppErrorException ? error.error.details?.keyType : undefined;
  return typeof keyType === 'string' ? opensshOnlyKind(keyType) : null;
}

/** By the name of a key's type; null for one that is used here, or nowhere. */
export function opensshOnlyKind(keyType: string): OpensshOnlyKey | null {
  if (keyType.includes('-cert-v')) return 'certificate';
  return keyType.startsWith('sk-') ? 'securityKey' : null;
}

function needsOpenssh(host: string, file: string, cause: OpensshOnlyKey): AppErrorException {
  return new AppErrorException(
    appError('SSH_NEEDS_OPENSSH', `${file}: ${cause}`, { details: { host, file, cause } }),
  );
}

function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
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

function agentIdentity(key: HeldKey, options: IdentityOptions): Identity {
  return {
    name: `agent: ${key.comment || hostKeyType(key.publicKey) || '?'}`,
    publicKey: async () => key.publicKey,
    signsAtOnce: false,
    isRsa: hostKeyType(key.publicKey) === 'ssh-rsa',
    sign: (data, hash) => options.duringAgent(() => key.agent.sign(key.publicKey, data, hash)),
  };
}

/** None for a public key: only an agent can use it. */
function fileIdentity(file: IdentityFile, options: IdentityOptions): Identity[] {
  if (file.form === 'public') return [];
  return [
    {
      name: file.name,
      publicKey: async () => file.publicKey ?? (await unlock(file, options)).publicKey,
      signsAtOnce: !file.encrypted || options.secrets.key(file.digest) !== null,
      isRsa: file.publicKey === null || hostKeyType(file.publicKey) === 'ssh-rsa',
      sign: async (data, hash) => signWithKey(await unlock(file, options), data, hash),
    },
  ];
}

/**
 * In memory, in the keychain, or by asking until it fits. Throws SSH_PASSPHRASE_CANCELLED,
 * SSH_IDENTITY_UNREADABLE, or the signal's reason.
 */
async function unlock(file: IdentityFile, options: IdentityOptions): Promise<PrivateKey> {
  const { secrets, signal } = options;
  const before = secrets.key(file.digest);
  if (before) return before;
  const opened = (file.encrypted ? await unlockByKeychain(file, options) : null) ?? (await unlockByAsking());
  secrets.keepKey(file.digest, opened);
  return opened;

  async function unlockByAsking(): Promise<PrivateKey> {
    const canRemember = file.encrypted && (await secrets.canRemember());
    for (let wrongBefore = false; ; wrongBefore = true) {
      let passphrase: string | undefined;
      let remember = false;
      if (file.encrypted) {
        const question = { kind: 'passphrase', identityFile: file.file, wrongBefore, canRemember } as const;
        const answer = await options.ask(question, signal);
        if (answer.kind !== 'passphrase') throw cancelled(file.file);
        ({ passphrase, remember } = answer);
      }
      const key = await unlockIdentity(file, passphrase);
      if (!key) continue;
      if (remember && passphrase !== undefined) await secrets.keepPassphrase(file.file, passphrase);
      return key;
    }
  }
}

async function unlockByKeychain(file: IdentityFile, options: IdentityOptions): Promise<PrivateKey | null> {
  const { secrets } = options;
  const passphrase = await options.duringAgent(() => secrets.passphrase(file.file));
  if (passphrase === null) return null;
  const key = await unlockIdentity(file, passphrase);
  if (!key) await secrets.forgetPassphrase(file.file);
  return key;
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
