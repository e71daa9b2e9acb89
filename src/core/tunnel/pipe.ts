import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';

/**
 * Joins a local socket (paused, with allowHalfOpen) and a channel. Either side may end its half while the other
 * goes on, and a slow reader slows the writer. Returns a cut: after it neither side touches the other, and the
 * local client sees a reset, so that it cannot take a torn stream for a whole one.
 */
export function joinStreams(socket: Socket, channel: Duplex, onDone: () => void): () => void {
  let isDone = false;
  const finish = () => {
    if (isDone) return;
    isDone = true;
    socket.unpipe(channel);
    channel.unpipe(socket);
    onDone();
  };

  socket.pipe(channel).pipe(socket);
  socket.once('close', (hadError) => {
    if (isDone) return;
    finish();
    // What the far side still sends is read away until its close arrives.
    channel.resume();
    // A client that ended properly may leave bytes on their way; one that broke off leaves none of worth.
    if (hadError || !socket.readableEnded) channel.destroy();
  });
  // Comes after the channel's last byte was read.
  channel.once('close', () => {
    if (isDone) return;
    finish();
    // Unread bytes would turn the close into a reset, which can cost the client the end of its answer.
    socket.resume();
    socket.end(() => socket.destroy());
  });

  return () => {
    finish();
    socket.resetAndDestroy();
  };
}
