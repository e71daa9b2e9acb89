import { createRequire } from 'node:module';

/** What the installed ssh2 is and can do. */
export type Ssh2Facts = {
  /** Null when it can't be read. */
  readonly version: string | null;
  /** ssh2's own binding, or plain JavaScript, which takes twice the processor time. */
  readonly crypto: 'native' | 'javascript';
  /** Why the binding is not in use: not built, or built for another runtime. ssh2 itself swallows this. */
  readonly cryptoProblem: string | null;
};

/** ssh2's files are CommonJS without an `exports` map. */
const requireSsh2 = createRequire(import.meta.url);

let facts: Ssh2Facts | null = null;

/** Looks once. Never throws. */
export function readSsh2Facts(): Ssh2Facts {
  facts ??= {
    version: readVersion(),
    crypto: isBindingInUse() ? 'native' : 'javascript',
    cryptoProblem: readBindingProblem(),
  };
  return facts;
}

function readVersion(): string | null {
  const { version } = tryRequire('ssh2/package.json');
  return typeof version === 'string' ? version : null;
}

/** ssh2's own word, which is what its ciphers go by. */
function isBindingInUse(): boolean {
  return tryRequire('ssh2/lib/protocol/crypto.js').bindingAvailable === true;
}

function readBindingProblem(): string | null {
  try {
    requireSsh2('ssh2/lib/protocol/crypto/build/Release/sshcrypto.node');
    return null;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'MODULE_NOT_FOUND') return 'not built';
    return error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
  }
}

/** The module's exports, or none. */
export function tryRequire(id: string): Record<string, unknown> {
  try {
    const loaded: unknown = requireSsh2(id);
    return typeof loaded === 'object' && loaded !== null ? { ...loaded } : {};
  } catch {
    return {};
  }
}
