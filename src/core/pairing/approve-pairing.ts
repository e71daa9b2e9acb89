import { stripVTControlCharacters } from 'node:util';
import { approvalCommand } from '../../shared/doctor-text.ts';
import { appError, toAppError } from '../../shared/errors.ts';
import { brief } from '../../shared/printable.ts';
import { err, ok, type Result } from '../../shared/result.ts';
import type { ExecResult, SshConnection } from '../ssh/connection.ts';

export type ApprovePairing = {
  readonly connection: Pick<SshConnection, 'exec'>;
  readonly requestId: string;
  readonly signal?: AbortSignal;
  /** The command starts a whole Node process. Default: a minute. */
  readonly timeoutMs?: number;
};

/** What a shell answers for a command that it does not find. */
const NOT_FOUND = 127;

/**
 * Approves a pairing request with `openclaw` on the Gateway's host, in a session that is open. The caller has asked
 * for consent and keeps the audit line. Fails with BAD_REQUEST (not an id), OPENCLAW_MISSING_THERE,
 * PAIRING_NOT_APPROVED with what the command said, or with what broke the session. Never rejects.
 */
export async function approvePairing(request: ApprovePairing): Promise<Result<void>> {
  const { connection, requestId, signal, timeoutMs = 60_000 } = request;
  const command = approvalCommand(requestId);
  if (command === null) {
    const reason = 'not a pairing request id';
    return err(appError('BAD_REQUEST', reason, { details: { reason } }));
  }
  try {
    const options = { timeoutMs, ...(signal && { signal }) };
    return describeEnd(await connection.exec(inLoginShell(command), options), requestId);
  } catch (thrown) {
    return err(toAppError(thrown));
  }
}

/**
 * With the PATH of a login: first `sh`'s, and where that knows no `openclaw`, that of the person's own shell, whose
 * files package managers write to. `command` holds no quotes.
 */
function inLoginShell(command: string): string {
  const inOwnShell = `[ -n "$SHELL" ] && exec "$SHELL" -lc "${command}"`;
  return `sh -lc 'command -v openclaw >/dev/null 2>&1 || { ${inOwnShell}; }; exec ${command}'`;
}

function describeEnd({ code, stdout, stderr }: ExecResult, requestId: string): Result<void> {
  if (code === 0) return ok(undefined);
  if (code === NOT_FOUND) {
    const message = 'no openclaw on the PATH of a login shell';
    return err(appError('OPENCLAW_MISSING_THERE', message, { details: { requestId } }));
  }
  const reason = lastLine(stderr) || lastLine(stdout) || `exit code ${code ?? 'unknown'}`;
  return err(appError('PAIRING_NOT_APPROVED', reason, { details: { requestId, reason } }));
}

/** Where programs say what went wrong; one line, bounded, without colours. */
function lastLine(output: string): string {
  const lines = stripVTControlCharacters(output).trim().split('\n');
  return brief(lines.at(-1) ?? '').replace(/\.$/, '');
}
