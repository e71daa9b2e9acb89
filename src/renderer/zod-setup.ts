import { config } from 'zod';

// The page's policy forbids code made from text. Zod probes for it when its first schema is made, so this
// module is imported before any other.
config({ jitless: true });
