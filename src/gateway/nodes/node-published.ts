import type { NodeSkillsUpdateParams } from '@openclaw/gateway-protocol';
import { z } from 'zod';

export type NodeSkill = NodeSkillsUpdateParams['skills'][number];

/** All skills of a node together (observed). */
const MAX_SKILLS_BYTES = 512 * 1024;

/** Each name once, and no more text than a node may have; what is too much is left out. */
export function boundedSkills(skills: readonly NodeSkill[]): readonly NodeSkill[] {
  const kept = new Map<string, NodeSkill>();
  let bytes = 0;
  for (const skill of skills) {
    const size = Buffer.byteLength(skill.content);
    if (kept.has(skill.name) || skill.description.trim() === '' || bytes + size > MAX_SKILLS_BYTES) continue;
    bytes += size;
    kept.set(skill.name, skill);
  }
  return [...kept.values()].sort((left, right) => left.name.localeCompare(right.name, 'en'));
}

/** Whether a node would host whole sessions, and how many at once. */
export type NodeRunner = {
  readonly sessionHost: boolean;
  readonly slots: { readonly total: number; readonly available: number } | null;
};

export const noRunner: NodeRunner = { sessionHost: false, slots: null };

const capability = z.literal(1).optional();
const capacitySchema = z
  .strictObject({ total: z.int().min(1).max(1024), available: z.int().min(0) })
  .refine(({ total, available }) => available <= total);

const nothingSchema = z.strictObject({ protocolFeatures: z.tuple([]) });
const hostSchema = z.strictObject({
  protocolFeatures: z.tuple([z.literal('node-worker-supervisor-v6')]),
  workerHost: z.discriminatedUnion('enabled', [
    z.strictObject({ enabled: z.literal(false) }),
    z.strictObject({
      enabled: z.literal(true),
      capacity: capacitySchema,
      bundlePrewarm: capability,
      bundleRetention: capability,
      bundleStatus: capability,
      portalStream: capability,
      environmentSession: capability,
      preparedWorkspace: capability,
      capturedExecPolicy: z.literal(true).optional(),
    }),
  ]),
});
const retiredSchema = z.strictObject({
  protocolFeatures: z.tuple([z.string().regex(/^node-worker-supervisor-v[1-5]$/)]),
  workerRuns: z.unknown().optional(),
  workerHost: z.unknown().optional(),
});

/**
 * What a node says with `node.runnerInventory.update`, which has no published schema (observed). `retired`: the words of
 * an older version. Null: not understood.
 */
export function readRunner(params: unknown): NodeRunner | 'retired' | null {
  if (nothingSchema.safeParse(params).success) return noRunner;
  if (retiredSchema.safeParse(params).success) return 'retired';
  const host = hostSchema.safeParse(params);
  if (!host.success) return null;
  const { workerHost } = host.data;
  return workerHost.enabled ? { sessionHost: true, slots: workerHost.capacity } : noRunner;
}
