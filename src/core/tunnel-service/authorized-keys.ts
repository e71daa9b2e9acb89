import { AppErrorException, appError } from '../../shared/errors.ts';
import { brief } from '../../shared/printable.ts';
import type { SshConnection } from '../ssh/connection.ts';

/** What an addition did: `there` changed nothing, `created` made the file, `added` appended to it. */
export type CopiedKey = 'there' | 'created' | 'added';

const timeoutMs = 20_000;

/**
 * For a login shell of any kind: sh, csh, fish and rbash read a word in single quotes alike, as long as it has no quote, backslash,
 * exclamation mark or line break in it.
 */
export function forAnyShell(script: readonly string[]): string {
  const text = script.join(' ');
  if (/['\\!\n]/.test(text)) throw new Error('not for every shell');
  return `sh -c '${text}'`;
}

/** A line that is safe in the script: a key's type, base64 and a plain comment. */
function checked(line: string): string {
  if (!/^ssh-ed25519 [A-Za-z0-9+/]+={0,2} [\w@.+-]+$/.test(line)) throw new Error('not a public key line');
  return line;
}

/**
 * Like ssh-copy-id: appends the line unless the key is there, in a new file that takes the place of the old one. A link stays a link, a
 * last line without its end gets one, and both are private afterwards.
 */
export function additionScript(line: string): string {
  const [, base64 = ''] = checked(line).split(' ');
  return forAnyShell([
    'umask 077; cd || exit 1;',
    'd=.ssh; f=$d/authorized_keys; t=$f.chela.$$; r=added;',
    'mkdir -p $d && chmod 700 $d || exit 1;',
    `if [ -e $f ] && grep -v "^[[:space:]]*#" $f | grep -qF "${base64}"; then echo chela-key:there; exit 0; fi;`,
    '[ -e $f ] || r=created;',
    'trap "rm -f $t" EXIT;',
    `{ if [ -s $f ]; then cat $f && if [ -n "$(tail -c 1 $f)" ]; then echo; fi; fi && echo "${line}"; } >$t || exit 1;`,
    'if [ -L $f ]; then cat $t >$f; else mv -f $t $f; fi && chmod 600 $f || exit 1;',
    'if command -v restorecon >/dev/null 2>&1; then restorecon -F $d $f >/dev/null 2>&1; fi;',
    'echo chela-key:$r',
  ]);
}

/** Takes exactly that line out again; the file too, where it is empty then and Chela made it. */
export function removalScript(line: string, wasCreated: boolean): string {
  return forAnyShell([
    'umask 077; cd || exit 1;',
    'f=.ssh/authorized_keys; t=$f.chela.$$;',
    'if [ -e $f ]; then true; else echo chela-key:gone; exit 0; fi;',
    'trap "rm -f $t" EXIT;',
    `if grep -qxF "${checked(line)}" $f; then true; else echo chela-key:gone; exit 0; fi;`,
    `grep -vxF "${line}" $f >$t; [ $? -le 1 ] || exit 1;`,
    wasCreated ? 'if [ -s $t ]; then true; else rm -f $f && echo chela-key:removed; exit $?; fi;' : '',
    'if [ -L $f ]; then cat $t >$f; else mv -f $t $f; fi && chmod 600 $f || exit 1;',
    'echo chela-key:removed',
  ]);
}

/** Rejects with SSH_KEY_NOT_COPIED, or with what broke the session. */
export async function addAuthorizedKey(
  connection: Pick<SshConnection, 'exec'>,
  line: string,
  signal: AbortSignal,
): Promise<CopiedKey> {
  const said = await runScript(connection, additionScript(line), signal);
  return said === 'there' || said === 'created' ? said : 'added';
}

/** The same of its removal; content where it is gone already. */
export async function removeAuthorizedKey(
  connection: Pick<SshConnection, 'exec'>,
  line: string,
  wasCreated: boolean,
  signal: AbortSignal,
): Promise<void> {
  await runScript(connection, removalScript(line, wasCreated), signal);
}

async function runScript(
  connection: Pick<SshConnection, 'exec'>,
  script: string,
  signal: AbortSignal,
): Promise<string> {
  const { code, stdout, stderr } = await connection.exec(script, { timeoutMs, signal });
  // A login shell's own files may print as they like before it.
  const said = /^chela-key:(\w+)\r?$/m.exec(stdout)?.[1];
  if (said !== undefined) return said;
  const lines = (stderr.trim() || stdout.trim()).split('\n');
  const reason = brief(lines.at(-1) ?? '').replace(/\.$/, '') || `exit code ${code ?? '?'}`;
  throw new AppErrorException(appError('SSH_KEY_NOT_COPIED', reason, { details: { reason } }));
}
