import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Files of the workspace that are read into the instructions, in this order. All are optional. */
const workspaceFiles = ['AGENTS.md', 'SOUL.md', 'IDENTITY.md', 'USER.md', 'TOOLS.md', 'MEMORY.md'] as const;

/** A file is cut here; a model's window is not made for books. */
const MAX_FILE_CHARACTERS = 20_000;

/** For the model, not for people. */
const OPENING =
  'You are the assistant of a person who talks to you through Chela, a small desktop app. Answer in the language of the ' +
  'person, in Markdown where it helps, and no longer than the question asks for.';

const WITHOUT_TOOLS =
  'You have no tools: you cannot read files, run commands or browse. Say so when you are asked to.';

const WITH_TOOLS =
  'You have tools. Use one when it gets the person what they asked for, and say in a few words what you do. A tool may ' +
  'refuse, and a person may decline a command: then say so, and do not try the same by another way. A picture or another ' +
  'file of the workspace reaches the person when your answer names it on a line of its own: MEDIA:path/in/the/workspace';

/**
 * What the model is told before the conversation: a few lines of ours, then the plain files of the workspace,
 * which a person may edit. They are read for each run, so a change counts from the next message on.
 */
export async function readInstructions(workspace: string, facts: { withTools: boolean }): Promise<string> {
  const sections = [OPENING, facts.withTools ? `${WITH_TOOLS}\n\nWorkspace: ${workspace}` : WITHOUT_TOOLS];
  for (const name of workspaceFiles) {
    const text = await readText(join(workspace, name));
    if (text !== null) sections.push(`# ${name}\n\n${text}`);
  }
  return sections.join('\n\n');
}

async function readText(path: string): Promise<string | null> {
  try {
    const text = (await readFile(path, 'utf8')).trim();
    return text === '' ? null : text.slice(0, MAX_FILE_CHARACTERS);
  } catch {
    // Not there, or not readable: the person has none.
    return null;
  }
}
