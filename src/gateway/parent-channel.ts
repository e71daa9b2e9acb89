/** The line to the process that started this one. */
export type ParentChannel = {
  onMessage(listener: (message: unknown) => void): void;
  /** Resolves when the message has left, or can't any more. */
  send(message: unknown): Promise<void>;
  onDisconnect(listener: () => void): void;
};

/**
 * What `process.parentPort` offers in Electron's utilityProcess. No import of electron: this room doesn't
 * know it.
 */
type ParentPort = {
  on(event: 'message', listener: (event: { data: unknown }) => void): unknown;
  postMessage(message: unknown): void;
};

/** Null when nobody is at the other end: the process was started by hand. */
export function openParentChannel(): ParentChannel | null {
  const { parentPort } = process as unknown as { parentPort?: ParentPort };
  if (parentPort !== undefined) return utilityChannel(parentPort);
  return process.send === undefined ? null : nodeChannel();
}

function utilityChannel(port: ParentPort): ParentChannel {
  return {
    onMessage(listener) {
      port.on('message', ({ data }) => listener(data));
    },
    async send(message) {
      port.postMessage(message);
    },
    // Electron ends a utility process together with its parent.
    onDisconnect() {},
  };
}

function nodeChannel(): ParentChannel {
  return {
    onMessage(listener) {
      process.on('message', listener);
    },
    send: (message) =>
      new Promise((resolve) => {
        if (!process.connected || process.send === undefined) resolve();
        else process.send(message, undefined, undefined, () => resolve());
      }),
    onDisconnect(listener) {
      process.once('disconnect', listener);
    },
  };
}
