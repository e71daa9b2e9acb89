import JSON5 from 'json5';
import { AppErrorException, appError } from '../../shared/errors.ts';
import { hasControl } from '../../shared/printable.ts';
import type { SshConnection } from '../ssh/connection.ts';
import { forAnyShell } from './authorized-keys.ts';

const script = forAnyShell([
  'f=$OPENCLAW_CONFIG_PATH; [ -n "$f" ] || f=$HOME/.openclaw/openclaw.json;',
  'if [ -r "$f" ]; then echo chela-config; cat "$f"; else echo chela-none; fi',
]);

/** The command that reads it, to show. */
export const hostTokenCommand = ['cat', '~/.openclaw/openclaw.json'];

/**
 * The token of the host's Gateway, from its openclaw.json, whose text stays in this function (R32). Rejects with HOST_TOKEN_NOT_FOUND, or
 * with what broke the session.
 */
export async function fetchHostToken(
  connection: Pick<SshConnection, 'exec'>,
  signal: AbortSignal,
): Promise<string> {
  const { stdout } = await connection.exec(script, { timeoutMs: 20_000, signal });
  const mark = 'chela-config\n';
  const at = stdout.indexOf(mark);
  if (at === -1) throw notFound('noFile');
  const token = tokenIn(stdout.slice(at + mark.length));
  if (token === undefined || token === '') throw notFound('noToken');
  // A reference is an object, or names a variable that only the Gateway has.
  if (typeof token !== 'string' || /^\$\{\w+\}$/.test(token)) throw notFound('reference');
  if (hasControl(token) || token.length > 4096) throw notFound('broken');
  return token;
}

function tokenIn(text: string): unknown {
  try {
    const config: unknown = JSON5.parse(text);
    return at(at(at(config, 'gateway'), 'auth'), 'token');
  } catch {
    throw notFound('broken');
  }
}

function at(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, key)
    ? (value as Record<string, unknown>)[key]
    : undefined;
}

function notFound(cause: string): AppErrorException {
  return new AppErrorException(appError('HOST_TOKEN_NOT_FOUND', cause, { details: { cause } }));
}
