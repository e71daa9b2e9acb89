import { InvalidArgumentError, Option } from 'commander';
import type { ChelaCommand } from './program.ts';

/** What a command needs to reach a Gateway, as it was typed. At most one source for each secret. */
export type GatewayOptions = {
  readonly url?: string;
  /** The Gateway on this port of this computer. Not with `url`. */
  readonly port?: number;
  readonly token?: string;
  readonly password?: string;
  readonly tokenFile?: string;
  readonly passwordFile?: string;
  readonly tokenStdin?: boolean;
  readonly passwordStdin?: boolean;
  /** For the whole command, in milliseconds. */
  readonly timeout?: number;
};

/** Adds the options of {@link GatewayOptions} to a command. */
export function withGatewayOptions(command: ChelaCommand): ChelaCommand {
  const { t } = command;
  return command
    .option('--url <url>', t('cli.options.url'))
    .addOption(new Option('--port <port>', t('cli.options.localPort')).argParser(parsePort).conflicts('url'))
    .option('--token-file <file>', t('cli.options.tokenFile'))
    .option('--token-stdin', t('cli.options.tokenStdin'))
    .option('--token <token>', t('cli.options.token'))
    .option('--password-file <file>', t('cli.options.passwordFile'))
    .option('--password-stdin', t('cli.options.passwordStdin'))
    .option('--password <password>', t('cli.options.password'))
    .option('--timeout <ms>', t('cli.options.timeout'), (text) => parseTimeout(text, t('cli.usage.timeout')));
}

/** A TCP port, or commander's own complaint with the reason. */
export function parsePort(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (port < 1 || port > 65_535) throw new InvalidArgumentError('1-65535');
  return port;
}

/** A whole number from 1 to `max`. */
export function parseCount(max: number): (text: string) => number {
  return (text) => {
    const count = /^\d{1,9}$/.test(text) ? Number(text) : 0;
    if (count < 1 || count > max) throw new InvalidArgumentError(`1-${max}`);
    return count;
  };
}

/** Milliseconds (`8000`), or seconds with their unit (`8s`); at most an hour. `reason` goes with a refusal. */
export function parseTimeout(text: string, reason: string): number {
  const [, digits, unit] = /^(\d{1,7})(ms|s)?$/.exec(text) ?? [];
  const ms = Number(digits ?? 0) * (unit === 's' ? 1000 : 1);
  if (ms < 1 || ms > 3_600_000) throw new InvalidArgumentError(reason);
  return ms;
}
