import { type AnyAuthMethod, BaseAgent, type IdentityCallback, type SignCallback } from 'ssh2';
import { type AppError, AppErrorException, appError } from '../../shared/errors.ts';
import type { Identity } from './identities.ts';
import type { SignatureHash } from './private-key.ts';

export type Authentication = {
  /**
   * The next thing to try. `methodsLeft` and `partial` are the server's answer to the last one, null at first.
   * Rejects with SSH_NO_KEY or SSH_AUTH_REFUSED when there is nothing left, or with what a key threw.
   */
  next(methodsLeft: readonly string[] | null, partial: boolean | null): Promise<AnyAuthMethod>;
  /** The refusal as things stand, for a server that hangs up instead of answering. */
  refusal(message: string): AppError;
};

export type AuthenticationOptions = {
  readonly host: string;
  readonly user: string;
  readonly identities: Promise<readonly Identity[]>;
  /** Wraps all that a key does for the server. Its rejection ends the attempt. */
  readonly guard: <T>(
    work: () => Promise<T>,
    done: (value: T) => void,
    refused: (error: Error) => void,
  ) => void;
};

/** Offers one key after the other, and "none" at the end, which is all that some servers ask (Tailscale SSH). */
export function createAuthentication(options: AuthenticationOptions): Authentication {
  const { host, user } = options;
  const offered: string[] = [];
  let queue: Identity[] | null = null;
  let triedNone = false;

  const refusal = (message: string): AppError =>
    offered.length === 0
      ? appError('SSH_NO_KEY', message, { details: { host, user } })
      : appError('SSH_AUTH_REFUSED', message, { details: { host, user, offered } });

  return {
    refusal,
    async next(methodsLeft, partial) {
      const left = methodsLeft?.join(', ') ?? '';
      if (partial) throw new AppErrorException(refusal(`the server wants a second proof: ${left}`));
      queue ??= [...(await options.identities)];
      const takesKeys = methodsLeft === null || methodsLeft.includes('publickey');
      const identity = takesKeys ? queue.shift() : undefined;
      if (identity) {
        offered.push(identity.name);
        return { type: 'agent', username: user, agent: new OneKeyAgent(identity, options.guard) };
      }
      if (!triedNone) {
        triedNone = true;
        return { type: 'none', username: user };
      }
      throw new AppErrorException(refusal(`the server takes: ${left}`));
    },
  };
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
