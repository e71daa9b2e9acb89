import { AppErrorException, appError, toAppError } from '../../shared/errors.ts';
import { brief } from '../../shared/printable.ts';
import type { SshConnection } from '../ssh/connection.ts';
import type { RemoteFiles } from '../ssh/remote-files.ts';
import { authorizedKeysFile, keyOfLine, withKeyLine, withoutKeyLine } from './authorized-keys-text.ts';

/** What an addition did: `there` changed nothing, `created` made the file, `added` wrote to it. */
export type CopiedKey = 'there' | 'created' | 'added';

/** Where the account's file is: by a shell, or over SFTP where it has none. */
type Host = Pick<SshConnection, 'exec' | 'withFiles'>;

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

/** Bytes are bytes, whatever language the host speaks; the word tells that a shell runs this at all. */
const begin = 'umask 077; LC_ALL=C; export LC_ALL; echo chela-shell; cd || exit 1;';

/** A line of ours in a variable. Its quotes come from awk: a script for any shell has no way to write one. */
function lineIn(name: string, line: string): string {
  keyOfLine(line);
  if (!line.includes('"')) return `${name}="${line}";`;
  const quote = 'q=$(awk -v f=%c "BEGIN{printf f,34}"); [ -n "$q" ] || exit 1;';
  return `${quote} ${name}="${line.replaceAll('"', `$\{q}`)}";`;
}

/**
 * Like ssh-copy-id: appends the line unless the key is there, in a new file that takes the place of the old one. A link stays a link, a
 * last line without its end gets one, and both are private afterwards. `instead` is a line of ours that goes.
 */
export function additionScript(line: string, instead: string | null = null): string {
  const others = instead === null ? 'cat $f' : '{ grep -vxF "$o" $f; [ $? -le 1 ]; }';
  const kept = instead === null ? 'cat $f && if [ -n "$(tail -c 1 $f)" ]; then echo; fi' : others;
  return forAnyShell([
    begin,
    lineIn('l', line),
    instead === null ? '' : lineIn('o', instead),
    `d=.ssh; f=${authorizedKeysFile}; t=$f.chela.$$; r=added;`,
    'mkdir -p $d && chmod 700 $d || exit 1;',
    `if [ -e $f ] && ${others} | grep -v "^[[:space:]]*#" | grep -qF "${keyOfLine(line)}"; then echo chela-key:there; exit 0; fi;`,
    '[ -e $f ] || r=created;',
    'trap "rm -f $t" EXIT;',
    `{ if [ -s $f ]; then ${kept}; fi && echo "$l"; } >$t || exit 1;`,
    'if [ -L $f ]; then cat $t >$f; else mv -f $t $f; fi && chmod 600 $f || exit 1;',
    'if command -v restorecon >/dev/null 2>&1; then restorecon -F $d $f >/dev/null 2>&1; fi;',
    'echo chela-key:$r',
  ]);
}

/** Takes exactly that line out again; the file too, where it is empty then and Chela made it. */
export function removalScript(line: string, wasCreated: boolean): string {
  return forAnyShell([
    begin,
    lineIn('l', line),
    `f=${authorizedKeysFile}; t=$f.chela.$$;`,
    'if [ -e $f ]; then true; else echo chela-key:gone; exit 0; fi;',
    'trap "rm -f $t" EXIT;',
    'if grep -qxF "$l" $f; then true; else echo chela-key:gone; exit 0; fi;',
    'grep -vxF "$l" $f >$t; [ $? -le 1 ] || exit 1;',
    wasCreated ? 'if [ -s $t ]; then true; else rm -f $f && echo chela-key:removed; exit $?; fi;' : '',
    'if [ -L $f ]; then cat $t >$f; else mv -f $t $f; fi && chmod 600 $f || exit 1;',
    'echo chela-key:removed',
  ]);
}

/** Rejects with SSH_KEY_NOT_COPIED, or with what broke the session. */
export async function addAuthorizedKey(
  host: Host,
  line: string,
  instead: string | null = null,
): Promise<CopiedKey> {
  const said = await change(host, additionScript(line, instead), async (files) => {
    await files.ensureDirectory('.ssh', 0o700);
    const now = await files.read(authorizedKeysFile);
    const text = withKeyLine(now ?? '', line, instead);
    if (text === null) return 'there';
    await files.replace(authorizedKeysFile, text, 0o600);
    return now === null ? 'created' : 'added';
  });
  return said === 'there' || said === 'created' ? said : 'added';
}

/** The same of its removal; content where it is gone already. */
export async function removeAuthorizedKey(host: Host, line: string, wasCreated: boolean): Promise<void> {
  await change(host, removalScript(line, wasCreated), async (files) => {
    const text = withoutKeyLine((await files.read(authorizedKeysFile)) ?? '', line);
    if (text === null) return 'gone';
    if (text === '' && wasCreated) await files.remove(authorizedKeysFile);
    else await files.replace(authorizedKeysFile, text, 0o600);
    return 'removed';
  });
}

/**
 * By the script, or where the host runs none for this account (`ForceCommand internal-sftp`), by its files. To its end, whoever cancels
 * meanwhile: of half a change nobody would know whether it has to be undone.
 */
async function change(
  host: Host,
  script: string,
  byFiles: (files: RemoteFiles) => Promise<string>,
): Promise<string> {
  // A host that runs no commands may refuse to take one as well.
  const ran = await host.exec(script, { timeoutMs }).catch(toAppError);
  if ('stdout' in ran) {
    // A login shell's own files may print as they like before it.
    const done = /^chela-key:(\w+)\r?$/m.exec(ran.stdout)?.[1];
    if (done !== undefined) return done;
    const [, rest] = ran.stdout.split(/^chela-shell\r?$/m);
    if (rest !== undefined) {
      const line = (ran.stderr.trim() || rest.trim()).split('\n').at(-1) ?? '';
      throw notCopied('said', brief(line).replace(/\.$/, '') || `exit code ${ran.code ?? '?'}`);
    }
  }
  if (host.withFiles === null) throw 'stdout' in ran ? notCopied('noShell') : new AppErrorException(ran);
  try {
    return await host.withFiles(timeoutMs, byFiles);
  } catch (thrown) {
    if (thrown instanceof AppErrorException) throw thrown;
    throw notCopied('noFiles', brief(toAppError(thrown).message));
  }
}

function notCopied(cause: 'said' | 'noShell' | 'noFiles', said = ''): AppErrorException {
  return new AppErrorException(appError('SSH_KEY_NOT_COPIED', said || cause, { details: { cause, said } }));
}
