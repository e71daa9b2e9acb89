import type { MediaSegment } from './artifact.ts';
import type { Calls, ToolUse } from './chat-state.ts';

/** A part of an answer. */
export type Segment = { kind: 'text'; text: string } | { kind: 'tool'; tool: ToolUse } | MediaSegment;

/**
 * The words as they were streamed, with what else is known where it came between them. Words before a call that came
 * with it at once are not streamed at all by the real Gateway (2026.9.6, observed).
 */
export function streamedSegments(streamed: string, known: readonly Segment[], calls: Calls): Segment[] {
  const between: { segment: Segment; at: number }[] = [];
  let end = 0;
  let unsaid: Segment[] = [];
  const place = (text: string, limit: number) => {
    const at = streamed.slice(0, limit).indexOf(text.trim(), end);
    if (at === -1) unsaid = [{ kind: 'text', text }];
    else end = at + text.trim().length;
  };
  for (const [nth, segment] of known.entries()) {
    const next = known[nth + 1];
    if (segment.kind === 'text') {
      const call = next?.kind === 'tool' ? calls[next.tool.id] : undefined;
      place(segment.text, call?.saidBefore ?? streamed.length);
      continue;
    }
    const call = segment.kind === 'tool' ? calls[segment.tool.id] : undefined;
    const at = call?.saidBefore ?? end;
    if (call?.remark && known[nth - 1]?.kind !== 'text') place(call.remark, at);
    if (segment.kind === 'tool') between.push(...unsaid.map((words) => ({ segment: words, at })));
    unsaid = [];
    end = Math.max(end, at);
    between.push({ segment, at });
  }
  between.sort((left, right) => left.at - right.at);
  const segments: Segment[] = [];
  let from = 0;
  const say = (to: number) => {
    const text = streamed.slice(from, to).replace(/^\n+/, '');
    if (text.trim() !== '') segments.push({ kind: 'text', text });
    from = Math.max(from, to);
  };
  for (const { segment, at } of between) {
    say(at);
    segments.push(segment);
  }
  say(streamed.length);
  return segments;
}
