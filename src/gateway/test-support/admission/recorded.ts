import type { Outcomes } from './cells.ts';
import table from './recorded.json' with { type: 'json' };

/** What the real Gateway (openclaw 2026.9.6) did with every cell. */
export const recorded: Outcomes = table;
