import type { NodeSkill } from '../../nodes/node-published.ts';
import { type AgentTool, textResult } from './agent-tool.ts';

/** A skill that a connected node has published. */
export type UsableSkill = NodeSkill & { readonly node: string };

/**
 * What the connected nodes know how to do, as one tool: the model sees what each skill is for, and reads one before it uses
 * it. Null while there is none.
 */
export function skillTool(skills: readonly UsableSkill[]): AgentTool | null {
  // Two nodes may have a skill of one name; the node's name tells them apart.
  const named = skills.map((skill) => ({ ...skill, id: `${skill.name} on ${skill.node}` }));
  if (named.length === 0) return null;
  const lines = named.map(({ id, description }) => `- ${id}: ${description}`);
  return {
    name: 'skill',
    description: `Reads how a device of the person wants something to be done. Read it before doing that.\n${lines.join('\n')}`,
    parameters: {
      type: 'object',
      properties: { skill: { type: 'string', enum: named.map(({ id }) => id) } },
      required: ['skill'],
      additionalProperties: false,
    },
    commandBearing: false,
    describe: ({ skill }) => String(skill),
    async run({ skill }) {
      const found = named.find(({ id }) => id === skill);
      return found === undefined
        ? textResult(`There is no skill ${String(skill)}.`, true)
        : textResult(found.content);
    },
  };
}
