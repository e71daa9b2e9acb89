import { type AnyAuthMethod, BaseAgent, type IdentityCallback, type SignCallback } from 'ssh2';
import { type AppError, AppErrorException, appError } from '../../shared/errors.ts';
import type { AskQuestion } from '../questions.ts';
import type { ResolvedTarget } from './config.ts';
import { type Identities, type Identity, opensshOnlyKind } from './identities.ts';
import type { SignatureHash } from './private-key.ts';
import { createPasswordTries, createPromptAnswers } from './prompts.ts';
import type { Secrets } from './secrets.ts';

export type Authentication = {
  /** The server's answer to the last try: what may be tried now, and whether that one was a step on the way. */
  answered(methodsLeft: readonly string[], partial: boolean): void;
  /**
   * The next thing to try. Rejects when there is nothing left (SSH_NO_KEY, SSH_AUTH_REFUSED,
   * SSH_AUTH_INCOMPLETE, SSH_AUTH_UNSUPPORTED, SSH_NEEDS_OPENSSH), when a person cancels (SSH_AUTH_CANCELLED), or with what a key threw.
   */
  next(): Promise<AnyAuthMethod>;
  /** The server let us in: what was typed may be kept. */
  succeeded(): Promise<void>;
  /** The refusal as things stand, for a server that hangs up instead of answering. */
  refusal(message: string): Promise<AppError>;
};

export type AuthenticationOptions = {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly identities: Promise<Identities>;
  readonly opensshOnly: ResolvedTarget['opensshOnly'];
  readonly refusedMethods: ResolvedTarget['refusedMethods'];
  /** How often a password, or a round of prompts, is asked. */
  readonly passwordPrompts: number;
  /** The types of all keys that the agents hold. Never rejects. */
  readonly agentKeyTypes: () => Promise<readonly string[]>;
  readonly secrets: Secrets;
  readonly ask: AskQuestion;
  readonly signal: AbortSignal;
  /** Brackets the time in which a keychain may wait for a person. */
  readonly during: <T>(work: () => Promise<T>) => Promise<T>;
  /** Wraps all that a key or a person does for the server. Its rejection ends the attempt. */
  readonly guard: <T>(
    work: () => Promise<T>,
    done: (value: T) => void,
    refused: (error: Error) => void,
  ) => void;
};

type Method = 'publickey' | 'keyboard-interactive' | 'password';

const ourMethods: readonly Method[] = ['publickey', 'keyboard-interactive', 'password'];

/**
 * In the order of `ssh`: one key after the other, then prompts, then the password, each only where the server
 * offers it. The first key goes out without asking for the list first. "none" comes after the keys: it fetches the
 * list where there was no key, and is all that some servers ask (Tailscale SSH).
 */
export function createAuthentication(options: AuthenticationOptions): Authentication {
  const { host, port, user, guard } = options;
  const passwords = createPasswordTries(options);
  const promptAnswers = createPromptAnswers(options);
  const offered: string[] = [];
  const accepted: string[] = [];
  let queue: Identity[] | null = null;
  let left: readonly string[] | null = null;
  let triedNone = false;
  let rounds = 0;
  let sawPrompts = true;
  let trying: Method | 'none' | null = null;

  const mayTry = (method: Method) =>
    left?.includes(method) === true && !options.refusedMethods.includes(method);
  const trySomething = (method: Method | 'none', name: string) => {
    trying = method;
    if (method !== 'none') offered.push(name);
  };

  const accept = async () => {
    if (trying === 'password') await passwords.accepted();
    if (trying === 'keyboard-interactive') await promptAnswers.accepted();
  };
  const refusal = async (message: string): Promise<AppError> => {
    if (trying === 'password') await passwords.refused();
    return describeRefusal(options, message, left, offered, accepted);
  };

  return {
    refusal,
    answered(methodsLeft, partial) {
      left = methodsLeft;
      if (!partial) return;
      // What was accepted was not refused; and the next step begins anew.
      const last = trying === 'none' ? undefined : offered.pop();
      if (last !== undefined) accepted.push(last);
      rounds = 0;
      sawPrompts = true;
      triedNone = true;
      void accept();
      trying = null;
    },
    async next() {
      if (trying === 'password') await passwords.refused();
      if (trying === 'keyboard-interactive') {
        if (!sawPrompts) rounds = options.passwordPrompts;
        else if (await promptAnswers.refused()) rounds--;
      }
      trying = null;

      queue ??= [...(await options.identities).usable];
      const takesKeys =
        (left === null || left.includes('publickey')) && !options.refusedMethods.includes('publickey');
      const identity = takesKeys ? queue.shift() : undefined;
      if (identity) {
        trySomething('publickey', identity.name);
        return { type: 'agent', username: user, agent: new OneKeyAgent(identity, guard) };
      }
      if (!triedNone) {
        triedNone = true;
        trySomething('none', 'none');
        return { type: 'none', username: user };
      }
      if (mayTry('keyboard-interactive') && rounds < options.passwordPrompts) {
        if (!offered.includes('keyboard-interactive')) offered.push('keyboard-interactive');
        trying = 'keyboard-interactive';
        rounds++;
        sawPrompts = false;
        return {
          type: 'keyboard-interactive',
          username: user,
          prompt(name, instructions, _language, prompts, finish) {
            sawPrompts = true;
            guard(
              () => promptAnswers.answer({ name, instructions, prompts }),
              (answers) => finish([...answers]),
              () => finish(prompts.map(() => '')),
            );
          },
        };
      }
      if (mayTry('password')) {
        const password = await passwords.next();
        if (password !== null) {
          if (!offered.includes('password')) offered.push('password');
          trying = 'password';
          return { type: 'password', username: user, password };
        }
      }
      throw new AppErrorException(await refusal(`${host}:${port} takes: ${left?.join(', ') ?? ''}`));
    },
    succeeded: () => accept(),
  };
}

async function describeRefusal(
  options: AuthenticationOptions,
  message: string,
  left: readonly string[] | null,
  offered: readonly string[],
  accepted: readonly string[],
): Promise<AppError> {
  const { host, user } = options;
  const cause = await opensshOnlyCause(options, left, offered);
  if (cause !== null) {
    return appError('SSH_NEEDS_OPENSSH', message, { details: { host, user, cause, offered: [...offered] } });
  }
  const hasOurs = left === null || ourMethods.some((method) => left.includes(method));
  if (!hasOurs) {
    const details = { host, user, methods: [...left], offered: [...offered] };
    return appError('SSH_AUTH_UNSUPPORTED', message, { details });
  }
  if (offered.length === 0 && accepted.length > 0) {
    const details = { host, user, accepted: [...accepted], methods: [...(left ?? [])] };
    return appError('SSH_AUTH_INCOMPLETE', message, { details });
  }
  return offered.length === 0
    ? appError('SSH_NO_KEY', message, { details: { host, user } })
    : appError('SSH_AUTH_REFUSED', message, { details: { host, user, offered: [...offered] } });
}

/** A key of the catalogue `causes.SSH_NEEDS_OPENSSH`, where the system's OpenSSH could still get in. */
async function opensshOnlyCause(
  options: AuthenticationOptions,
  left: readonly string[] | null,
  offered: readonly string[],
): Promise<string | null> {
  const { opensshOnly } = options;
  if (left === null || left.includes('publickey')) {
    if (opensshOnly.certificateFiles.length > 0) return 'certificate';
    if (opensshOnly.pkcs11Provider !== null) return 'pkcs11';
    const { named, usual } = await options.identities.then(
      ({ unusable }) => unusable,
      () => ({ named: [], usual: [] }),
    );
    const [first] = named;
    if (first) return first;
    const held = (await options.agentKeyTypes()).map(opensshOnlyKind);
    // An agent holds a certificate together with its key, which alone was refused.
    if (held.includes('certificate')) return 'certificate';
    // What merely lies about counts only where there was nothing better to offer.
    const found = [...held, ...usual].find((kind) => kind !== null);
    if (found && offered.length === 0) return found;
  }
  const takesKerberos = left?.some((method) => method.startsWith('gssapi-')) === true;
  const takesOurs = left !== null && ourMethods.some((method) => left.includes(method));
  return takesKerberos && !takesOurs ? 'gssapi' : null;
}

/**
 * One key as an agent: of ssh2's methods, only an agent may sign later, and only after the server has said that it
 * takes the key. So no passphrase is asked for a key that would be refused.
 */
class OneKeyAgent extends BaseAgent {
  readonly #identity: Identity;
  readonly #guard: AuthenticationOptions['guard'];
  /** Read by `tuning.ts`. */
  readonly signsAtOnce: boolean;

  constructor(identity: Identity, guard: AuthenticationOptions['guard']) {
    super();
    this.#identity = identity;
    this.#guard = guard;
    this.signsAtOnce = identity.signsAtOnce;
  }

  override getIdentities(done: IdentityCallback): void {
    this.#guard(
      () => this.#identity.publicKey(),
      (key) => done(null, [key]),
      done,
    );
  }

  override sign(_key: unknown, data: Buffer, options: unknown, done?: SignCallback): void {
    const hash = hashOf(options);
    this.#guard(
      () => this.#identity.sign(data, hash),
      (signature) => done?.(null, signature),
      (error) => done?.(error),
    );
  }
}

function hashOf(options: unknown): SignatureHash | undefined {
  if (typeof options !== 'object' || options === null || !('hash' in options)) return undefined;
  const { hash } = options;
  return hash === 'sha1' || hash === 'sha256' || hash === 'sha512' ? hash : undefined;
}
