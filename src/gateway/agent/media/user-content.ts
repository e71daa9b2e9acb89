import type { UserContent } from 'ai';
import type { ModelConfig } from '../../../shared/config/model-config.ts';
import type { MediaFact, UserRow } from '../../sessions/history-row.ts';
import type { MediaStore } from './media-store.ts';

/** Of one document, this much is shown to the model. */
const MAX_DOCUMENT_CHARACTERS = 60_000;

type Part = Exclude<UserContent, string>[number];

/**
 * A user message as the model gets it: the text of documents before the words of the person, images as images
 * where the model takes them. What cannot be shown is named, so that the model does not act as if it had seen
 * it.
 */
export async function userContentOf(
  row: UserRow,
  media: MediaStore,
  model: Pick<ModelConfig, 'input'>,
): Promise<UserContent> {
  const facts = row.__openclaw.media ?? [];
  if (facts.length === 0) return row.content;
  const texts: string[] = [];
  const images: Part[] = [];
  for (const fact of facts) {
    if (fact.kind === 'document') texts.push(await documentText(fact, media));
    else if (model.input?.includes('image') !== true) {
      texts.push(note(fact, 'this model cannot see images'));
    } else {
      const bytes = await media.read(fact);
      if (bytes === null) texts.push(note(fact, 'the file is gone'));
      else images.push({ type: 'file', data: bytes.toString('base64'), mediaType: fact.contentType });
    }
  }
  if (row.content.trim() !== '') texts.push(row.content);
  const text = texts.join('\n\n');
  return text === '' ? images : [{ type: 'text', text }, ...images];
}

const nameOf = (fact: MediaFact) => JSON.stringify(fact.fileName ?? fact.kind);

const note = (fact: MediaFact, why: string) =>
  `[Attached by the person and not shown to you: ${fact.kind} ${nameOf(fact)} (${fact.contentType}); ${why}.]`;

/** The content is what a person attached, not what they said: it is set apart. */
async function documentText(fact: MediaFact, media: MediaStore): Promise<string> {
  const text = await media.readText(fact);
  if (text === null) return note(fact, 'no text could be read from it');
  const isCut = text.length > MAX_DOCUMENT_CHARACTERS;
  const shown = isCut ? `${text.slice(0, MAX_DOCUMENT_CHARACTERS)}\n[…]` : text;
  return `<file name=${nameOf(fact)} type="${fact.contentType}">\n${shown}\n</file>`;
}
