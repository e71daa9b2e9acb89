/** What a server said in clear before encryption began. */
export type ServerHello =
  | { readonly kind: 'silent' }
  /** It ended in the middle of an SSH greeting. */
  | { readonly kind: 'cut' }
  /** It spoke, but not SSH. */
  | { readonly kind: 'notSsh' }
  /** An SSH server that turned us away before its greeting: too many connections, or a penalty. */
  | { readonly kind: 'busy'; readonly text: string }
  | { readonly kind: 'ssh'; readonly ident: string; readonly offer: ServerOffer | null };

/** The server's algorithms, best first. */
export type ServerOffer = {
  readonly kex: readonly string[];
  readonly hostKey: readonly string[];
  readonly cipher: readonly string[];
  readonly mac: readonly string[];
  readonly compression: readonly string[];
};

/**
 * Reads the first bytes of a connection: RFC 4253 §4.2 (lines before the identification are allowed) and §7.1
 * (KEXINIT, the first packet). ssh2 says that nothing matches, but not what the server would have had.
 */
export function parseServerHello(bytes: Buffer): ServerHello {
  if (bytes.length === 0) return { kind: 'silent' };
  const text = bytes.toString('latin1');
  const ident = /(?:^|\n)(SSH-[^\r\n]*)\r?\n/.exec(text);
  if (ident) {
    const packetAt = ident.index + ident[0].length;
    return { kind: 'ssh', ident: ident[1] ?? '', offer: parseKexInit(bytes.subarray(packetAt)) };
  }
  if (/(?:^|\n)(?:S|SS|SSH|SSH-[^\n]*)$/.test(text)) return { kind: 'cut' };
  // OpenSSH's words for MaxStartups and, since 9.8, PerSourcePenalties.
  const busy = /^(Exceeded MaxStartups|Not allowed at this time)/.exec(text);
  return busy ? { kind: 'busy', text: busy[0] } : { kind: 'notSsh' };
}

const headerBytes = 4 + 1 + 1 + 16;

function parseKexInit(packet: Buffer): ServerOffer | null {
  const isKexInit = packet.length >= headerBytes && packet[5] === 20;
  if (!isKexInit) return null;
  const lists: string[][] = [];
  let at = headerBytes;
  for (let index = 0; index < 8; index++) {
    if (at + 4 > packet.length) return null;
    const end = at + 4 + packet.readUInt32BE(at);
    if (end > packet.length) return null;
    lists.push(
      packet
        .toString('latin1', at + 4, end)
        .split(',')
        .filter((name) => name !== ''),
    );
    at = end;
  }
  const [kex = [], hostKey = [], cipher = [], , mac = [], , compression = []] = lists;
  return { kex, hostKey, cipher, mac, compression };
}
