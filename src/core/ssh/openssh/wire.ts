/** The data types of RFC 4251 §5 that the connection protocol needs. */
export type WireWriter = {
  byte(value: number): WireWriter;
  boolean(value: boolean): WireWriter;
  uint32(value: number): WireWriter;
  text(value: string): WireWriter;
  bytes(value: Buffer): WireWriter;
  /** With the length in front, as OpenSSH's control socket wants every packet. */
  packet(): Buffer;
};

export function writeWire(): WireWriter {
  const parts: Buffer[] = [];
  const uint32 = (value: number) => {
    const part = Buffer.alloc(4);
    part.writeUInt32BE(value >>> 0);
    parts.push(part);
  };
  const writer: WireWriter = {
    byte(value) {
      parts.push(Buffer.of(value));
      return writer;
    },
    boolean: (value) => writer.byte(value ? 1 : 0),
    uint32(value) {
      uint32(value);
      return writer;
    },
    text: (value) => writer.bytes(Buffer.from(value, 'utf8')),
    bytes(value) {
      uint32(value.length);
      parts.push(value);
      return writer;
    },
    packet() {
      const body = Buffer.concat(parts);
      const length = Buffer.alloc(4);
      length.writeUInt32BE(body.length);
      return Buffer.concat([length, body]);
    },
  };
  return writer;
}

/** Reads what {@link writeWire} writes. Throws RangeError past the end. */
export type WireReader = {
  byte(): number;
  uint32(): number;
  text(): string;
  bytes(): Buffer;
};

export function readWire(packet: Buffer): WireReader {
  let at = 0;
  const reader: WireReader = {
    byte() {
      const value = packet.readUInt8(at);
      at += 1;
      return value;
    },
    uint32() {
      const value = packet.readUInt32BE(at);
      at += 4;
      return value;
    },
    text: () => reader.bytes().toString('utf8'),
    bytes() {
      const length = reader.uint32();
      if (length > packet.length - at) throw new RangeError(`a string of ${length} bytes is not there`);
      const value = packet.subarray(at, at + length);
      at += length;
      return value;
    },
  };
  return reader;
}

/** Cuts a byte stream into the bodies of length-prefixed packets. Throws RangeError for one over `maxBytes`. */
export function createPacketSplitter(maxBytes: number, onPacket: (body: Buffer) => void) {
  let pending: Buffer[] = [];
  let have = 0;
  let need = 4;
  return (chunk: Buffer): void => {
    pending.push(chunk);
    have += chunk.length;
    if (have < need) return;
    let data = pending.length === 1 ? chunk : Buffer.concat(pending);
    while (data.length >= 4) {
      const length = data.readUInt32BE(0);
      if (length > maxBytes) throw new RangeError(`a packet of ${length} bytes`);
      if (data.length < 4 + length) break;
      const body = data.subarray(4, 4 + length);
      data = data.subarray(4 + length);
      onPacket(body);
    }
    pending = data.length > 0 ? [data] : [];
    have = data.length;
    need = data.length >= 4 ? 4 + data.readUInt32BE(0) : 4;
  };
}
