import { mkdir } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import type { HostKeyPolicy, SshEngineChoice } from '../../shared/config/settings.ts';
import { AppErrorException } from '../../shared/errors.ts';
import type { Keychain } from '../keychain/keychain.ts';
import { connectSsh, type OfferedHostKeyChange, type SshConnectOptions } from '../ssh/client.ts';
import { configOfOtherHome } from '../ssh/config.ts';
import { defaultKnownHostsFiles } from '../ssh/known-hosts-file.ts';
import { connectWithOpenssh } from '../ssh/openssh/openssh.ts';
import type { SshEngine } from '../tunnel/tunnel.ts';

export type SshEngineParts = {
  choice: SshEngineChoice;
  hostKeyPolicy: HostKeyPolicy;
  /** On the host; the system's ssh on Windows has to know them before. */
  forwardPorts: readonly number[];
  keychain: Keychain;
  onHostKeyChange: (change: OfferedHostKeyChange) => void;
};

/**
 * What makes SSH connections for a choice. `auto` is built in: where that can't do, the error says SSH_NEEDS_OPENSSH.
 * The system's ssh remembers nothing for us: it has agents for that.
 */
export function sshEngineFor(parts: SshEngineParts): SshEngine {
  const { hostKeyPolicy, keychain, forwardPorts, onHostKeyChange } = parts;
  if (parts.choice === 'openssh') {
    return async (options) => {
      try {
        return await connectWithOpenssh({
          ...options,
          ...(await filesOf(options.homeDir)),
          hostKeyPolicy,
          forwardPorts,
        });
      } catch (error) {
        const isChanged = error instanceof AppErrorException && error.error.code === 'SSH_HOST_KEY_CHANGED';
        if (isChanged) await lookAtHostKey(options, onHostKeyChange);
        throw error;
      }
    };
  }
  return (options) => connectSsh({ ...options, hostKeyPolicy, keychain, onHostKeyChange });
}

/** The system's ssh takes the home of the account, whatever HOME says; under another one it is told the files. */
async function filesOf(homeDir: string | undefined) {
  if (homeDir === undefined || homeDir === userInfo().homedir) return {};
  // ssh makes this directory only where it is its own idea.
  await mkdir(join(homeDir, '.ssh'), { recursive: true, mode: 0o700 });
  return { knownHosts: defaultKnownHostsFiles(homeDir), configFile: await configOfOtherHome(homeDir) };
}

/**
 * The system's ssh says that a key changed, but not which key it is now. The built-in engine goes as far as the host
 * key to see, and no further: nobody is asked, and nothing is sent to sign in.
 */
async function lookAtHostKey(
  options: SshConnectOptions,
  onHostKeyChange: SshEngineParts['onHostKeyChange'],
): Promise<void> {
  const enough = new AbortController();
  const connection = await connectSsh({
    ...options,
    hostKeyPolicy: 'strict',
    onHostKeyChange,
    ask: async () => ({ kind: 'cancel' }),
    signal: AbortSignal.any([options.signal, enough.signal]),
    onStep: (step) => {
      if (step === 'authentication') enough.abort();
    },
  }).catch(() => null);
  await connection?.close();
}
