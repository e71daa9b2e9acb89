import { connect, type Socket } from 'node:net';
import { type Carrier, ChannelRefused, type ExecOutput } from './carrier.ts';
import { type ChannelLine, channelMaxPacket, channelWindow, MuxChannel } from './mux-channel.ts';
import { createPacketSplitter, readWire, type WireReader, type WireWriter, writeWire } from './wire.ts';

const mux = { hello: 0x01, clientProxy: 0x1000_000f, serverProxy: 0x8000_000f, version: 4 };
const msg = {
  globalRequest: 80,
  requestFailure: 82,
  open: 90,
  openConfirmation: 91,
  openFailure: 92,
  windowAdjust: 93,
  data: 94,
  extendedData: 95,
  eof: 96,
  close: 97,
  request: 98,
  success: 99,
  failure: 100,
};
const maxPacket = 1024 * 1024;

type Entry = {
  remoteId: number;
  readonly opened: (remote: { window: number; maxPacket: number }) => void;
  readonly refused: (error: Error) => void;
  channel: MuxChannel | null;
  output: ExecOutput | null;
  exitCode: number | null;
};

/**
 * Speaks the SSH connection protocol (RFC 4254) through the control socket of a running `ssh`, in its proxy mode.
 * So channels are opened in this process, with the server's own answers, over a session that `ssh` has made.
 * Source: PROTOCOL.mux of OpenSSH, sections 1 and 7; there since OpenSSH 7.4.
 * Rejects when nobody listens on the control socket (yet), or it is no such socket.
 */
export async function connectMux(controlSocket: string): Promise<Carrier> {
  const socket = connect(controlSocket);
  const packets = await enterProxyMode(socket);
  return serve(socket, packets);
}

type PacketSource = { deliverTo(handle: (body: Buffer) => void): void };

function enterProxyMode(socket: Socket): Promise<PacketSource> {
  return new Promise((resolve, reject) => {
    const held: Buffer[] = [];
    let handle = (body: Buffer): void => void held.push(body);
    let step: 'hello' | 'proxy' | 'done' = 'hello';
    const fail = (error: Error) => {
      socket.destroy();
      reject(error);
    };
    const split = createPacketSplitter(maxPacket, (body) => {
      if (step === 'done') return handle(body);
      const wire = readWire(body);
      const type = wire.uint32();
      if (step === 'hello') {
        if (type !== mux.hello || wire.uint32() !== mux.version) throw new RangeError('another mux version');
        step = 'proxy';
        socket.write(writeWire().uint32(mux.clientProxy).uint32(0).packet());
        return;
      }
      if (type !== mux.serverProxy) throw new RangeError('no proxy mode');
      step = 'done';
      resolve({
        deliverTo(next) {
          handle = next;
          for (const packet of held.splice(0)) next(packet);
        },
      });
    });
    socket.on('data', (chunk) => {
      try {
        split(chunk);
      } catch (error) {
        fail(error instanceof Error ? error : new Error(String(error)));
      }
    });
    socket.on('error', fail);
    socket.once('close', () => reject(new Error('the control socket closed')));
    socket.once('connect', () => socket.write(writeWire().uint32(mux.hello).uint32(mux.version).packet()));
  });
}

function serve(socket: Socket, packets: PacketSource): Carrier {
  const entries = new Map<number, Entry>();
  let nextId = 0;
  let isOver = false;
  let announceClose = () => {};
  let closeAnnounced = false;

  const send = (type: number, fill: (wire: WireWriter) => WireWriter) => {
    // One byte of padding length, which is always zero here, then the message.
    if (!socket.destroyed) socket.write(fill(writeWire().byte(0).byte(type)).packet());
  };
  const lineOf = (entry: Entry): ChannelLine => ({
    data: (chunk) => {
      if (socket.destroyed) return;
      socket.cork();
      socket.write(dataHeader(entry.remoteId, chunk.length));
      socket.write(chunk);
      socket.uncork();
    },
    adjustWindow: (bytes) => send(msg.windowAdjust, (wire) => wire.uint32(entry.remoteId).uint32(bytes)),
    eof: () => send(msg.eof, (wire) => wire.uint32(entry.remoteId)),
    close: () => send(msg.close, (wire) => wire.uint32(entry.remoteId)),
  });

  const open = (
    type: string,
    extra: (wire: WireWriter) => WireWriter = (wire) => wire,
  ): Promise<OpenChannel> =>
    new Promise((resolve, reject) => {
      if (isOver) return reject(new Error('the session is over'));
      const id = nextId++;
      const entry: Entry = {
        remoteId: 0,
        channel: null,
        output: null,
        exitCode: null,
        opened: (remote) => {
          const channel = new MuxChannel(lineOf(entry), remote, type !== 'session');
          entry.channel = channel;
          resolve({ entry, channel });
        },
        refused: reject,
      };
      entries.set(id, entry);
      send(msg.open, (wire) =>
        extra(wire.text(type).uint32(id).uint32(channelWindow).uint32(channelMaxPacket)),
      );
    });

  const receive = (body: Buffer) => {
    const wire = readWire(body);
    wire.byte();
    const type = wire.byte();
    if (type === msg.globalRequest) {
      wire.text();
      if (wire.byte() !== 0) send(msg.requestFailure, (reply) => reply);
      return;
    }
    const id = wire.uint32();
    if (type === msg.open) return;
    const entry = entries.get(id);
    if (entry) handleChannelMessage(type, id, entry, wire);
  };

  const handleChannelMessage = (type: number, id: number, entry: Entry, wire: WireReader) => {
    switch (type) {
      case msg.openConfirmation:
        entry.remoteId = wire.uint32();
        entry.opened({ window: wire.uint32(), maxPacket: wire.uint32() });
        return;
      case msg.openFailure: {
        entries.delete(id);
        const reason = wire.uint32();
        entry.refused(new ChannelRefused(reason, wire.text()));
        return;
      }
      case msg.windowAdjust:
        entry.channel?.receiveWindow(wire.uint32());
        return;
      case msg.data:
        entry.channel?.receive(wire.bytes());
        return;
      case msg.extendedData: {
        // 1 is stderr, the only kind there is.
        wire.uint32();
        const chunk = wire.bytes();
        entry.output?.stderr(chunk);
        send(msg.windowAdjust, (reply) => reply.uint32(entry.remoteId).uint32(chunk.length));
        return;
      }
      case msg.eof:
        entry.channel?.receiveEof();
        return;
      case msg.close:
        entries.delete(id);
        entry.channel?.receiveClose();
        return;
      case msg.request: {
        const name = wire.text();
        const wantsReply = wire.byte() !== 0;
        if (name === 'exit-status') entry.exitCode = wire.uint32();
        if (wantsReply) send(msg.failure, (reply) => reply.uint32(entry.remoteId));
        return;
      }
      default:
        return;
    }
  };

  const goOn = (body: Buffer) => {
    try {
      receive(body);
    } catch {
      // Not the protocol any more.
      socket.destroy();
    }
  };
  socket.on('error', () => {});
  socket.once('close', () => {
    isOver = true;
    closeAnnounced = true;
    announceClose();
  });
  packets.deliverTo(goOn);

  return {
    async openForward(port) {
      const { channel } = await open('direct-tcpip', (wire) =>
        wire.text('127.0.0.1').uint32(port).text('127.0.0.1').uint32(0),
      );
      return channel;
    },
    async askServer() {
      try {
        const { channel } = await open('ping@chela');
        channel.destroy();
      } catch (error) {
        if (!(error instanceof ChannelRefused)) throw error;
      }
    },
    async exec(command, output) {
      const { entry, channel } = await open('session');
      entry.output = output;
      channel.on('data', output.stdout);
      // Comes when the last output has been read, or the channel was torn.
      channel.once('close', () => output.closed(entry.exitCode));
      send(msg.request, (wire) => wire.uint32(entry.remoteId).text('exec').boolean(false).text(command));
      channel.end();
      return { cancel: () => channel.destroy() };
    },
    onDidClose(listener) {
      if (closeAnnounced) listener();
      else announceClose = listener;
    },
    abandon() {
      isOver = true;
      for (const entry of [...entries.values()]) {
        entry.channel?.abandon();
        if (!entry.channel) entry.refused(new Error('the session is over'));
      }
      entries.clear();
      socket.destroy();
    },
  };
}

/** All of a data packet but the data, which is then not copied. */
function dataHeader(remoteId: number, length: number): Buffer {
  const header = Buffer.alloc(14);
  header.writeUInt32BE(10 + length, 0);
  header.writeUInt8(0, 4);
  header.writeUInt8(msg.data, 5);
  header.writeUInt32BE(remoteId, 6);
  header.writeUInt32BE(length, 10);
  return header;
}

type OpenChannel = { readonly entry: Entry; readonly channel: MuxChannel };
