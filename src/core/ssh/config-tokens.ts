import { isAbsolute, join } from 'node:path';

/** What the tokens of ssh_config(5) stand for. */
export type Tokens = {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  /** As it was written: %n. */
  readonly alias: string;
  readonly localUser: string;
  readonly homeDir: string;
  readonly hostKeyAlias: string | null;
  readonly proxyJump: string;
};

/** Replaces %h %p %r %n %u %d %k %j %i %%; a token that is not known stays. Source: ssh_config(5), TOKENS. */
export function expandTokens(text: string, tokens: Tokens): string {
  const values: Record<string, string> = {
    '%': '%',
    h: tokens.host,
    p: String(tokens.port),
    r: tokens.user,
    n: tokens.alias,
    u: tokens.localUser,
    d: tokens.homeDir,
    k: tokens.hostKeyAlias ?? tokens.alias,
    j: tokens.proxyJump,
    ...(process.getuid && { i: String(process.getuid()) }),
  };
  return text.replace(/%(.)/g, (whole, name: string) => values[name] ?? whole);
}

/** An absolute path: `~`, the tokens and `${VARIABLE}` replaced; a relative one is under the home directory. */
export function expandPath(
  text: string,
  tokens: Tokens,
  env: NodeJS.ProcessEnv,
  how: 'all' | 'tildeOnly' = 'all',
): string {
  if (text === 'none') return text;
  const home = /^~(?=$|[/\\])/.test(text) ? join(tokens.homeDir, text.slice(1)) : text;
  if (how === 'tildeOnly') return home;
  const replaced = expandTokens(home, tokens).replace(
    /\$\{(\w+)\}/g,
    (whole, name: string) => env[name] ?? whole,
  );
  return isAbsolute(replaced) || replaced === '' ? replaced : join(tokens.homeDir, replaced);
}
