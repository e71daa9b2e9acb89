import { createHash, createHmac } from 'node:crypto';

/**
 * OpenSSH's known_hosts, read the way `ssh` reads it. Source: sshd(8), SSH_KNOWN_HOSTS FILE FORMAT.
 * Lines that OpenSSH would not understand (an unknown marker, a broken key, protocol 1 keys) are left out.
 */
export type KnownHostEntry = {
  /** `certAuthority` lines are recognised but vouch for nothing here: host certificates are not checked. */
  readonly marker: 'none' | 'revoked' | 'certAuthority';
  readonly hosts: HostPattern;
  /** `ssh-ed25519`, `ecdsa-sha2-nistp256`, `ssh-rsa`, … */
  readonly keyType: string;
  /** The public key blob, as it travels in the protocol. */
  readonly key: Buffer;
  readonly file: string;
  /** 1 for the first line of the file. */
  readonly line: number;
};

export type HostPattern =
  | { readonly kind: 'plain'; readonly patterns: readonly string[] }
  | { readonly kind: 'hashed'; readonly salt: Buffer; readonly hash: Buffer };

/** Where in a file a key was found. */
export type KnownHostPlace = {
  readonly fingerprint: string;
  readonly keyType: string;
  readonly file: string;
  readonly line: number;
};

export type HostKeyVerdict =
  | { readonly verdict: 'known' }
  /** Nothing is known of this key type; `otherTypes` are keys of other types known for this very host. */
  | { readonly verdict: 'unknown'; readonly otherTypes: readonly KnownHostPlace[] }
  | ({ readonly verdict: 'changed' } & KnownHostPlace)
  | ({ readonly verdict: 'revoked' } & KnownHostPlace);

export function parseKnownHosts(text: string, file: string): KnownHostEntry[] {
  return text.split('\n').flatMap((line, index) => parseLine(line, file, index + 1) ?? []);
}

/** Null for a comment, an empty line, and what OpenSSH would not understand. */
export function parseKnownHostLine(text: string): KnownHostEntry | null {
  return parseLine(text, '', 0);
}

function parseLine(text: string, file: string, line: number): KnownHostEntry | null {
  const fields = text.trim().split(/[ \t]+/);
  const first = fields[0] ?? '';
  if (first === '' || first.startsWith('#')) return null;
  const marker = first.startsWith('@') ? parseMarker(first) : 'none';
  if (marker === null) return null;
  const [hostField, keyType, base64] = marker === 'none' ? fields : fields.slice(1);
  if (hostField === undefined || keyType === undefined || base64 === undefined) return null;
  const hosts = parseHosts(hostField);
  const key = parseKeyBlob(keyType, base64);
  if (hosts === null || key === null) return null;
  return { marker, hosts, keyType, key, file, line };
}

function parseMarker(text: string): KnownHostEntry['marker'] | null {
  if (text === '@revoked') return 'revoked';
  return text === '@cert-authority' ? 'certAuthority' : null;
}

function parseHosts(field: string): HostPattern | null {
  if (!field.startsWith('|')) {
    const patterns = field.toLowerCase().split(',');
    return { kind: 'plain', patterns: patterns.filter((pattern) => pattern !== '') };
  }
  const hashed = /^\|1\|([A-Za-z0-9+/=]+)\|([A-Za-z0-9+/=]+)$/.exec(field);
  const salt = Buffer.from(hashed?.[1] ?? '', 'base64');
  const hash = Buffer.from(hashed?.[2] ?? '', 'base64');
  // HMAC-SHA1: both are 20 bytes.
  return salt.length === 20 && hash.length === 20 ? { kind: 'hashed', salt, hash } : null;
}

/** Null when the blob is not a key of the type that stands before it. */
function parseKeyBlob(keyType: string, base64: string): Buffer | null {
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(base64)) return null;
  const blob = Buffer.from(base64, 'base64');
  return hostKeyType(blob) === keyType ? blob : null;
}

/** The type that a public key blob names itself, or null when it is no such blob. */
export function hostKeyType(blob: Buffer): string | null {
  if (blob.length < 4) return null;
  const length = blob.readUInt32BE(0);
  if (length === 0 || length > 64 || 4 + length >= blob.length) return null;
  return blob.toString('latin1', 4, 4 + length);
}

/** `SHA256:` and unpadded base64, as `ssh-keygen -lf` prints it. */
export function fingerprintOf(key: Buffer): string {
  return `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`;
}

/** How a host is written in known_hosts: the name alone on port 22, `[name]:port` elsewhere. */
export function knownHostName(host: string, port: number): string {
  const name = host.toLowerCase();
  return port === 22 ? name : `[${name}]:${port}`;
}

/** One line without its newline, as OpenSSH appends it with HashKnownHosts off. */
export function formatKnownHostLine(host: string, port: number, key: Buffer): string {
  return `${knownHostName(host, port)} ${hostKeyType(key) ?? ''} ${key.toString('base64')}`;
}

/**
 * What known_hosts says of a key. Like `ssh`, a host on another port than 22 may also be known by its bare
 * name, but only to its advantage: a different key there does not count as a change. A revoked key counts always.
 */
export function lookupHostKey(
  entries: readonly KnownHostEntry[],
  host: string,
  port: number,
  keyType: string,
  key: Buffer,
): HostKeyVerdict {
  const exact = entriesFor(entries, knownHostName(host, port));
  const bare = port === 22 ? exact : entriesFor(entries, knownHostName(host, 22));

  const revoked = [...exact, ...bare].find((entry) => entry.marker === 'revoked' && entry.key.equals(key));
  if (revoked) return { verdict: 'revoked', ...placeOf(revoked) };

  const trusted = exact.filter((entry) => entry.marker === 'none');
  const isListed = (entry: KnownHostEntry) => entry.marker === 'none' && entry.key.equals(key);
  if (trusted.some(isListed)) return { verdict: 'known' };
  const sameType = trusted.find((entry) => entry.keyType === keyType);
  if (sameType) return { verdict: 'changed', ...placeOf(sameType) };
  if (bare.some(isListed)) return { verdict: 'known' };
  return { verdict: 'unknown', otherTypes: trusted.map(placeOf) };
}

/** Every trusted key of exactly this host, in the order of the files. */
export function trustedPlaces(
  entries: readonly KnownHostEntry[],
  host: string,
  port: number,
): KnownHostPlace[] {
  const exact = entriesFor(entries, knownHostName(host, port));
  return exact.filter((entry) => entry.marker === 'none').map(placeOf);
}

/** The key types that are known for a host, in the order of the files, each once. */
export function knownKeyTypes(entries: readonly KnownHostEntry[], host: string, port: number): string[] {
  const exact = entriesFor(entries, knownHostName(host, port));
  const found = exact.length > 0 || port === 22 ? exact : entriesFor(entries, knownHostName(host, 22));
  return [...new Set(found.filter((entry) => entry.marker === 'none').map((entry) => entry.keyType))];
}

function entriesFor(entries: readonly KnownHostEntry[], name: string): KnownHostEntry[] {
  return entries.filter((entry) => matchesHost(entry.hosts, name));
}

function placeOf(entry: KnownHostEntry): KnownHostPlace {
  return {
    fingerprint: fingerprintOf(entry.key),
    keyType: entry.keyType,
    file: entry.file,
    line: entry.line,
  };
}

/** `name` as {@link knownHostName} writes it. A negated pattern that matches wins over all others of its line. */
export function matchesHost(hosts: HostPattern, name: string): boolean {
  if (hosts.kind === 'hashed') {
    return createHmac('sha1', hosts.salt).update(name).digest().equals(hosts.hash);
  }
  const isNegatedMatch = (pattern: string) => pattern.startsWith('!') && matchesGlob(pattern.slice(1), name);
  if (hosts.patterns.some(isNegatedMatch)) return false;
  return hosts.patterns.some((pattern) => !pattern.startsWith('!') && matchesGlob(pattern, name));
}

/** `*` stands for any run of characters, `?` for one. Linear in the text for each star: no regular expression. */
function matchesGlob(pattern: string, text: string): boolean {
  let p = 0;
  let t = 0;
  let star = -1;
  let starText = 0;
  while (t < text.length) {
    if (pattern[p] === '*') {
      star = p++;
      starText = t;
    } else if (p < pattern.length && (pattern[p] === '?' || pattern[p] === text[t])) {
      p++;
      t++;
    } else if (star !== -1) {
      p = star + 1;
      t = ++starText;
    } else {
      return false;
    }
  }
  while (pattern[p] === '*') p++;
  return p === pattern.length;
}
