import { Duplex, type Readable, type Writable } from 'node:stream';

/** What an SSH connection runs over: a TCP socket, a channel of a jump host, the pipes of a proxy command. */
export type Carrier = Duplex & { readonly bytesRead: number; readonly bytesWritten: number };

export type CarrierEnds = {
  readonly readable: Readable;
  readonly writable: Writable;
  /** Ends what is behind; called once. */
  readonly destroy: () => void;
  /** Tells of the end of all that is to be known, which is waited for when `readable` ends without a byte. */
  readonly onDidEnd?: ((listener: () => void) => void) | undefined;
};

/** Two streams as one that counts its bytes and ends as a whole. */
export class StreamCarrier extends Duplex {
  readonly #ends: CarrierEnds;
  bytesRead = 0;
  bytesWritten = 0;

  constructor(ends: CarrierEnds) {
    super({ allowHalfOpen: false });
    this.#ends = ends;
    const { readable, writable, onDidEnd } = ends;
    let hasEnded = false;
    const end = () => {
      if (!this.destroyed && !hasEnded) this.push(null);
      hasEnded = true;
    };
    readable.on('data', (chunk: Buffer) => {
      this.bytesRead += chunk.length;
      if (!this.push(chunk)) readable.pause();
    });
    readable.on('error', (error) => this.destroy(error));
    // Its end, or the close of both, tells what is to be told.
    writable.on('error', () => {});
    onDidEnd?.(end);
    const endOfReading = () => {
      if (!onDidEnd || this.bytesRead > 0) end();
    };
    readable.once('end', endOfReading).once('close', endOfReading);
  }

  override _read(): void {
    this.#ends.readable.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.bytesWritten += chunk.length;
    // An error of the writing side is not news: see above.
    this.#ends.writable.write(chunk, () => done());
  }

  override _final(done: () => void): void {
    this.#ends.writable.end();
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#ends.destroy();
    done(error);
  }
}
