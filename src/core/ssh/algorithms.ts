import type { Algorithms, ServerHostKeyAlgorithm } from 'ssh2';

/** Signature algorithms by the type of the host key that makes them. RSA with SHA-1 is left out, as in OpenSSH. */
const hostKeyAlgorithms: readonly { readonly keyType: string; readonly name: ServerHostKeyAlgorithm }[] = [
  { keyType: 'ssh-ed25519', name: 'ssh-ed25519' },
  { keyType: 'ecdsa-sha2-nistp256', name: 'ecdsa-sha2-nistp256' },
  { keyType: 'ecdsa-sha2-nistp384', name: 'ecdsa-sha2-nistp384' },
  { keyType: 'ecdsa-sha2-nistp521', name: 'ecdsa-sha2-nistp521' },
  { keyType: 'ssh-rsa', name: 'rsa-sha2-512' },
  { keyType: 'ssh-rsa', name: 'rsa-sha2-256' },
];

/** Types of keys that ssh2 can use, of a host or of a person. No certificates, no security keys, no DSA. */
export function isSupportedKeyType(keyType: string): boolean {
  return hostKeyAlgorithms.some((algorithm) => algorithm.keyType === keyType);
}

/**
 * What is offered to a server. Host key types that are known for the host come first, so that it shows the key
 * that can be checked and not another one of its keys. Ciphers are left to ssh2: AES-128-GCM comes first there,
 * which costs pure JavaScript least, and what a runtime's crypto lacks (Electron's) is not offered.
 */
export function offeredAlgorithms(knownTypes: readonly string[]): Algorithms {
  const isKnown = (algorithm: { keyType: string }) => knownTypes.includes(algorithm.keyType);
  const ordered = [
    ...hostKeyAlgorithms.filter(isKnown),
    ...hostKeyAlgorithms.filter((algorithm) => !isKnown(algorithm)),
  ];
  return {
    serverHostKey: ordered.map((algorithm) => algorithm.name),
  };
}
