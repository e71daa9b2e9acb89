import { firstWords } from '../shared/i18n/first-words.ts';
import { parseRoute } from './features/shell/route-address.ts';
import { joinDrafts } from './stores/chat/join-drafts.ts';
import { firstLocale } from './ui/first-locale.ts';
import { isSubmitEnter } from './ui/ime.ts';

/** `said`: what Enter was pressed for. `start`, `end`: what is selected of `text`, in UTF-16 units. */
export type Typed = {
  readonly said: readonly string[];
  readonly text: string;
  readonly start: number;
  readonly end: number;
  readonly hasFocus: boolean;
};

/** The page's HTML has a field to type in while the rest is read. It stands where the composer's will. */
function firstField() {
  const area = document.getElementById('first-field');
  const field = area?.querySelector('textarea');
  return area && field ? { area, field } : null;
}

/** On a touch screen, what is typed with covers the page. */
export function hasKeyboard(): boolean {
  return window.matchMedia('(hover: hover)').matches;
}

/** Gives it the words of the page's language, and what it lacks of the composer's ways. */
export function startFirstField(): void {
  const first = firstField();
  if (!first) return;
  const { area, field } = first;
  showFirstField(parseRoute(window.location.hash).name === 'chat');
  for (const target of document.querySelectorAll('body > i')) target.remove();
  const words = firstWords[firstLocale()];
  field.setAttribute('aria-label', words.label);
  field.placeholder = words.placeholder;
  field.addEventListener('compositionupdate', () => {
    field.dataset.composing = '';
  });
  field.addEventListener('compositionend', () => {
    delete field.dataset.composing;
  });
  field.addEventListener('input', () => write(field, field.value));
  field.addEventListener('keydown', (event) => {
    if (!isSubmitEnter(event)) return;
    event.preventDefault();
    if (field.value.trim() === '') return;
    // Stands above the field until it can be sent.
    const said = document.createElement('p');
    said.className = 'first-said';
    said.textContent = field.value.trim();
    area.querySelector('.composer')?.before(said);
    write(field, '');
  });
  if (hasKeyboard() && document.activeElement === document.body) field.focus();
}

/** Not every browser gives a field the height of its text: see the composer's styles. */
function write(field: HTMLTextAreaElement, text: string): void {
  if (field.value !== text) field.value = text;
  if (field.parentElement) field.parentElement.dataset.text = text;
}

/** What Enter was pressed for. */
function saidIn(area: HTMLElement): readonly Element[] {
  return [...area.querySelectorAll('.first-said')];
}

const textsOf = (elements: readonly Element[]) => elements.map(({ textContent }) => textContent ?? '');

/** Out of sight where the page shows something else. What was typed stays; what was to be sent is not sent unseen. */
export function showFirstField(isShown: boolean): void {
  const first = firstField();
  if (!first) return;
  const { area, field } = first;
  area.hidden = !isShown;
  const said = saidIn(area);
  if (isShown || said.length === 0) return;
  write(field, joinDrafts(...textsOf(said), field.value));
  for (const one of said) one.remove();
}

/**
 * Removes it and hands on what was typed, after the word that an input method is in the middle of. Never when it is
 * gone already.
 *
 * @returns cancels it
 */
export function takeFirstField(take: (typed: Typed) => void): () => void {
  const first = firstField();
  if (!first) return () => {};
  const { area, field } = first;
  const hand = () => {
    const { value: text, selectionStart: start, selectionEnd: end } = field;
    const hasFocus = document.activeElement === field;
    // It is the composer's turn to be seen, and focused; the keyboard of a touch screen stays.
    area.hidden = true;
    take({ said: textsOf(saidIn(area)), text, start, end, hasFocus });
    area.remove();
  };
  if (field.dataset.composing === undefined) {
    hand();
    return () => {};
  }
  // Once the word is in the field, and whoever takes the focus meanwhile has it.
  let timer: ReturnType<typeof setTimeout> | undefined;
  const handSoon = () => {
    timer ??= setTimeout(hand);
  };
  const ends = ['compositionend', 'blur'];
  for (const end of ends) field.addEventListener(end, handSoon);
  return () => {
    clearTimeout(timer);
    for (const end of ends) field.removeEventListener(end, handSoon);
  };
}
