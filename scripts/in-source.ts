import { fileURLToPath } from 'node:url';

/** The whole path of a file under `src/`. */
export const inSource = (path: string) => fileURLToPath(new URL(`../src/${path}`, import.meta.url));
