import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Translate } from '../../shared/errors.ts';

/** The first of them is how the assistant is told who it is. */
const AGENTS = 'AGENTS.md';
/** Files of the workspace that are read into the instructions, in this order. All are optional. */
const workspaceFiles = [AGENTS, 'SOUL.md', 'IDENTITY.md', 'USER.md', 'TOOLS.md', 'MEMORY.md'] as const;

/** A file is cut here; a model's window is not made for books. */
const MAX_FILE_CHARACTERS = 20_000;

/** For the model, not for people. */
const WITHOUT_TOOLS =
  'You have no tools: you cannot read files, run commands or browse. Say so when you are asked to.';

const WITH_TOOLS =
  'You have tools. Use one when it gets the person what they asked for, and say in a few words what you do. A tool may ' +
  'refuse, and a person may decline a command: then say so, and do not try the same by another way. A picture or another ' +
  'file of the workspace reaches the person when your answer names it on a line of its own: MEDIA:path/in/the/workspace';

/**
 * What the model is told before the conversation: what tools there are, and the plain files of the workspace, which a person
 * may edit. They are read for each run, so a change counts from the next message on. Where there is no `AGENTS.md` one is
 * written to begin with; whoever wants nothing said empties it.
 */
export async function readInstructions(
  workspace: string,
  { withTools, t }: { withTools: boolean; t: Translate },
): Promise<string> {
  await beginWorkspace(workspace, t);
  const sections = [withTools ? `${WITH_TOOLS}\n\nWorkspace: ${workspace}` : WITHOUT_TOOLS];
  for (const name of workspaceFiles) {
    const text = await readText(join(workspace, name));
    if (text !== null) sections.push(`# ${name}\n\n${text}`);
  }
  return sections.join('\n\n');
}

async function beginWorkspace(workspace: string, t: Translate): Promise<void> {
  try {
    await mkdir(workspace, { recursive: true, mode: 0o700 });
    await writeFile(join(workspace, AGENTS), `${t('responder.workspace.agents')}\n`, {
      mode: 0o600,
      flag: 'wx',
    });
  } catch {
    // It is there. Or the disk is full, say: then the assistant answers without it.
  }
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
