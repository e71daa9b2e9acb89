import type { HostKeyPolicy, SshEngineChoice } from '../../shared/config/settings.ts';
import type { Keychain } from '../keychain/keychain.ts';
import { connectSsh, type OfferedHostKeyChange } from '../ssh/client.ts';
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
    return (options) => connectWithOpenssh({ ...options, hostKeyPolicy, forwardPorts });
  }
  return (options) => connectSsh({ ...options, hostKeyPolicy, keychain, onHostKeyChange });
}
