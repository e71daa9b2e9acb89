import type { Locale } from '../../shared/config/settings.ts';
import type { Translate } from '../../shared/errors.ts';
import type { Output } from './output.ts';

/** The language, chosen once per process. */
export type Speech = { readonly t: Translate; readonly locale: Locale };

/** The options that every command takes. */
type GlobalOptions = {
  readonly json: boolean;
  /** Chela's own files; its usual place when absent. */
  readonly dataDir?: string;
  /** A named OpenClaw profile: another `openclaw.json`. */
  readonly profile?: string;
};

/** What a command is given beside its own options. The one place where a command touches its process. */
export type CliContext = Speech & {
  readonly globals: GlobalOptions;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly homeDir: string;
  readonly stdin: NodeJS.ReadStream;
  readonly out: Output;
  /** Aborts on Ctrl+C, SIGTERM and when nobody reads the output any more. */
  readonly signal: AbortSignal;
};

/**
 * A command: parses nothing, prints through `out`, returns its exit code. What it throws becomes an error of the one
 * shape; a {@link AppErrorException} keeps its code.
 */
export type RunCommand<Options, Args extends readonly unknown[] = []> = (
  context: CliContext,
  options: Options,
  ...args: Args
) => Promise<number>;
