import { openDatabase } from './stores/chat/chat-database.ts';

/**
 * What the page keeps. Opened when this script is read, which needs no large one: the browser takes as long for it as
 * the page does to read the rest of itself.
 */
export const chatOpened = openDatabase('chela.chat');
// Who uses it is told; until then nobody listens.
chatOpened.catch(() => undefined);
