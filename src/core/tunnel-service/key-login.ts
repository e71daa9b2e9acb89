import { redactOutput } from '../../shared/config/redact-json5.ts';
import { AppErrorException, appError } from '../../shared/errors.ts';
import { brief } from '../../shared/printable.ts';
import { userConfigFile } from '../ssh/config-file.ts';
import { type SshTools, withConfig } from './ssh-config-file.ts';

/** `ssh` ends with it where there was no session; any other code is the host's own. */
const sshFailed = 255;

/**
 * Signs in as the service will: by the entry of `text`, with its key and nothing else, and nobody to answer. Rejects with
 * SSH_KEY_NOT_ACCEPTED.
 */
export async function proveKeyLogin(
  tools: SshTools,
  of: {
    readonly text: string;
    readonly alias: string;
    readonly isLocked: boolean;
    readonly knownHosts: string | null;
  },
): Promise<void> {
  const outcome = await withConfig(tools, of.text, (configFile) => {
    const options = [
      'BatchMode=yes',
      'PreferredAuthentications=publickey',
      'ClearAllForwardings=yes',
      'ControlPath=none',
      'ConnectTimeout=15',
      ...(of.knownHosts === null ? [] : [`UserKnownHostsFile=${of.knownHosts}`]),
    ].flatMap((option) => ['-o', option]);
    const args = ['-F', configFile, '-T', ...options, '--', of.alias, 'true'];
    return tools.exec(tools.ssh, args, { timeoutMs: 40_000, env: tools.env });
  });
  if (outcome.kind === 'exited' && outcome.code !== sshFailed) return;
  const lines = outcome.kind === 'exited' ? outcome.stderr.trim().split('\n') : [outcome.kind];
  const line = brief((lines.at(-1) ?? '').replaceAll('\r', '')).replace(/\.$/, '');
  const methods = /Permission denied \(([^)]*)\)/.exec(line)?.[1];
  const cause = of.isLocked ? 'locked' : methods === undefined ? 'failed' : causeOf(methods);
  const details = { cause, line, file: userConfigFile(tools.homeDir) };
  throw new AppErrorException(appError('SSH_KEY_NOT_ACCEPTED', line, { details }));
}

/** A key that was enough for its part is not asked for again. */
function causeOf(methods: string): string {
  return methods.split(',').includes('publickey') ? 'refused' : 'more';
}
