import { CommandLine } from '../../ui/command-line.tsx';
import { useI18n } from '../../ui/i18n.tsx';

/** The key files of OpenSSH's sshd, by the names the keys have on the wire. */
const keyFiles: readonly [prefix: string, name: string][] = [
  ['ssh-ed25519', 'ed25519'],
  ['ecdsa-', 'ecdsa'],
  ['ssh-rsa', 'rsa'],
  ['rsa-', 'rsa'],
];

/** What to run on the host to see the fingerprint there. */
export function fingerprintCommand(keyType: string): string {
  const name = keyFiles.find(([prefix]) => keyType.startsWith(prefix))?.[1] ?? '*';
  return `ssh-keygen -lf /etc/ssh/ssh_host_${name}_key.pub`;
}

/** How to compare a fingerprint with the host itself. */
export function FingerprintCommand({ host, keyType }: { host: string; keyType: string }) {
  const { t } = useI18n();
  return (
    <>
      <p className="dialog-text">{t('questions.hostKey.compare', { host })}</p>
      <CommandLine line={fingerprintCommand(keyType)} />
    </>
  );
}
