import { chatOpened } from './chat-opened.ts';
import { readKept, removeKept } from './stores/chat/chat-database.ts';

// Only the page at the usual address can be around this one: the server says so in `frame-ancestors`.
window.addEventListener('message', ({ source, ports: [port] }) => {
  if (source === window.parent && port) void handOver(port);
});

/** Forgets it only when the other page has it on the disk. */
async function handOver(port: MessagePort): Promise<void> {
  const database = await chatOpened;
  const kept = await readKept(database);
  port.onmessage = async () => {
    await removeKept(database, kept);
    port.postMessage('done');
  };
  port.postMessage(kept);
}
