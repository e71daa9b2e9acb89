import { redactOutput } from '../../shared/config/redact-json5.ts';
import { AppErrorException, appError } from '../../shared/errors.ts';
import { brief } from '../../shared/printable.ts';
import { userConfigFile } from '../ssh/config-file.ts';
import { type SshTools, withConfig } from './ssh-config-file.ts';

export type KeyLogin = {
  /** The configuration with our entry in it. */
  readonly text: string;
  readonly alias: string;
  readonly gatewayPort: number;
  readonly isLocked: boolean;
  /** The host lets the key do nothing else. */
  readonly isNarrow: boolean;
  readonly knownHosts: string | null;
};

/**
 * Signs in as the service will: by the entry of the configuration, with its key and nothing else, and nobody to answer; and opens the
 * Gateway's port there, as a key does that may do only that. Whether anybody listens on it is not asked. Rejects with SSH_KEY_NOT_ACCEPTED.
 */
export async function proveKeyLogin(tools: SshTools, of: KeyLogin): Promise<void> {
  const outcome = await withConfig(tools, of.text, (configFile) => {
    const options = [
      'BatchMode=yes',
      'PreferredAuthentications=publickey',
      'ClearAllForwardings=yes',
      'ControlPath=none',
      'ConnectTimeout=15',
      // What it says of a port that it could not open comes at this level.
      'LogLevel=INFO',
      ...(of.knownHosts === null ? [] : [`UserKnownHostsFile=${of.knownHosts}`]),
    ].flatMap((option) => ['-o', option]);
    const args = ['-F', configFile, ...options, '-W', `127.0.0.1:${of.gatewayPort}`, '--', of.alias];
    return tools.exec(tools.ssh, args, { timeoutMs: 40_000, env: tools.env });
  });
  const said = outcome.kind === 'exited' ? outcome.stderr : outcome.kind;
  const isIn = outcome.kind === 'exited' && (outcome.code === 0 || /open failed: connect failed/.test(said));
  if (isIn) return;
  const line = brief(redactOutput(said.trim().split('\n').at(-1) ?? '')).replace(/\.$/, '');
  const cause = causeOf(of, said);
  const details = { cause, line, port: of.gatewayPort, file: userConfigFile(tools.homeDir) };
  throw new AppErrorException(appError('SSH_KEY_NOT_ACCEPTED', line, { details }));
}

function causeOf({ isLocked, isNarrow }: KeyLogin, said: string): string {
  if (/open failed: administratively prohibited/.test(said)) return 'noForwarding';
  const methods = /Permission denied \(([^)]*)\)/.exec(said)?.[1];
  if (isLocked) return 'locked';
  if (methods === undefined) return 'failed';
  // A key that was enough for its part is not asked for again.
  if (!methods.split(',').includes('publickey')) return 'more';
  return isNarrow ? 'narrow' : 'refused';
}
