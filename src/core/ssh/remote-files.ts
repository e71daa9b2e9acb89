import type { Client, SFTPWrapper } from 'ssh2';

/**
 * Small files of the host over SFTP, by paths from where its server begins, which is the account's home. Their texts are bytes, one a
 * character (latin1). What the server refuses rejects with its words, as an Error.
 */
export type RemoteFiles = {
  /** Null where there is none. */
  read(path: string): Promise<string | null>;
  /** As a whole, by a rename; a link stays, and what it leads to is replaced. */
  replace(path: string, text: string, mode: number): Promise<void>;
  remove(path: string): Promise<void>;
  /** Made where it is missing; with these permissions either way. */
  ensureDirectory(path: string, mode: number): Promise<void>;
};

/** SSH_FX_NO_SUCH_FILE. Source: draft-ietf-secsh-filexfer-02, section 7. */
const noSuchFile = 2;

/** `close` ends the channel. Rejects where the server has no SFTP for this account. */
export async function openRemoteFiles(client: Client): Promise<RemoteFiles & { close(): void }> {
  const sftp = await called<SFTPWrapper>((done) => client.sftp(done));
  const remove = (path: string) => called<void>((done) => sftp.unlink(path, done));

  /** Over the old file. A server without OpenSSH's extension refuses that, and the old one goes first. */
  async function rename(from: string, to: string): Promise<void> {
    try {
      await called<void>((done) => sftp.ext_openssh_rename(from, to, done));
    } catch {
      await remove(to).catch(() => undefined);
      await called<void>((done) => sftp.rename(from, to, done));
    }
  }

  return {
    async read(path) {
      try {
        return (await called<Buffer>((done) => sftp.readFile(path, done))).toString('latin1');
      } catch (thrown) {
        if ((thrown as { readonly code?: unknown }).code === noSuchFile) return null;
        throw thrown;
      }
    },
    async replace(path, text, mode) {
      const file = await called<string>((done) => sftp.realpath(path, done)).catch(() => path);
      const draft = `${file}.chela.${crypto.randomUUID()}`;
      const options = { mode, flag: 'wx' as const };
      try {
        await called<void>((done) => sftp.writeFile(draft, Buffer.from(text, 'latin1'), options, done));
        await rename(draft, file);
      } catch (thrown) {
        await remove(draft).catch(() => undefined);
        throw thrown;
      }
    },
    remove,
    async ensureDirectory(path, mode) {
      // It is there already, as a rule; if not, the permissions fail.
      await called<void>((done) => sftp.mkdir(path, { mode }, done)).catch(() => undefined);
      await called<void>((done) => sftp.chmod(path, mode, done));
    },
    close: () => sftp.end(),
  };
}

function called<T>(
  call: (done: (error: Error | null | undefined, value?: unknown) => void) => void,
): Promise<T> {
  return new Promise((resolve, reject) => {
    call((error, value) => (error ? reject(error) : resolve(value as T)));
  });
}
